"""Random tables of counts, as answers fall: many zeros, a few customers here, many there."""

from random import Random


def random_line(rng: Random) -> list[int]:
    """Return 2 to 8 counts."""
    size = rng.choice((3, 8, 20, 60))
    return [_count(rng, size) for _ in range(rng.randint(2, 8))]


def random_table(rng: Random) -> tuple[tuple[int, ...], ...]:
    """Return 2 to 6 rows of 2 to 4 counts."""
    size, width = rng.choice((4, 8, 20, 60)), rng.randint(2, 4)
    return tuple(tuple(_count(rng, size) for _ in range(width)) for _ in range(rng.randint(2, 6)))


def _count(rng: Random, size: int) -> int:
    return 0 if rng.random() < 0.2 else int(rng.expovariate(1 / size))

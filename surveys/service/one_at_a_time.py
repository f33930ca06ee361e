"""Who changes what is kept as a whole does it one after the other, whichever process they are in."""

from surveys.ports import UnitOfWork


def one_at_a_time(tx: UnitOfWork, what: str) -> None:
    """Be the only one to change it until this unit of work ends; what is read from here on is what others left.

    A note is written: whoever writes the same one waits for whoever did so first.
    """
    tx.notes.set(f"turn_{what}", "")

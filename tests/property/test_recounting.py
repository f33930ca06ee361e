"""Whatever happens to whom: what is kept is what counting the answers and the invitations anew gives."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from storage.opening import open_inline, open_storage
from storage.recounting import check, rebuild
from storage.sql.recounting import Difference
from surveys.ports import Storage
from surveys.service.erasing import erase
from surveys.service.recounting import Tagger
from tests.programs import standard, varied
from tests.property.stories import CUSTOMERS, Deed, stories
from tests.property.test_joinings import OPENING, Identities, alone, answers, who
from tests.sqlite import migrated

SEGMENTS = [
    {"id": "plan", "label": {"ko": "요금제", "en": "Plan"}, "from": "customer.plan"},
    {"id": "size", "label": {"ko": "크기", "en": "Size"}, "from": "data.size"},
]
PROGRAM = varied(
    segments=SEGMENTS,
    rules={"quiet_hours": None, "cap": {"asks": 100, "days": 1}, "cooldown_days": 0},
    triggers={t.id: {"after": "0s", "occurrence": None} for t in standard().triggers},
)
some = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking may take minutes: by hand
)
few = settings(some, max_examples=2)

_changes = st.builds(Deed, kind=st.sampled_from(("erase", "move")), who=who)
lives = st.builds(
    lambda parts, told: [*OPENING, *(deed for part in parts for deed in part), *told],
    st.lists(st.one_of(answers, alone, _changes.map(lambda deed: [deed])), min_size=5, max_size=15),
    stories,
)


class Life(Identities):
    """A story of two customers of changing plans, who may be joined, split off and erased."""

    program = PROGRAM

    async def goes_on(self, deed: Deed) -> None:
        if deed.kind == "erase":
            await self._vanishes(deed.who)
        elif deed.kind == "move":
            await self.world.customer(deed.who, consent=False, attributes={"plan": "gold"})
        else:
            await super().goes_on(deed)

    async def _event(self, deed: Deed) -> None:
        occasion = f"{deed.who}-{deed.number}"
        about = {"data": {"size": deed.number}, "handler": "mina" if deed.number else None}
        await self.world.happens(deed.value, deed.who, occasion, **about)

    async def _vanishes(self, who: str) -> None:
        """Erase one of them, who then comes as somebody new."""
        await self.world.write(
            lambda tx: erase(tx, self.world.ctx, self.known(tx, who).id, by="cli:min")
        )
        for name in CUSTOMERS:
            self.sessions[name] = await self.world.browser(await self.world.customer(name))
            self.seen[name] = ()


def differences(url: str) -> tuple[Difference, ...]:
    return check(url, Tagger({PROGRAM.version: PROGRAM}), lambda *_: None)


async def live(storage: Storage, deeds: list[Deed]) -> None:
    life = Life(storage)
    await life.begins()
    for deed in deeds:
        await life.goes_on(deed)


@some
@given(lives)
def test_what_is_kept_is_what_counting_anew_gives(deeds: list[Deed]) -> None:
    async def check_it() -> None:
        with TemporaryDirectory() as home:
            url = migrated(Path(home) / "life.sqlite3")
            async with open_inline(url) as storage:
                with storage.batch():
                    await live(storage, deeds)
            assert differences(url) == ()

    asyncio.run(check_it())


@pytest.mark.postgres
def test_what_is_kept_is_what_counting_anew_gives_on_postgresql(
    postgres_url_factory: Callable[[], str],
) -> None:
    @few
    @given(lives)
    def hold(deeds: list[Deed]) -> None:
        url = postgres_url_factory()

        async def check_it() -> None:
            async with open_storage(url) as storage:
                await live(storage, deeds)

        asyncio.run(check_it())
        assert differences(url) == ()
        rebuild(url, Tagger({PROGRAM.version: PROGRAM}), lambda *_: None)
        assert differences(url) == ()

    hold()

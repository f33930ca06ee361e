"""One run: a seed's story told to the application, which may die at one point and is started anew."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from structlog.testing import capture_logs

from bot.app import App
from tests.simulation.application import application
from tests.simulation.ground import Ground, MemoryGround, Shore, SqliteGround
from tests.simulation.journal import Journal
from tests.simulation.loop import VirtualLoop, run_virtually
from tests.simulation.oracle import faults
from tests.simulation.outside import World
from tests.simulation.people import HOUR
from tests.simulation.points import Points
from tests.simulation.process import Down, Process, owned_tasks
from tests.simulation.story import DAYS, Story

UNTIL = (DAYS + 9) * 24 * HOUR
"""Virtual seconds after which every ask has been sent, answered, closed or given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one run came to. ``faults`` is empty where every promise was kept."""

    seed: int
    point: int | None
    points: tuple[str, ...]
    faults: tuple[str, ...]
    journal: Journal


class Server:
    """Runs one process after another over one database, as an operator's service manager does."""

    def __init__(self, world: World, ground: Ground, points: Points) -> None:
        self._world = world
        self._ground = ground
        self._points = points
        self._dice = world.dice("server")
        self._app: App | None = None
        self._process: Process | None = None
        self._stop = asyncio.Event()
        self._over = False
        self.story = Story(world, self._ask)

    def stop(self) -> None:
        """Stop the process in order; another one starts after a while."""
        self._stop.set()

    def end(self) -> None:
        """Stop the process in order, for good."""
        self._over = True
        self._stop.set()

    async def run(self) -> None:
        """Start one process after another until the end."""
        while not self._over:
            await self._one_life()
            await asyncio.sleep(self._dice.choice((0.5, 5.0, 45.0, 600.0)))

    async def _one_life(self) -> None:
        process = Process(self._points, lambda said: self._world.write("note", detail=said))
        pace = self._world.dice("storage")
        shore = Shore(self._ground, process, lambda: pace.uniform(0.0005, 0.02))
        root = process.spawn(self._serve(process, shore))
        ends = [
            root,
            asyncio.ensure_future(process.died.wait()),
            asyncio.ensure_future(self._stop.wait()),
        ]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        self._app = None
        if not process.dead:
            self._world.write("note", detail="stopping in order")
            root.cancel()
            await asyncio.wait([root])
        await process.bury()
        for end in ends[1:]:
            end.cancel()
        self._stop.clear()
        if process.died.is_set():
            self._ground.crash()
        else:
            self._ground.close()
        if not root.cancelled() and (error := root.exception()) and not process.died.is_set():
            raise error

    async def _serve(self, process: Process, shore: Shore) -> None:
        async with application(self._world, self.story, process, shore, self._ground.beat()) as app:
            self._app, self._process = app, process
            self._world.write("note", detail="started")
            await app.run()

    async def _ask(self, wanted: Callable[[App], Awaitable[Any]]) -> Any:
        app, process = self._app, self._process
        if app is None or process is None:
            raise Down
        return await process.serve(lambda: wanted(app))


def simulate(seed: int, point: int | None, *, empty: Path) -> Result:
    """Tell a seed's story, with a crash at the point of this number unless it is None.

    ``empty`` is a database without rows; the run makes its own copy beside it. Every fourth seed runs in memory.
    """
    points = Points(point)

    async def main(loop: VirtualLoop) -> Result:
        loop.set_task_factory(owned_tasks)
        world = World(seed, loop)
        ground = MemoryGround() if seed % 4 == 0 else SqliteGround(folder, empty)
        server = Server(world, ground, points)
        server.story.begin()
        for at in server.story.restarts():
            world.later(at, server.stop)
        world.later(UNTIL, server.end)
        await server.run()
        found = await faults(ground.open(), server.story, world)
        ground.close()
        return Result(
            seed=seed,
            point=point,
            points=tuple(points.names),
            faults=found,
            journal=world.journal,
        )

    with capture_logs() as logs, TemporaryDirectory(dir=empty.parent) as home:
        folder = Path(home)
        result = run_virtually(main)
    said = tuple(f"said: {each}" for each in logs if each.get("exc_info"))
    return replace(result, faults=(*result.faults, *said))

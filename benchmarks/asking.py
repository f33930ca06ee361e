"""Asks an application in this process for a page, and takes the server's own time."""

from statistics import median, quantiles
from time import perf_counter
from typing import Any, Final

from starlette.applications import Starlette

from benchmarks.sizes import Size

PERCENTILES: Final = ("p50", "p95")
"""What ``taken`` returns."""
_MS: Final = 1000
_PORT: Final = 8765


async def taken(app: Starlette, path: str, size: Size) -> tuple[float, float]:
    """Return the median and the 95th percentile in ms, after one request that warms up."""
    await _get(app, path)
    took = [await _get(app, path) for _ in range(max(size.queries, 2))]
    return median(took), quantiles(took, n=20, method="inclusive")[-1]


async def _get(app: Starlette, path: str) -> float:
    """Ask as this machine's own browser, whom the console lets in while nobody is on the staff list; return ms."""
    where, _, query = path.partition("?")
    said: list[Any] = []

    async def hear() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def tell(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": where,
        "raw_path": where.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", f"127.0.0.1:{_PORT}".encode())],
        "server": ("127.0.0.1", _PORT),
        "client": ("127.0.0.1", 1),
    }
    begun = perf_counter()
    await app(scope, hear, tell)
    took = perf_counter() - begun
    assert said[0]["status"] == 200, (path, said[0]["status"])  # noqa: PLR2004 a refusal is quick and tells nothing
    return took * _MS

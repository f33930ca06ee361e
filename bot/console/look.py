"""How the reader wants a page, and the links that carry it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import urlencode

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
SPANS = (30, 90, 365)

_EVERYWHERE = ("lang", "theme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the reader wants the page, and the parameters that a link must carry on."""

    language: str
    theme: Theme
    parameters: Mapping[str, str]
    demo: bool
    origin: str
    path: str = "/console"

    def link(self, **changes: str) -> str:
        """Return the address of this page with some parameters changed; "" drops one."""
        return _address(self.path, {**self.parameters, **changes})

    def onward(self, path: str, **changes: str) -> str:
        """Return the address of another page with the same filters, some of them changed; "" drops one."""
        return _address(path, {**self.parameters, **changes})

    def page(self, path: str, **more: str) -> str:
        """Return the address of another page that looks the same."""
        return _address(path, {**self.kept, **more})

    @property
    def kept(self) -> dict[str, str]:
        """What the address says of the look, which links and the forms that search carry on."""
        return {name: self.parameters[name] for name in _EVERYWHERE if name in self.parameters}


def _address(path: str, parameters: Mapping[str, str]) -> str:
    kept = {name: value for name, value in parameters.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path

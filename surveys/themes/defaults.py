"""The built-in themes, and a company's own beside them or in their place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ruamel.yaml import YAML

from surveys.themes.dictionary import Analyser, Dictionary
from surveys.themes.schema import Theme


@dataclass(frozen=True, slots=True)
class _Defaults:
    themes: tuple[Theme, ...]
    fillers: tuple[str, ...]
    apart: tuple[str, ...]
    common: tuple[str, ...]


@cache
def _defaults() -> _Defaults:
    text = files("surveys.themes").joinpath("default_themes.yaml").read_text("utf-8")
    content = YAML(typ="safe", pure=True).load(text)
    return _Defaults(
        themes=tuple(Theme.model_validate(_tuples(theme)) for theme in content["themes"]),
        fillers=tuple(content["fillers"]),
        apart=tuple(content["apart"]),
        common=tuple(content["common"]),
    )


def _tuples(theme: Mapping[str, object]) -> Mapping[str, object]:
    words = theme["words"]
    lists = {name: tuple(them) for name, them in words.items()} if isinstance(words, dict) else {}
    chips = theme.get("chips", ())
    return {**theme, "words": lists, "chips": tuple(chips) if isinstance(chips, list) else ()}


def default_themes() -> tuple[Theme, ...]:
    """Return the built-in themes, in the order in which they are shown."""
    return _defaults().themes


def dictionary(own: Sequence[Theme] = (), analyser: Analyser | None = None) -> Dictionary:
    """Return the built-in themes with a company's own: one of the same id adds to it, or stands instead."""
    known = _defaults()
    themes = tuple(_together(known.themes, own))
    return Dictionary(
        themes,
        fillers=known.fillers,
        apart=known.apart,
        common=known.common,
        analyser=analyser,
    )


def _together(built_in: Sequence[Theme], own: Sequence[Theme]) -> Iterator[Theme]:
    mine = {theme.id: theme for theme in own}
    for theme in built_in:
        added = mine.pop(theme.id, None)
        yield theme if added is None else _with(theme, added)
    yield from mine.values()


def _with(theme: Theme, own: Theme) -> Theme:
    languages = {*theme.words, *own.words}
    added = {
        language: (*theme.words.get(language, ()), *own.words.get(language, ()))
        for language in languages
    }
    return Theme(
        id=theme.id,
        label=own.label or theme.label,
        words=own.words if own.instead else added,
        chips=own.chips if own.instead else (*theme.chips, *own.chips),
        trouble=theme.trouble if own.trouble is None else own.trouble,
    )

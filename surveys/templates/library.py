"""Reads the industries' files, which are part of this package."""

import json
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from pydantic import ValidationError

from surveys.errors import InvalidInput, ProgramFault
from surveys.program.document import read
from surveys.templates.schema import INDUSTRIES, STAGES, Industry, Template


@cache
def library() -> tuple[Industry, ...]:
    """Return every industry with its templates; raises ProgramFault for a file that is none."""
    return tuple(_industry(name) for name in INDUSTRIES)


def templates(*, industry: str | None = None, stage: str | None = None) -> tuple[Template, ...]:
    """Return the templates of an industry and a stage, all unless named; raises InvalidInput for unknown ones."""
    if industry is not None:
        _check("industry", industry, INDUSTRIES)
    if stage is not None:
        _check("stage", stage, STAGES)
    return tuple(
        template
        for trade in library()
        if industry in (None, trade.id)
        for template in trade.templates
        if stage in (None, template.stage)
    )


def find(name: str) -> Template:
    """Return the template of that id; raises InvalidInput, which suggests the nearest."""
    found = {template.id: template for template in templates()}
    _check("template", name, tuple(found))
    return found[name]


def read_industry(text: str, where: str) -> Industry:
    """Read one industry's file; raises ProgramFault with every fault."""
    document = read(text)
    faults = [f"{where}:{place.line}: {problem}" for place, _, problem in document.problems]
    try:
        industry = Industry.model_validate_json(json.dumps(document.value))
    except ValidationError as exc:
        faults += [f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors()]
        raise ProgramFault(where, tuple(faults)) from exc
    if faults:
        raise ProgramFault(where, tuple(faults))
    return industry


def _industry(name: str) -> Industry:
    text = files("surveys.templates").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return read_industry(text, f"{name}.yaml")


def _check(what: str, name: str, known: tuple[str, ...]) -> None:
    if name in known:
        return
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    told = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    raise InvalidInput(what, f"there is no {what} {name!r}; {told}")

"""``aftertouch program templates`` and ``program add``: what there is, and one of them put into a program's file."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.clock import SystemClock
from bot.config import Settings
from bot.preview import preview
from bot.setup_texts import say
from storage.opening import open_storage
from surveys.errors import InvalidInput, SurveyError
from surveys.instruments import instrument
from surveys.language.dates import moment
from surveys.model import Channel, Json
from surveys.program import Program, load_program
from surveys.program.durations import duration_text
from surveys.templates import (
    Template,
    find,
    fit,
    insert,
    library,
    templates,
    to_yaml,
    with_parts,
)
from surveys.timing import zone_of

_EDGE: Final = "  │ "


# --- what there is ---------------------------------------------------------------------------------


def listed(industry: str | None, stage: str | None) -> list[Json]:
    """Return the templates as plain values, texts in every language."""
    trades = {each.id: trade.id for trade in library() for each in trade.templates}
    return [
        {
            "id": each.id,
            "industry": trades[each.id],
            "stage": each.stage,
            "title": dict(each.title),
            "purpose": dict(each.purpose),
            "instrument": each.survey.instrument,
            "event": each.event,
            "after": duration_text(each.trigger.after),
            "max_wait": duration_text(each.trigger.max_wait),
            "touchpoint": each.touchpoint.id,
        }
        for each in templates(industry=industry, stage=stage)
    ]


def table(industry: str | None, stage: str | None, language: str) -> Iterator[str]:
    """Yield the templates as lines, a heading above each industry."""
    wanted = templates(industry=industry, stage=stage)
    for trade in library():
        found = [each for each in trade.templates if each in wanted]
        if not found:
            continue
        yield f"{trade.label[language]} ({trade.id})"
        for each in found:
            after = duration_text(each.trigger.after)
            short = instrument(each.survey.instrument).short
            yield f"  {each.id:<20} {each.stage:<13} {short:<4} {each.event} +{after}"
            yield f"  {'':<20} {each.title[language]}"


# --- putting one in --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be added where; ``stage`` and ``name`` replace the template's own."""

    template: str
    file: Path
    stage: str | None = None
    name: str | None = None
    language: str = "ko"
    is_trial: bool = False


async def add(settings: Settings, wish: Wish) -> tuple[str, ...]:
    """Write the template into the file and return what to tell; a trial writes nothing.

    Raises InvalidInput, and ProgramFault with every fault of the file, before anything is written.
    """
    chosen = find(wish.template)
    text, mark = _read(wish.file)
    program = load_program(text, str(wish.file))
    parts = fit(chosen, program, stage=wish.stage, name=wish.name)
    written = insert(text, str(wish.file), parts)
    told = [f"{chosen.id}: {chosen.title[wish.language]}", ""]
    told += _picture(with_parts(program, parts), str(parts.survey["id"]), wish.language)
    told += ["", to_yaml(parts.sections()).rstrip(), ""]
    told += [f"- {say(wish.language, f'add.{note.key}', **note.values)}" for note in parts.notes]
    told += [await _seen(settings, chosen, program, wish.language), ""]
    if not wish.is_trial:
        _write(wish.file, mark + written)
    done = "add.trial" if wish.is_trial else "add.done"
    return (*told, say(wish.language, done, file=str(wish.file)))


def target(settings: Settings, named: Path | None) -> Path:
    """Return the program's file: the one that is named, else the configured one; raises InvalidInput."""
    found = named or settings.program
    if found is None:
        how = "name the program's file, or make one: aftertouch program show > program.yaml"
        raise InvalidInput("--to", how)
    return found


def _read(file: Path) -> tuple[str, str]:
    """Return the file's text with its own line breaks, and its byte order mark or ""."""
    try:
        text = file.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidInput(str(file), f"cannot be read: {exc}") from exc
    bare = text.removeprefix("\ufeff")
    return bare, text[: len(text) - len(bare)]


def _write(file: Path, text: str) -> None:
    """Replace the file at once, so that nobody reads half of it."""
    beside = file.with_name(f".{file.name}.new")
    try:
        beside.write_bytes(text.encode())
        beside.chmod(file.stat().st_mode)
        os.replace(beside, file)  # noqa: PTH105 says more plainly what it is
    except OSError as exc:
        beside.unlink(missing_ok=True)
        raise InvalidInput(str(file), f"cannot be written: {exc.strerror}") from exc


def _picture(program: Program, survey_id: str, language: str) -> Iterator[str]:
    """Yield the question and the reasons as a customer sees them."""
    spoken = language if language in program.languages else program.company.language
    for shown in preview(program, program.survey(survey_id), spoken, Channel.WEBCHAT):
        if shown.picture is None:
            continue
        yield from (_EDGE + line for line in shown.picture.lines)
        yield from (_EDGE + " ".join(f"[{key.label}]" for key in row) for row in shown.picture.rows)
        yield _EDGE.rstrip()


async def _seen(settings: Settings, chosen: Template, program: Program, language: str) -> str:
    """Return the line that says whether the event that starts it has ever come."""
    try:
        async with open_storage(settings.database_url, writable=False) as storage:
            newest = await storage.read(lambda tx: tx.events.newest_of(chosen.event))
    except SurveyError as refusal:
        return "- " + say(language, "add.seen_unknown", event=chosen.event, why=str(refusal))
    if newest is None:
        return "- " + say(language, "add.never_seen", event=chosen.event)
    return "- " + say(language, "add.seen", event=chosen.event, at=_at(newest, program, language))


def _at(instant: datetime, program: Program, language: str) -> str:
    zone, _ = zone_of(program.company.zone, "UTC")
    return moment(instant, zone, language, now=SystemClock().now())

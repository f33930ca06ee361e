"""The app's manifest: what the app is, which scopes it needs, and the link that makes it with one click."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import Any, Final
from urllib.parse import quote, urlsplit

from ruamel.yaml import YAML

from bot.slack.http import PATH

NEW_APP: Final = "https://api.slack.com/apps?new_app=1&manifest_yaml="
"""Opens the form for a new app, filled in: docs.slack.dev, app manifests, sharing."""

_OF_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "S": ("usergroups:read",),
    "C": ("channels:read",),
    "G": ("groups:read",),
}
"""What it takes to know who belongs to what is named as staff, by the first letter of its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the settings make of the app: without Socket Mode Slack calls ``public_url``."""

    socket_mode: bool = True
    public_url: str | None = None
    staff: frozenset[str] = frozenset()


def manifest_text() -> str:
    """Return the manifest that ships with Aftertouch, with its comments."""
    return files("bot.slack").joinpath("manifest.yaml").read_text(encoding="utf-8")


def scopes(wanted: Wanted) -> tuple[str, ...]:
    """Return every scope that the app needs, sorted."""
    named = (scope for each in wanted.staff for scope in _OF_GROUPS.get(each[:1], ()))
    return tuple(sorted({*_shipped()["oauth_config"]["scopes"]["bot"], *named}))


def manifest(wanted: Wanted) -> str:
    """Return the manifest as the settings want it, as YAML without comments."""
    content = _read()
    content["oauth_config"]["scopes"]["bot"] = list(scopes(wanted))
    if wanted.public_url:
        content["features"]["unfurl_domains"] = [urlsplit(wanted.public_url).hostname]
    if not wanted.socket_mode and wanted.public_url:
        _call(content, wanted.public_url.rstrip("/") + PATH)
    out, yaml = StringIO(), YAML()
    yaml.width = 1_000_000
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(content, out)
    return out.getvalue()


def link(wanted: Wanted) -> str:
    """Return the address that makes the app with one click."""
    return NEW_APP + quote(manifest(wanted), safe="")


def drift(wanted: Wanted, granted: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the scopes that an installed token lacks, and those that nothing here uses."""
    needed = frozenset(scopes(wanted))
    return tuple(sorted(needed - granted)), tuple(sorted(granted - needed))


def menu() -> tuple[str, ...]:
    """Return what people find in Slack: the command and the shortcuts. No method tells which of them an app has."""
    features = _shipped()["features"]
    commands = (each["command"] for each in features["slash_commands"])
    return (*commands, *(each["name"] for each in features["shortcuts"]))


def granted_scopes(header: str) -> frozenset[str]:
    """Return what ``x-oauth-scopes`` lists."""
    return frozenset(_listed(header))


def _listed(header: str) -> Iterator[str]:
    yield from (part.strip() for part in header.split(",") if part.strip())


def _call(content: Any, address: str) -> None:
    """Let Slack call an address in place of Socket Mode."""
    settings = content["settings"]
    settings["socket_mode_enabled"] = False
    settings["interactivity"]["request_url"] = address
    settings["event_subscriptions"]["request_url"] = address
    for command in content["features"]["slash_commands"]:
        command["url"] = address


def _read() -> Any:
    """Read the manifest anew: what is made of it is changed."""
    return YAML(typ="safe", pure=True).load(manifest_text())


@cache
def _shipped() -> Any:
    return _read()

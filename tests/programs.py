"""The default program, read once, and variations of it."""

import json
from functools import cache

from surveys.model import Json
from surveys.program import Program
from surveys.program.loading import default_program


@cache
def standard() -> Program:
    """Return the default program."""
    return default_program()


def varied(*, rules: Json = None, triggers: Json = None, **parts: Json) -> Program:
    """Return the default program with other contact rules, triggers (by id) or whole parts."""
    content = json.loads(standard().to_json())
    content["contact_rules"] |= rules or {}
    for trigger in content["triggers"]:
        trigger.update((triggers or {}).get(trigger["id"], {}))
    return Program.from_json(json.dumps({**content, **parts}))

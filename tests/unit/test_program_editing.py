"""surveys.program.editing and patching on texts that people write, and no tool of ours would."""

import pytest

from surveys.program.editing import rewritten
from surveys.program.patching import patch

NOTHING = "# top\nrules:\n  cap: 1\n  holidays:    # KR, US\n\n# below\nlist:\n  - {id: a}   # A\n"
DASHES = "list:\n  -\n    # a-b: inner\n    id: a\n  # about b\n  -   # B\n    id: b\n    x: 2\n"


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ({"cap": 1, "holidays": "KR"}, "  holidays: KR    # KR, US\n"),
        ({"cap": 1, "holidays": {"a": {"b": {"c": 1}}}}, "    a: {b: {c: 1}}    # KR, US\n"),
        ({"cap": 1, "holidays": None, "more": 2}, "  holidays:    # KR, US\n  more: 2\n"),
        ({"cap": 1}, "  cap: 1\n\n# below\n"),
    ],
)
def test_what_is_left_empty_can_be_filled_in_and_no_other_remark_goes(
    rules: dict[str, object], line: str
) -> None:
    new = rewritten(NOTHING, {"rules": rules, "list": [{"id": "a"}]})

    assert line in new
    assert "# top\n" in new
    assert "\n# below\nlist:\n  - {id: a}   # A\n" in new


def test_a_remark_may_stand_between_a_dash_and_its_entry() -> None:
    b = {"id": "b", "x": 2}

    assert rewritten(DASHES, {"list": [b]}) == "list:\n" + DASHES[DASHES.index("  # about b") :]
    gone = rewritten(DASHES, {"list": [{"id": "a"}]})
    assert gone == DASHES[: DASHES.index("  # about b")]
    assert rewritten(DASHES, {"list": [{"id": "a"}, {**b, "x": 3}]}) == DASHES.replace("2", "3")
    first = rewritten(DASHES, {"list": [{"id": "c"}, {"id": "a"}, b]})
    assert first == DASHES.replace("list:\n", "list:\n  - {id: c}\n")


def test_a_line_separator_inside_a_text_is_no_line_for_git() -> None:
    old = 'a: "x\N{LINE SEPARATOR}y"\nb: 1\n'

    told = patch(old, old.replace("1", "2"))

    assert [line[0] for line in told.removesuffix("\n").split("\n")[2:]] == ["@", " ", "-", "+"]
    donor = f"surveys:\n  - id: a  # ours\n    t: {old[3:8]}\n"
    given = rewritten("x: 1\nsurveys:\n  - id: b\n", _with_a(), donor=donor)
    assert given == "x: 1\nsurveys:\n  - id: b\n" + donor.removeprefix("surveys:\n")


def _with_a() -> dict[str, object]:
    return {"x": 1, "surveys": [{"id": "b"}, {"id": "a", "t": "x\N{LINE SEPARATOR}y"}]}

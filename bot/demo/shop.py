"""What the demo's shop asks: the default program, told apart by region."""

from surveys.program import Program, default_program

_REGION = {"id": "region", "label": {"ko": "지역", "en": "Region"}, "from": "data.region"}


def shop_program() -> Program:
    """Return the program that the demo replays and serves."""
    return Program.model_validate(
        {**default_program().model_dump(by_alias=True), "segments": (_REGION,)}
    )

"""Draws QR codes as SVG or PNG."""

from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Final

import segno

from surveys.errors import InvalidInput

QUIET_ZONE: Final = 4
"""Light modules around the code, as ISO/IEC 18004 asks for."""

PNG_SCALE: Final = 16
"""Pixels to a module: sharp at 4 cm on a 300 dpi print."""


class Picture(StrEnum):
    """What a code is drawn as."""

    SVG = "svg"
    PNG = "png"


def draw(address: str, picture: Picture) -> bytes:
    """Return the picture of a code that leads to the address; a quarter of it may be dirty (level Q)."""
    code = segno.make_qr(address, error="q")
    out = BytesIO()
    if picture is Picture.SVG:
        code.save(out, kind="svg", border=QUIET_ZONE, svgclass=None, lineclass=None, omitsize=True)
    else:
        code.save(out, kind="png", border=QUIET_ZONE, scale=PNG_SCALE)
    return out.getvalue()


def save(picture: bytes, path: Path) -> None:
    """Write a picture to a file; raises InvalidInput where that cannot be."""
    try:
        path.write_bytes(picture)
    except OSError as exc:
        raise InvalidInput(str(path), f"cannot be written: {exc.strerror or exc}") from exc

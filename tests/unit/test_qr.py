"""QR codes as pictures: that a scanner reads them is held in the browser's tests."""

import zlib
from pathlib import Path

import pytest

from bot.qr import QUIET_ZONE, Picture, draw, save
from surveys.errors import InvalidInput

ADDRESS = "https://ask.example.com/chat#q=qAAAAAAAAAAAAAAAAAAAAAA"


def test_an_svg_scales_to_any_size_and_keeps_its_quiet_zone() -> None:
    text = draw(ADDRESS, Picture.SVG).decode()

    assert text.startswith("<?xml")
    assert "viewBox=" in text
    assert "width=" not in text.partition(">")[2].partition(">")[0]
    assert f"M{QUIET_ZONE} {QUIET_ZONE}" in text


def test_a_png_is_sharp_enough_for_print() -> None:
    data = draw(ADDRESS, Picture.PNG)

    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    assert width == height >= 600


@pytest.mark.parametrize("picture", Picture)
def test_the_same_address_gives_the_same_picture_and_another_another(picture: Picture) -> None:
    assert draw(ADDRESS, picture) == draw(ADDRESS, picture)
    assert zlib.crc32(draw(ADDRESS, picture)) != zlib.crc32(draw(f"{ADDRESS}B", picture))


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    nowhere = tmp_path / "none" / "code.svg"

    with pytest.raises(InvalidInput, match=r"code\.svg: cannot be written: No such file"):
        save(b"picture", nowhere)

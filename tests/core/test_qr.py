"""Addresses as pictures, read by a decoder that is not ours."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from bridge.core.people.qr import SMALLEST, qr_png

LINK = "https://hampayam.example.org/_hampayam/me/K7PQ2MXR"


def picture(png: bytes) -> Image.Image:
    assert png.startswith(b"\x89PNG")
    return Image.open(io.BytesIO(png)).convert("L")


@pytest.mark.parametrize("text", ["K7PQ-2MXR", LINK, "https://ble.ir/hampayambot?start=K7PQ2MXR", "سلام", "x" * 2000])
def test_a_camera_reads_what_was_written(text: str) -> None:
    (read,) = zxingcpp.read_barcodes(picture(qr_png(text)))
    assert read.text == text
    assert read.format == zxingcpp.BarcodeFormat.QRCode


@pytest.mark.parametrize("text", ["K7PQ-2MXR", LINK, "x" * 2000])
def test_it_is_large_enough_and_has_white_around_it(text: str) -> None:
    image = picture(qr_png(text))
    assert image.width == image.height >= SMALLEST
    ink = image.point(lambda value: 255 - value).getbbox()
    assert ink is not None
    left, top, right, bottom = ink
    # The pattern in the corner is seven modules wide: from it, how wide one is.
    row = [image.getpixel((x, top)) for x in range(left, right)]
    module = row.index(255) / 7
    assert {left, top, image.width - right, image.height - bottom} == {4 * module}


def test_it_is_read_as_a_phone_shows_it_to_a_phone() -> None:
    """Small, turned and with a thumb on it."""
    image = picture(qr_png(LINK))
    ImageDraw.Draw(image).ellipse((300, 300, 360, 360), fill=128)
    seen = image.rotate(17, expand=True, fillcolor=255).resize((260, 260), Image.Resampling.BILINEAR)
    (read,) = zxingcpp.read_barcodes(seen)
    assert read.text == LINK


def test_too_much_text_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        qr_png("x" * 5000)


def test_nothing_is_loaded_before_the_first_picture() -> None:
    loaded = "import sys, bridge.core.people.qr; sys.exit('segno' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0

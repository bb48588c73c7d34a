"""Pictures, sound and films for tests, made when they are asked for."""

from __future__ import annotations

import functools
import io
import random
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from PIL import Image

FILM = ("-f", "lavfi", "-i", "testsrc=size=320x240:rate=10:duration=1", "-f", "lavfi", "-i", "sine=duration=1")
TALK = ("-f", "lavfi", "-i", "sine=duration=3")


def ffmpeg_program() -> str:
    return str(imageio_ffmpeg.get_ffmpeg_exe())


@functools.cache
def played(ending: str, *arguments: str) -> bytes:
    """What ffmpeg makes of these arguments."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"made.{ending}"
        subprocess.run([ffmpeg_program(), "-loglevel", "error", *arguments, str(path)], check=True)
        return path.read_bytes()


def picture(
    format: str, size: tuple[int, int] = (40, 30), colour: Any = "red", mode: str = "RGB", **more: Any
) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, colour).save(out, format, **more)
    return out.getvalue()


def noise(format: str, size: tuple[int, int], **more: Any) -> bytes:
    """A picture that does not become small by itself; always the same."""
    out = io.BytesIO()
    grey = Image.frombytes("L", size, random.Random(1).randbytes(size[0] * size[1]))
    grey.convert("RGB").save(out, format, **more)
    return out.getvalue()


def moving(format: str) -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    out = io.BytesIO()
    frames[0].save(out, format, save_all=True, append_images=frames[1:], duration=100, loop=0)
    return out.getvalue()


def opened(body: bytes) -> Image.Image:
    return Image.open(io.BytesIO(body))

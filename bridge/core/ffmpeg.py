"""Sound and film by ffmpeg, where it is installed: what a file holds, a picture of it, the same in another format.

Bytes of strangers go through it, so it is a process of its own with little time and memory (`confined.py`), it is told
which one reader to use (a playlist or a list of files, which could name others, is none of them) and may open nothing
but files. It reads and writes the files without a name that it inherits. What it complains of is thrown away: it could
hold names. Whatever goes wrong, the answer is None.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bridge.model import MediaKind

_READERS: Mapping[str, str] = {
    "video/mp4": "mov",
    "video/x-m4v": "mov",
    "video/quicktime": "mov",
    "video/3gpp": "mov",
    "audio/mp4": "mov",
    "audio/x-m4a": "mov",
    "video/webm": "matroska",
    "audio/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/avi": "avi",
    "audio/ogg": "ogg",
    "video/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
    "audio/aac": "aac",
    "audio/amr": "amr",
    "image/gif": "gif",
}
"""ffmpeg's name of the reader for each type."""

_SECONDS = 240
"""A conversion that takes longer is given up: the file goes as it is."""
_LOOK_SECONDS = 20
_AT_ONCE = 2
"""Conversions; and as many looks, which do not wait for them."""
_LARGEST_PICTURE = 4_000_000
_LARGEST_TALK = 65_536
_RATE = 4_000
_LONGEST_LEVELS = 1_200
"""Seconds of a voice note whose levels are drawn."""
_BARS = 100
_LOUDEST = 1024
"""Source: MSC3246, whose waveforms are lists of numbers from 0 to 1024."""
_LONGEST_NOTE = 60
"""Seconds of a round video."""

_SMALLER = "scale=w='min(1280,iw)':h='min(1280,ih)':force_original_aspect_ratio=decrease:force_divisible_by=2"
_ROUND = "crop='min(iw,ih)':'min(iw,ih)',scale=480:480"
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "27", "-pix_fmt", "yuv420p", "-threads", "2")
_AAC = ("-c:a", "aac", "-b:a", "96k", "-ac", "2")
_MP4 = ("-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds; `duration` in milliseconds, 0 and "" where there is none. `film` and `sound` are codecs."""

    duration: int
    width: int = 0
    height: int = 0
    film: str = ""
    sound: str = ""


def installed(program: str) -> Ffmpeg | None:
    """`program` is a name to look for in the PATH, or a path; "" for none."""
    path = shutil.which(program) if program else None
    return None if path is None else Ffmpeg(path)


class Ffmpeg:
    """`seconds` is how long a conversion may take."""

    def __init__(self, program: str, seconds: int = _SECONDS) -> None:
        self._program = program
        self._seconds = seconds
        self._conversions = asyncio.Semaphore(_AT_ONCE)
        self._looks = asyncio.Semaphore(_AT_ONCE)

    async def look(self, body: BinaryIO, mime: str) -> Found | None:
        """Duration, size and codecs, from what ffmpeg says of a file that it is to do nothing with."""
        if mime not in _READERS:
            return None
        ended, told = await self._run(["-i", "file:/dev/stdin"], body, mime, talk=True, seconds=_LOOK_SECONDS)
        return _found(told.decode("utf-8", "replace")) if ended else None

    async def picture(self, body: BinaryIO, mime: str) -> bytes | None:
        """A frame of a film as a JPEG, for a thumbnail."""
        if mime not in _READERS:
            return None
        fits = "scale=w='min(800,iw)':h='min(600,ih)':force_original_aspect_ratio=decrease"
        wanted = ["-i", "file:/dev/stdin", "-frames:v", "1", "-vf", fits, "-c:v", "mjpeg", "-f", "image2pipe", "pipe:1"]
        done, picture = await self._run(wanted, body, mime, seconds=_LOOK_SECONDS, most=_LARGEST_PICTURE)
        return picture if done and picture else None

    async def levels(self, body: BinaryIO, mime: str) -> list[int]:
        """How loud a voice note is, from beginning to end; [] if that cannot be told."""
        if mime not in _READERS:
            return []
        sound = ["-vn", "-t", str(_LONGEST_LEVELS), "-ac", "1", "-ar", str(_RATE), "-c:a", "pcm_s16le", "-f", "s16le"]
        wanted = ["-i", "file:/dev/stdin", *sound, "pipe:1"]
        most = _RATE * 2 * _LONGEST_LEVELS
        done, raw = await self._run(wanted, body, mime, seconds=_LOOK_SECONDS, most=most)
        return await asyncio.to_thread(_levels, raw) if done else []

    async def convert(
        self, body: BinaryIO, mime: str, kind: MediaKind, target: str, into: BinaryIO, most: int
    ) -> Found | None:
        """Write a file as a `target`, which is one of the types of `makes`, into `into`: at most `most` bytes."""
        found = await self.look(body, mime)
        how = None if found is None else _how(kind, target, found)
        if found is None or how is None:
            return None
        into.seek(0)
        into.truncate()
        wanted = ["-y", "-i", "file:/dev/stdin", *how, "file:/dev/stdout"]
        done, _ = await self._run(wanted, body, mime, into=into, seconds=self._seconds, most=most)
        size = into.seek(0, os.SEEK_END)
        if not done or not 0 < size <= most:
            return None
        return await self.look(into, target)

    async def _run(
        self,
        arguments: Sequence[str],
        body: BinaryIO,
        mime: str,
        *,
        seconds: int,
        into: BinaryIO | None = None,
        talk: bool = False,
        most: int = _LARGEST_TALK,
    ) -> tuple[bool, bytes]:
        """Whether it ended well, and what it wrote: into a pipe, of `most` bytes at the most, or (`talk`) of what it
        found, which never ends well since nothing is done with it."""
        body.flush()
        body.seek(0)
        reader = ["-protocol_whitelist", "file,pipe", "-f", _READERS[mime]]
        level = ["-loglevel", "info" if talk else "error"]
        program = [self._program, "-hide_banner", "-nostdin", *level, "-threads", "2", *reader, *arguments]
        limits = [str(os.getpid()), str(seconds), str(most)]
        command = [sys.executable, "-I", "-S", str(Path(__file__).with_name("confined.py")), *limits, *program]
        pipe, none = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        async with self._looks if into is None else self._conversions:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    stdin=body.fileno(),
                    stdout=into.fileno() if into is not None else none if talk else pipe,
                    stderr=pipe if talk else none,
                    env={},
                )
            except OSError:
                return False, b""
            try:
                async with asyncio.timeout(seconds):
                    output = await _read(process.stderr if talk else process.stdout, most)
                    ended = await process.wait() if output is not None else -1
            except TimeoutError:
                return False, b""
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return output is not None and (talk or ended == 0), output or b""


async def _read(stream: asyncio.StreamReader | None, most: int) -> bytes | None:
    """All that comes; None for more than `most` bytes."""
    output = bytearray()
    while stream is not None and (chunk := await stream.read(65_536)):
        output += chunk
        if len(output) > most:
            return None
    return bytes(output)


def _found(told: str) -> Found | None:
    length = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", told)
    film = re.search(r"Stream #0:\d+.*?: Video: (\w+).*?[ ,](\d{1,5})x(\d{1,5})[ ,]", told)
    sound = re.search(r"Stream #0:\d+.*?: Audio: (\w+)", told)
    if film is None and sound is None:
        return None
    hours, minutes, seconds = length.groups() if length else ("0", "0", "0")
    duration = round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)
    width, height = (int(film[2]), int(film[3])) if film else (0, 0)
    turned = re.search(r"displaymatrix: rotation of (-?\d+)", told)
    if turned and int(turned[1]) % 180:
        width, height = height, width
    return Found(duration, width, height, film[1] if film else "", sound[1] if sound else "")


def _how(kind: MediaKind, target: str, found: Found) -> list[str] | None:
    """What ffmpeg is to do. None: this cannot become that."""
    match target:
        case "audio/ogg" | "audio/mpeg" | "audio/mp4" if found.sound:
            clean = ["-map_metadata", "-1"] if kind == "voice" else []
            return ["-map", "0:a:0", *clean, *_SOUND[target, kind == "voice"]]
        case "video/mp4" if found.film:
            film = ["-map", "0:v:0"]
            if kind == "video_note":
                film += ["-t", str(_LONGEST_NOTE), "-vf", _ROUND, *_H264]
            elif found.film == "h264":
                film += ["-c:v", "copy"]
            else:
                film += ["-vf", _SMALLER, *_H264]
            if kind == "animation":
                return [*film, "-an", *_MP4]
            return [*film, "-map", "0:a:0?", *(("-c:a", "copy") if found.sound == "aac" else _AAC), *_MP4]
    return None


_SOUND: Mapping[tuple[str, bool], Sequence[str]] = {
    ("audio/ogg", True): ("-c:a", "libopus", "-b:a", "32k", "-ac", "1", "-application", "voip", "-f", "ogg"),
    ("audio/ogg", False): ("-c:a", "libopus", "-b:a", "128k", "-f", "ogg"),
    ("audio/mpeg", True): ("-c:a", "libmp3lame", "-b:a", "64k", "-ac", "1", "-f", "mp3"),
    ("audio/mpeg", False): ("-c:a", "libmp3lame", "-b:a", "160k", "-f", "mp3"),
    ("audio/mp4", True): ("-c:a", "aac", "-b:a", "64k", "-ac", "1", "-f", "mp4"),
    ("audio/mp4", False): ("-c:a", "aac", "-b:a", "160k", "-f", "mp4"),
}
"""By type, and whether it is a voice note."""


def _levels(raw: bytes) -> list[int]:
    samples = array.array("h", raw[: len(raw) // 2 * 2])
    if len(samples) < _BARS:
        return []
    each = len(samples) / _BARS
    loudest = [max(map(abs, samples[int(bar * each) : int((bar + 1) * each)])) for bar in range(_BARS)]
    top = max(loudest)
    return [level * _LOUDEST // top for level in loudest] if top else []

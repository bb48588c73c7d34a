"""A file that a chat does not show as its kind is made into one that it does, where that can be done."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bridge.abilities import Capabilities
from bridge.core import confined, pictures
from bridge.core.attachments import renamed, true_mime, ways
from bridge.core.ffmpeg import Ffmpeg
from bridge.core.workshop import Workshop
from bridge.model import MediaKind
from tests.core.filing import KINDS, posts
from tests.core.made import FILM, TALK, ffmpeg_program, moving, noise, opened, picture, played

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.fakes import ToldSession
    from tests.core.kit import Core

SHOWN: Mapping[MediaKind, frozenset[str]] = {
    "photo": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4"}),
    "animation": frozenset({"video/mp4", "image/gif"}),
    "voice": frozenset({"audio/ogg"}),
    "audio": frozenset({"audio/mpeg"}),
}
VOICE: dict[str, Any] = {"org.matrix.msc3245.voice": {}, "info": {"mimetype": "audio/mp4"}}
LARGE = dict.fromkeys(KINDS, 10_000_000)


@pytest.fixture
async def bale(core: Core) -> Portal:
    return await core.portal("bale")


@pytest.fixture
def session(core: Core) -> ToldSession:
    return core.session("bale", files=LARGE, formats=SHOWN)


@pytest.fixture
def with_ffmpeg(core: Core) -> Iterator[None]:
    core.workshop = Workshop(Ffmpeg(ffmpeg_program()))
    yield
    core.workshop.close()


async def sent(core: Core, portal: Portal, session: ToldSession, body: bytes, **content: Any) -> tuple[str, str, bytes]:
    """Kind, type and bytes of what a file of Sara's became in the chat."""
    await posts(core, body, **content)
    await core.drained(portal, session)
    ((_, file, arrived),) = session.files
    assert file.size == len(arrived)
    return file.kind, file.mime, arrived


# --- pictures


@pytest.mark.parametrize("format", ["webp", "bmp", "tiff", "avif"])
async def test_a_picture_that_the_app_does_not_show_becomes_a_jpeg(
    core: Core, bale: Portal, session: ToldSession, format: str
) -> None:
    kind, mime, body = await sent(core, bale, session, picture(format), info={"mimetype": f"image/{format}"})
    assert (kind, mime) == ("photo", "image/jpeg")
    assert (opened(body).format, opened(body).size) == ("JPEG", (40, 30))
    assert session.files[0][1].name == "p.jpg"


async def test_a_picture_that_is_written_anew_stands_upright_and_tells_no_place(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x8825] = {1: "N", 2: (35.0, 41.0, 0.0)}
    _, _, body = await sent(core, bale, session, picture("webp", exif=exif.tobytes()))
    assert opened(body).size == (30, 40)
    assert not dict(opened(body).getexif())


async def test_what_is_seen_through_stands_on_white(core: Core, bale: Portal, session: ToldSession) -> None:
    _, _, body = await sent(core, bale, session, picture("webp", colour=(255, 0, 0, 0), mode="RGBA"))
    pixel = opened(body).getpixel((5, 5))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 250


@pytest.mark.parametrize("format", ["jpeg", "png"])
async def test_a_picture_that_the_app_shows_goes_byte_for_byte(
    core: Core, bale: Portal, session: ToldSession, format: str
) -> None:
    whole = noise(format, (60, 50))
    assert await sent(core, bale, session, whole) == ("photo", f"image/{format}", whole)


async def test_a_photo_too_large_for_a_photo_goes_as_a_document(core: Core, bale: Portal) -> None:
    whole = noise("png", (200, 200))
    session = core.session("bale", files={"photo": 10_000, "document": 1_000_000}, formats=SHOWN)
    assert await sent(core, bale, session, whole) == ("document", "image/png", whole)


async def test_a_photo_too_large_for_anything_goes_as_a_smaller_one(core: Core, bale: Portal) -> None:
    whole = noise("png", (2000, 100))
    session = core.session("bale", files={"photo": 60_000, "document": 100_000}, formats=SHOWN)
    kind, mime, body = await sent(core, bale, session, whole)
    assert (kind, mime) == ("photo", "image/jpeg")
    assert len(body) <= 60_000
    assert opened(body).width == 1280


async def test_a_moving_sticker_becomes_a_gif_where_the_app_plays_one(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    kind, mime, body = await sent(core, bale, session, moving("webp"))
    assert (kind, mime) == ("animation", "image/gif")
    assert getattr(opened(body), "n_frames", 1) == 3


async def test_a_moving_sticker_stays_what_it_is_where_the_app_plays_none(core: Core, bale: Portal) -> None:
    whole = moving("webp")
    session = core.session("bale", files={"photo": 10_000, "document": 10_000}, formats=SHOWN)
    assert await sent(core, bale, session, whole) == ("document", "image/webp", whole)


@pytest.mark.parametrize("damage", [slice(0, 60), slice(0, -20)], ids=["no pixels", "cut off"])
async def test_a_broken_picture_goes_as_a_document(
    core: Core, bale: Portal, session: ToldSession, damage: slice
) -> None:
    whole = noise("webp", (60, 50))[damage]
    assert await sent(core, bale, session, whole) == ("document", "image/webp", whole)


# --- sound and film


SOUNDS: list[tuple[str, str, str, dict[str, Any], tuple[str, str]]] = [
    ("m.audio", "m4a", "audio/mp4", {"org.matrix.msc3245.voice": {}}, ("voice", "audio/ogg")),
    ("m.audio", "flac", "audio/flac", {}, ("audio", "audio/mpeg")),
    ("m.video", "webm", "video/webm", {}, ("video", "video/mp4")),
    ("m.video", "mov", "video/quicktime", {}, ("video", "video/mp4")),
    ("m.video", "mkv", "video/x-matroska", {}, ("video", "video/mp4")),
]


def recorded(kind: str, ending: str) -> bytes:
    return played(ending, *(TALK if kind == "m.audio" else FILM))


@pytest.mark.parametrize(("kind", "ending", "mime", "more", "expected"), SOUNDS, ids=[row[2] for row in SOUNDS])
@pytest.mark.usefixtures("with_ffmpeg")
async def test_sound_and_film_become_what_the_app_plays(
    core: Core,
    bale: Portal,
    session: ToldSession,
    kind: str,
    ending: str,
    mime: str,
    more: dict[str, Any],
    expected: tuple[str, str],
) -> None:
    content = {"kind": kind, "info": {"mimetype": mime}, **more}
    became, type, made = await sent(core, bale, session, recorded(kind, ending), **content)
    assert (became, type) == expected
    assert true_mime(made, "") == type
    assert session.files[0][1].duration in range(900, 3200)


@pytest.mark.parametrize(("kind", "ending", "mime", "more", "_"), SOUNDS, ids=[row[2] for row in SOUNDS])
async def test_without_ffmpeg_they_go_as_the_nearest_kind(
    core: Core, bale: Portal, session: ToldSession, kind: str, ending: str, mime: str, more: dict[str, Any], _: object
) -> None:
    body = recorded(kind, ending)
    content = {"kind": kind, "info": {"mimetype": mime}, **more}
    became, _, arrived = await sent(core, bale, session, body, **content)
    assert (became, arrived) == ("document", body)


@pytest.mark.usefixtures("with_ffmpeg")
async def test_a_gif_plays_where_the_app_has_only_films(core: Core, bale: Portal) -> None:
    session = core.session("bale", files=LARGE, formats={**SHOWN, "animation": frozenset({"video/mp4"})})
    kind, mime, body = await sent(core, bale, session, moving("gif"), info={"mimetype": "image/gif"})
    assert (kind, mime, true_mime(body, "")) == ("animation", "video/mp4", "video/mp4")


@pytest.mark.usefixtures("with_ffmpeg")
async def test_a_moving_sticker_becomes_a_film_where_the_app_has_only_films(core: Core, bale: Portal) -> None:
    session = core.session("bale", files={"video": 100_000, "document": 100_000}, formats=SHOWN)
    kind, mime, _ = await sent(core, bale, session, moving("webp"))
    assert (kind, mime) == ("video", "video/mp4")


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    """A program in ffmpeg's place, which writes down that it was run."""

    def make(what: str) -> Path:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\n{what}\n")
        path.chmod(0o700)
        return path

    return make


async def test_what_was_made_is_there_for_the_next_chat_and_for_other_apps(
    core: Core, bale: Portal, tmp_path: Path, program: Callable[[str], Path]
) -> None:
    core.workshop = Workshop(Ffmpeg(str(program(f'exec {ffmpeg_program()} "$@"'))))
    other, rubika = await core.portal("bale", "g2"), await core.portal("rubika")
    session, theirs = (core.session(name, files=LARGE, formats=SHOWN) for name in ("bale", "rubika"))
    await posts(core, played("m4a", *TALK), kind="m.audio", **VOICE)
    for portal, login in ((bale, session), (other, session), (rubika, theirs)):
        await core.drained(portal, login)
    assert [file.known != "" for _, file, _ in session.files] == [False, True]
    assert [file.mime for _, file, _ in theirs.files] == ["audio/ogg"]
    runs = (tmp_path / "runs").read_text().split()
    assert len(runs) == 3  # a look at it, the conversion, a look at what became of it: once for all
    core.workshop.close()


@pytest.mark.parametrize("what", ["exit 1", "kill -9 $$", "exec sleep 60", "exec yes"])
async def test_an_ffmpeg_that_fails_or_hangs_costs_no_file(
    core: Core, bale: Portal, session: ToldSession, program: Callable[[str], Path], what: str
) -> None:
    looks = f'case "$*" in *info*) exec {ffmpeg_program()} "$@";; esac\n'
    core.workshop = Workshop(Ffmpeg(str(program(looks + what)), seconds=1))
    body = played("m4a", *TALK)
    kind, _, arrived = await sent(core, bale, session, body, kind="m.audio", **VOICE)
    assert (kind, arrived) == ("document", body)
    core.workshop.close()


@pytest.mark.parametrize(
    "body",
    [b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n", b"<svg/>", b"\0" * 99],
)
@pytest.mark.parametrize("mime", ["video/mp4", "video/webm", "audio/ogg", "audio/mpeg", "image/gif"])
async def test_a_list_of_other_files_is_no_film(tmp_path: Path, body: bytes, mime: str) -> None:
    (tmp_path / "x").write_bytes(body)
    with (tmp_path / "x").open("rb") as file:
        assert await Ffmpeg(ffmpeg_program()).look(file, mime) is None


async def test_a_type_that_nobody_plays_is_not_even_looked_at(tmp_path: Path, program: Callable[[str], Path]) -> None:
    (tmp_path / "x").write_bytes(b"x")
    ffmpeg = Ffmpeg(str(program("exit 0")))
    with (tmp_path / "x").open("rb") as file:
        assert await ffmpeg.look(file, "application/x-mpegurl") is None
        assert await ffmpeg.picture(file, "text/plain") is None
        assert await ffmpeg.levels(file, "text/plain") == []
    assert not (tmp_path / "runs").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a program with its parent")
def test_a_confined_program_is_nice_and_ends_with_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    confine = f"[sys.executable, '-I', '-S', {confined.__file__!r}, str(os.getpid()), '9', '1000', '/bin/sleep', '60']"
    script.write_text(
        "import os, subprocess, sys, time\n"
        f"print(subprocess.Popen({confine}, stdout=subprocess.DEVNULL).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        until(lambda: child.name() == "sleep")
        assert child.nice() >= 10
        assert child.rlimit(psutil.RLIMIT_FSIZE) == (1000, 1000)
        parent.send_signal(signal.SIGKILL)
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


# --- pure


def test_a_chat_without_formats_takes_everything_as_it_is() -> None:
    able = Capabilities(files={"photo": 10, "document": 20})
    assert ways("photo", "image/heic", 5, able) == [("photo", ""), ("document", "")]
    assert ways("photo", "image/heic", 15, able) == [("document", ""), ("photo", "image/jpeg")]
    assert ways("video", "video/mp4", 25, able) == []


@given(st.sampled_from(["photo", "video", "voice", "audio", "animation", "sticker", "document"]), st.integers(0, 30))
def test_what_goes_as_it_is_never_exceeds_the_limit_of_its_kind(kind: MediaKind, size: int) -> None:
    able = Capabilities(files={"photo": 10, "video": 20, "document": 15}, formats=SHOWN)
    assert all(target or size <= able.files[each] for each, target in ways(kind, "image/webp", size, able))


@pytest.mark.parametrize(
    ("name", "mime", "expected"),
    [
        ("باغ.webp", "image/jpeg", "باغ.jpg"),
        ("صدا", "audio/ogg", "صدا.ogg"),
        ("a.b c. not an ending", "video/mp4", "a.b c. not an ending.mp4"),
    ],
)
def test_a_name_ends_as_the_file_does(name: str, mime: str, expected: str) -> None:
    assert renamed(name, mime) == expected


@pytest.mark.parametrize("claimed", ["audio/mp4", "audio/m4a", "audio/x-m4a"])
def test_sound_in_a_box_for_films_is_sound(claimed: str) -> None:
    assert true_mime(played("m4a", *TALK, "-brand", "isom"), claimed).startswith("audio/")


async def test_an_iphones_picture_is_one_and_crosses_where_nobody_can_read_it(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    whole = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100
    kind, mime, body = await sent(core, bale, session, whole, info={"mimetype": "image/heic"})
    assert (kind, mime, body) == ("document", "image/heic", whole)


async def test_an_iphones_picture_becomes_a_jpeg_where_it_can_be_read(
    core: Core, bale: Portal, session: ToldSession
) -> None:
    kind, mime, body = await sent(core, bale, session, picture("heif"), info={"mimetype": "image/heic"})
    assert (kind, mime, opened(body).format) == ("photo", "image/jpeg", "JPEG")


HEADS = [picture(format) for format in ("png", "jpeg", "gif", "webp", "bmp", "tiff", "avif")] + [moving("webp")]


@settings(deadline=5000)  # a damaged picture may have many frames to look at; it does so in a thread
@given(st.sampled_from(HEADS), st.integers(0, 2000), st.binary(max_size=40))
def test_whatever_bytes_are_in_a_picture_nothing_is_raised(head: bytes, at: int, other: bytes) -> None:
    body = head[: at % len(head)] + other + head[at % len(head) + len(other) :]
    for work in (pictures.measured, pictures.preview):
        work(io.BytesIO(body))
    pictures.as_jpeg(io.BytesIO(body), io.BytesIO(), 10_000)
    pictures.as_gif(io.BytesIO(body), io.BytesIO(), 10_000)


def test_a_picture_that_would_take_too_much_memory_is_not_unpacked() -> None:
    huge = picture("png", (7000, 7000), mode="L", colour=0)
    assert len(huge) < 200_000
    assert pictures.measured(io.BytesIO(huge)) is not None
    assert pictures.preview(io.BytesIO(huge)) is None
    assert pictures.as_jpeg(io.BytesIO(huge), io.BytesIO(), 10_000_000) is None

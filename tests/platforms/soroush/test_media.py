"""The objects of files as the vendor lists them, and what is told of a file that goes out."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Mark, Media, MediaKind, MessageSaid, Unsupported
from bridge.outgoing import OutgoingFile
from bridge.platforms.soroush import convert, media
from bridge.platforms.soroush.api import MEDIA_METHODS

IDS = {"file_id": "AgADxyz", "file_unique_id": "Q1"}
THUMB = {"file_id": "T", "file_unique_id": "U", "width": 90, "height": 60}
SCREEN = {"width": 640, "height": 360, "duration": 12}
NAMED = {"file_name": "باغ.mp4", "mime_type": "video/mp4", "file_size": 123456}


def content(**message: Any) -> object:
    said = {"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}, "from": {"id": 7}, **message}
    event = convert.event(convert.update({"update_id": 1, "message": said}), "1")
    assert isinstance(event, MessageSaid)
    return event.content


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (
            "video",
            IDS | SCREEN | NAMED | {"thumb": THUMB},
            Media("video", "AgADxyz", "باغ.mp4", "video/mp4", 123456, 640, 360, 12000),
        ),
        (
            "animation",
            IDS | SCREEN | {"file_name": "a.gif", "mime_type": "image/gif"},
            Media("animation", "AgADxyz", "a.gif", "image/gif", 0, 640, 360, 12000),
        ),
        (
            "audio",
            IDS | {"duration": 200, "performer": "شجریان", "title": "مرغ سحر", "mime_type": "audio/mpeg"},
            Media("audio", "AgADxyz", "شجریان - مرغ سحر", "audio/mpeg", duration=200_000),
        ),
        (
            "voice",
            IDS | {"duration": 3, "mime_type": "audio/ogg", "file_size": 9},
            Media("voice", "AgADxyz", "", "audio/ogg", 9, duration=3000),
        ),
        (
            "video_note",
            IDS | {"length": 240, "duration": 3, "thumb": THUMB},
            Media("video_note", "AgADxyz", width=240, height=240, duration=3000),
        ),
        (
            "document",
            IDS | {"file_name": "نامه.pdf", "mime_type": "application/pdf", "file_size": 10**8},
            Media("document", "AgADxyz", "نامه.pdf", "application/pdf", 10**8),
        ),
        (
            "sticker",
            IDS | {"width": 512, "height": 512, "is_animated": False, "is_video": False, "emoji": "🌹"},
            Media("sticker", "AgADxyz", mime="image/webp", width=512, height=512),
        ),
        (
            "sticker",
            IDS | {"is_animated": True, "is_video": False},
            Media("sticker", "AgADxyz", "sticker.tgs", "application/x-tgsticker"),
        ),
        ("sticker", IDS | {"is_animated": False, "is_video": True}, Media("sticker", "AgADxyz", mime="video/webm")),
        ("document", IDS, Media("document", "AgADxyz")),
        ("photo", [IDS], Media("photo", "AgADxyz")),
    ],
)
def test_each_object_of_the_list_is_a_file(kind: str, value: object, expected: Media) -> None:
    assert content(**{kind: value}) == expected


def test_of_a_photo_the_largest_size_is_taken_wherever_it_stands() -> None:
    sizes = [
        {"file_id": "m", "width": 320, "height": 200},
        {"file_id": "b", "width": 1280, "height": 800, "file_size": 5},
        {"width": 9000, "height": 900},
        {"file_id": "s", "width": 90, "height": 60},
        "odd",
    ]
    assert content(photo=sizes) == Media("photo", "b", size=5, width=1280, height=800)


def test_a_caption_keeps_its_look_below_a_file() -> None:
    found = content(
        voice=IDS,
        caption="سلام سارا",
        caption_entities=[{"type": "bold", "offset": 5, "length": 4}],
        media_group_id="9",
    )
    assert found == Media("voice", "AgADxyz", caption="سلام سارا", marks=(Mark("bold", 5, 9),))


def test_an_animation_is_not_the_document_that_comes_with_it() -> None:
    assert content(document=IDS, animation=IDS) == Media("animation", "AgADxyz")


@pytest.mark.parametrize("kind", media.KINDS)
@pytest.mark.parametrize("value", [5, "x", True, ["x"], {"a": 1}, {"file_id": None}, {"file_id": ["x"]}, [{"a": 1}]])
def test_what_names_no_file_is_told_by_its_kind(kind: str, value: object) -> None:
    assert content(**{kind: value}, caption="c") == Unsupported(kind, "c")


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FILE = st.fixed_dictionaries(
    {"file_id": ANY | st.text(min_size=1)},
    optional=dict.fromkeys(
        ("width", "height", "length", "duration", "file_size", "file_name", "mime_type", "is_animated", "title"), ANY
    ),
)


@given(st.sampled_from(media.KINDS), FILE | st.lists(FILE | ANY) | ANY)
def test_no_object_raises_and_no_claim_is_odd(kind: MediaKind, value: object) -> None:
    found = media.incoming(kind, value, "", ())
    media.link(value)
    media.sent_file({kind: value}, kind)
    if found is not None:
        assert found.file
        assert all(0 <= n < 2**53 for n in (found.size, found.width, found.height, found.duration))


def test_a_files_path_is_where_it_can_be_fetched_or_not_told() -> None:
    assert media.link({"file_path": "/voice/a b.ogg", "file_size": 5}) == ("voice/a b.ogg", 5)
    assert media.link({"file_id": "x", "file_size": "12"}) == (None, 12)
    assert media.link({"file_path": "/"}) == media.link(None) == (None, 0)


# --- what goes out


def outgoing(
    kind: MediaKind, mime: str, name: str = "a.x", width: int = 0, height: int = 0, ms: int = 0
) -> OutgoingFile:
    return OutgoingFile(kind, name, mime, 9, None, width=width, height=height, duration=ms)


@pytest.mark.parametrize(
    ("file", "fits"),
    [
        (outgoing("photo", "image/jpeg"), True),
        (outgoing("photo", "image/jpeg", width=9000, height=1000), True),
        (outgoing("photo", "image/jpeg", width=9000, height=1001), False),
        (outgoing("photo", "image/png", width=10, height=201), False),
        (outgoing("photo", "image/heic"), False),
        (outgoing("voice", "audio/ogg"), True),
        (outgoing("audio", "audio/ogg"), False),
        (outgoing("audio", "audio/mp4"), True),
        (outgoing("video", "video/webm"), False),
        (outgoing("animation", "image/gif"), True),
        (outgoing("animation", "image/webp"), False),
        (outgoing("document", "video/webm"), True),
    ],
)
def test_a_file_goes_as_what_the_vendor_names_for_it(file: OutgoingFile, fits: bool) -> None:
    assert media.fits(file) is fits


def test_a_name_has_an_ending_and_a_gif_its_own() -> None:
    assert media.upload_name(outgoing("document", "image/gif", "باغ.bin")) == "باغ.bin"
    assert media.upload_name(outgoing("animation", "image/gif", "باغ.GIF")) == "باغ.GIF"
    assert media.upload_name(outgoing("animation", "image/gif", "باغ")) == "باغ.gif"
    assert media.upload_name(outgoing("document", "application/x-thing", "باغ")) == "باغ.bin"


def test_a_method_is_told_what_it_takes_and_no_more() -> None:
    video = media.details(outgoing("video", "video/mp4", width=64, height=48, ms=1400))
    assert video == {"duration": 1, "width": 64, "height": 48, "supports_streaming": True}
    assert media.details(outgoing("voice", "audio/ogg", width=64, height=48, ms=200)) == {"duration": 1}
    assert media.details(outgoing("photo", "image/png", width=64, height=48, ms=200)) == {}
    assert media.details(outgoing("animation", "image/gif")) == {}


def test_every_declared_kind_has_its_method_and_every_kind_is_read() -> None:
    assert set(media.LIMITS) == set(MEDIA_METHODS)
    assert set(media.KINDS) == set(get_args(MediaKind))


def test_what_is_declared_as_shown_is_taken_and_nothing_else() -> None:
    assert set(media.FORMATS) <= set(media.LIMITS)
    for kind, formats in media.FORMATS.items():
        for mime in (*formats, "image/x-unknown"):
            file = OutgoingFile(kind, "x.bin", mime, 5, None)
            assert media.fits(file) is (mime in formats), (kind, mime)

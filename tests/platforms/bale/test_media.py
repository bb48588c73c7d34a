from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Mark, Media, MediaKind, MessageSaid, Unsupported
from bridge.outgoing import OutgoingFile
from bridge.platforms.bale import convert, media
from tests.platforms.files import FILES

TEAM = {"id": 4695281546, "type": "group", "title": "Team"}
SARA = {"id": 1058935006, "is_bot": False, "first_name": "Sara"}
FILE = {"file_id": "1058935006:-5032493497848526839:1", "file_unique_id": "AQ"}
ID = "1058935006:-5032493497848526839:1"


def content(**members: object) -> object:
    message = {"message_id": 7, "date": 1794823010, "chat": TEAM, "from": SARA, **members}
    said = convert.event(convert.update({"update_id": 9, "message": message}), "77")
    assert isinstance(said, MessageSaid)
    return said.content


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (
            {
                "video": FILE
                | {
                    "width": 640,
                    "height": 360,
                    "duration": 12,
                    "file_name": "باغ.mp4",
                    "mime_type": "video/mp4",
                    "file_size": 1048576,
                }
            },
            Media("video", ID, "باغ.mp4", "video/mp4", 1048576, 640, 360, 12_000),
        ),
        (
            {"audio": FILE | {"duration": 200, "title": "x", "file_name": "مرغ سحر.mp3", "mime_type": "audio/mpeg"}},
            Media("audio", ID, "مرغ سحر.mp3", "audio/mpeg", duration=200_000),
        ),
        ({"voice": FILE}, Media("voice", ID)),
        (
            {"voice": FILE | {"duration": 3, "mime_type": "audio/ogg", "file_size": 40211}},
            Media("voice", ID, mime="audio/ogg", size=40211, duration=3000),
        ),
        (
            {"sticker": FILE | {"type": "regular", "width": 512, "height": 512}},
            Media("sticker", ID, width=512, height=512),
        ),
        (
            {"document": FILE | {"file_name": "نامه.pdf", "mime_type": "application/pdf", "file_size": 9}},
            Media("document", ID, "نامه.pdf", "application/pdf", 9),
        ),
        (
            {"document": FILE | {"mime_type": "video/mp4"}, "media_group_id": "7781"},
            Media("video", ID, mime="video/mp4"),
        ),
        (
            {
                "animation": FILE | {"width": 320, "height": 240, "duration": 3, "mime_type": "video/mp4"},
                "document": FILE | {"mime_type": "video/mp4"},
            },
            Media("animation", ID, mime="video/mp4", width=320, height=240, duration=3000),
        ),
    ],
)
def test_each_kind_of_file_is_told_as_bale_tells_it(members: dict[str, object], expected: Media) -> None:
    assert content(**members) == expected
    captioned = replace(expected, caption="ببین باغ", marks=(Mark("bold", 5, 8),))
    assert content(**members, caption="ببین *باغ*") == captioned


def test_of_a_photo_the_largest_size_is_taken_wherever_it_stands() -> None:
    small = FILE | {"width": 90, "height": 68, "file_size": 1200}
    large = {"file_id": "1:2:1", "width": 1280, "height": 960, "file_size": 220100}
    whole = Media("photo", "1:2:1", size=220100, width=1280, height=960)
    assert content(photo=[small, large]) == whole
    assert content(photo=[large, small, 7, {"width": 9999, "height": 9999}]) == whole
    assert content(photo=[{"file_id": "1:1:1"}, {"file_id": "1:2:1"}]) == Media("photo", "1:2:1")


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"photo": []}, Unsupported("unknown", "x")),
        ({"photo": [{"width": 1}]}, Unsupported("photo", "x")),
        ({"photo": FILE}, Unsupported("photo", "x")),
        ({"voice": {"file_id": 5.5}}, Unsupported("voice", "x")),
        ({"video": "yes"}, Unsupported("video", "x")),
        ({"document": {"mime_type": "audio/mpeg"}}, Unsupported("document", "x")),
        ({"sticker": {"file_id": ""}}, Unsupported("sticker", "x")),
    ],
)
def test_what_names_no_file_is_told_in_words(members: dict[str, object], expected: Unsupported) -> None:
    assert content(**members, caption="x") == expected


def test_a_claim_that_is_no_number_is_none() -> None:
    odd = {"width": -4, "height": 2**60, "file_size": "many", "duration": float("inf"), "file_name": 7, "mime_type": []}
    assert content(video=FILE | odd) == Media("video", ID)


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("file_id", "file_name", "mime_type", "file_size", "width", "height", "duration", "file_path")
OBJECT = st.fixed_dictionaries({}, optional=dict.fromkeys(MEMBERS, ANY))


@given(st.sampled_from(media.KINDS), OBJECT | st.lists(OBJECT, max_size=3) | ANY)
def test_no_object_raises(kind: MediaKind, value: object) -> None:
    found = media.incoming({kind: value}, kind, "", ())
    assert found is None or (found.file and found.size >= 0)
    media.sent_file({kind: value}, kind)
    media.link(value)
    content(**{kind: value})


def test_what_bale_does_not_take_as_its_kind_does_not_fit() -> None:
    assert all(media.fits(FILES[kind].outgoing()) for kind in media.LIMITS)
    ogg, heic = FILES["audio"].outgoing(), FILES["photo"].outgoing()
    assert not media.fits(replace(ogg, mime="audio/ogg"))
    assert not media.fits(replace(heic, mime="image/heic"))
    assert media.fits(replace(heic, kind="document", mime="image/heic"))


def test_an_id_is_told_only_for_the_kind_that_it_has() -> None:
    assert media.sent_file({"photo": [FILE | {"width": 9}, {"file_id": "1:2:1", "width": 10, "height": 1}]}, "photo")
    assert media.sent_file({"document": FILE}, "document") == ID
    for answer in ({"document": FILE | {"mime_type": "audio/ogg"}}, {}, None, {"voice": True}):
        assert media.sent_file(answer, "voice") == ""


def test_a_link_has_a_path_and_maybe_a_size() -> None:
    assert media.link({"file_path": "/1:22:1", "file_size": 40211}) == ("1:22:1", 40211)
    assert media.link({"file_id": "1:22:1", "file_path": None}) == (None, 0)


def test_what_is_declared_as_shown_is_taken_and_nothing_else() -> None:
    assert set(media.FORMATS) <= set(media.LIMITS)
    for kind, formats in media.FORMATS.items():
        for mime in (*formats, "image/x-unknown"):
            file = OutgoingFile(kind, "x.bin", mime, 5, None)
            assert media.fits(file) is (mime in formats), (kind, mime)

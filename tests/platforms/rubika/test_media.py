from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Mark, Media, MediaKind, MessageSaid, Unsupported
from bridge.outgoing import OutgoingFile
from bridge.platforms.rubika import convert, media
from tests.platforms.rubika.files import FILES
from tests.platforms.rubika.test_convert import ANY, event, payload


def content(name: str) -> object:
    said = event(name)
    assert isinstance(said, MessageSaid)
    return said.content


def named(name: object, **more: Any) -> Media | Unsupported:
    return media.incoming({"file_id": "f", "file_name": name, **more}, "", ())


def test_a_file_has_what_rubika_tells_and_its_name_says_the_rest() -> None:
    assert content("photo") == Media("photo", "f", "photo.JPG", "image/jpeg", 48213, caption="look")
    assert content("voice") == Media("voice", "f", "voice_12.ogg", "audio/ogg", 12)
    assert content("nameless_file") == Media("document", "f")


def test_a_sticker_is_a_file_that_stands_for_an_emoji() -> None:
    assert content("sticker") == Media("sticker", "f", caption="🙂")
    told = {"file": {"file_id": "f", "file_name": "گل.webp", "size": "7"}, "emoji_character": "🙂"}
    bold = (Mark("bold", 0, 2),)
    assert media.sticker(told, "گل", bold) == Media("sticker", "f", "گل.webp", size=7, caption="گل", marks=bold)


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [
        ("باغ.JPEG", "photo", "image/jpeg"),
        ("a.b.png", "photo", "image/png"),
        ("خنده.gif", "animation", "image/gif"),
        ("فیلم.mp4", "video", "video/mp4"),
        ("x.mkv", "video", "video/x-matroska"),
        ("مرغ سحر.mp3", "audio", "audio/mpeg"),
        ("x.opus", "audio", "audio/ogg"),
        ("Voice_3.mp3", "voice", "audio/mpeg"),
        ("voice_3", "voice", ""),
        ("نامه.pdf", "document", ""),
        ("mp4", "video", "video/mp4"),
        ("", "document", ""),
        (None, "document", ""),
        (7, "document", ""),
    ],
)
def test_a_name_tells_kind_and_type(name: object, kind: str, mime: str) -> None:
    found = named(name)
    assert isinstance(found, Media)
    assert (found.kind, found.mime) == (kind, mime)
    assert found.name == (name if isinstance(name, str) else "")


@pytest.mark.parametrize(
    ("size", "read"),
    [(5, 5), ("5", 5), (-5, 0), ("", 0), (None, 0), (5.5, 0), ("5 MB", 0), (True, 0), ([5], 0), (2**40, 0)],
)
def test_a_size_that_is_none_is_not_told(size: object, read: int) -> None:
    found = named("a.pdf", size=size)
    assert isinstance(found, Media)
    assert found.size == read


@pytest.mark.parametrize("id", [None, "", [], {}, 1.5, True, "a\nb", "x" * 5000])
def test_what_cannot_be_asked_for_is_named_with_its_words(id: object) -> None:
    bold = (Mark("bold", 0, 2),)
    found = media.incoming({"file_id": id, "file_name": "a.jpg", "size": 5}, "باغ", bold)
    assert found == Unsupported("photo", "باغ", bold)
    assert media.sticker({"file": {"file_id": id}, "emoji_character": "🙂"}, "", ()) == Unsupported("sticker", "🙂")


@pytest.mark.parametrize("value", [5, "f", [], [{"file_id": "f"}], True])
def test_a_file_of_the_wrong_type_is_named(value: object) -> None:
    assert media.incoming(value, "x", ()) == Unsupported("document", "x")
    assert media.sticker(value, "x", ()) == Unsupported("sticker", "x")


def test_a_caption_keeps_its_formatting() -> None:
    body = payload("photo")
    body["new_message"]["metadata"] = {"meta_data_parts": [{"type": "Bold", "from_index": 0, "length": 4}]}
    said = convert.event(convert.update(body))
    assert isinstance(said, MessageSaid)
    assert isinstance(said.content, Media)
    assert (said.content.caption, said.content.marks) == ("look", (Mark("bold", 0, 4),))


@pytest.mark.parametrize(
    ("kind", "mime", "type"),
    [
        ("photo", "image/jpeg", "Image"),
        ("photo", "image/webp", "Image"),
        ("photo", "image/heic", None),
        ("video", "video/mp4", "Video"),
        ("video", "video/webm", None),
        ("video", "image/gif", None),
        ("animation", "video/mp4", "Gif"),
        ("animation", "image/gif", "Image"),
        ("animation", "video/webm", None),
        ("voice", "audio/ogg", "Voice"),
        ("voice", "audio/mpeg", "Voice"),
        ("voice", "audio/mp4", None),
        ("audio", "audio/mpeg", "Music"),
        ("audio", "audio/flac", None),
        ("document", "audio/flac", "File"),
        ("document", "application/octet-stream", "File"),
    ],
)
def test_a_file_is_uploaded_as_what_people_will_see(kind: MediaKind, mime: str, type: str | None) -> None:
    assert media.upload_type(OutgoingFile(kind, "x", mime, 5, None)) == type


def test_a_gif_is_no_larger_than_the_image_that_it_is_sent_as() -> None:
    gif = replace(FILES["animation"].outgoing(), size=media.LIMITS["photo"])
    assert media.upload_type(gif) == "Image"
    assert media.upload_type(replace(gif, size=gif.size + 1)) is None


@pytest.mark.parametrize(
    ("name", "mime", "sent"),
    [
        ("صدا.oga", "audio/ogg", "صدا.ogg"),
        ("a.b.OPUS", "audio/ogg", "a.b.ogg"),
        ("صدا.ogg", "audio/ogg", "صدا.ogg"),
        ("oga", "audio/ogg", "oga"),
        ("صدا.oga", "application/octet-stream", "صدا.oga"),
    ],
)
def test_ogg_is_called_so(name: str, mime: str, sent: str) -> None:
    assert media.upload_name(OutgoingFile("voice", name, mime, 5, None)) == sent


@pytest.mark.parametrize("value", [None, "", 5, [], "/v3/x", "ftp://x/y", "x"])
def test_an_address_is_a_whole_one(value: object) -> None:
    assert media.address({"upload_url": value}, "upload_url") is None
    assert media.address({"upload_url": "https://x.ir/up?k=1"}, "upload_url") == "https://x.ir/up?k=1"


@given(ANY, ANY, ANY, ANY)
def test_nothing_raises(value: object, id: object, name: object, size: object) -> None:
    for told in (value, {"file_id": id, "file_name": name, "size": size}, {"file": value, "emoji_character": name}):
        media.incoming(told, "", ())
        media.sticker(told, "", ())


@given(st.dictionaries(st.sampled_from(["file_id", "upload_url", "download_url"]), ANY))
def test_no_answer_raises(data: dict[str, object]) -> None:
    media.file_id(data)
    media.address(data, "upload_url")
    media.address(data, "download_url")


def test_what_is_declared_as_shown_is_taken_and_nothing_else() -> None:
    assert set(media.FORMATS) <= set(media.LIMITS)
    for kind, formats in media.FORMATS.items():
        for mime in (*formats, "image/x-unknown"):
            file = OutgoingFile(kind, "x.bin", mime, 5, None)
            assert (media.upload_type(file) is not None) is (mime in formats), (kind, mime)

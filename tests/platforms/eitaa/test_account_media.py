"""Files in TL as an account is told of them, without a wire."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import Media, MediaKind, MessageSaid, Unsupported
from bridge.platforms.eitaa import account_convert as convert
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.account_media import Place
from bridge.platforms.eitaa.tl import TL, Codec

CODEC = Codec()
new = CODEC.new
NAME = new("documentAttributeFilename", file_name="مرغ سحر.mp3")
SIZE = new("documentAttributeImageSize", w=512, h=500)
STICKER = new("documentAttributeSticker", alt="🙂", stickerset=new("inputStickerSetEmpty"))
VIDEO = new("documentAttributeVideo", duration=3, w=640, h=360)
ROUND = new("documentAttributeVideo", duration=3, w=240, h=240, round_message=True)
ANIMATED = new("documentAttributeAnimated")
MUSIC = new("documentAttributeAudio", duration=61, title="مرغ سحر", performer="قمر")
VOICE = new("documentAttributeAudio", duration=2, voice=True)
STICKERS_IN_IT = new("documentAttributeHasStickers")


def document(*attributes: TL, size: int = 9, mime: str = "video/mp4") -> TL:
    fields: dict[str, Any] = {"id": 1, "access_hash": -2, "file_reference": b"ref", "date": 0, "dc_id": 1}
    return new("document", mime_type=mime, size=size, attributes=list(attributes), **fields)


def said(file: TL) -> object:
    """The content of a message, after its way over the wire and through the inbox."""
    photo = file.tl_type == "Photo"
    media = new("messageMediaPhoto", photo=file) if photo else new("messageMediaDocument", document=file)
    sender, chat = new("peerUser", user_id=5), new("peerChat", chat_id=7)
    message = new("message", id=9, from_id=sender, peer_id=chat, date=1, message="شرح", media=media)
    update = notes.note(CODEC.decode(CODEC.encode(message)), {})
    assert update is not None
    event = convert.event(update, "42")
    assert isinstance(event, MessageSaid)
    return event.content


@pytest.mark.parametrize(
    ("attributes", "kind", "size", "duration"),
    [
        ([NAME], "document", (0, 0), 0),
        ([STICKERS_IN_IT, NAME], "document", (0, 0), 0),
        ([], "document", (0, 0), 0),
        ([VIDEO], "video", (640, 360), 3000),
        ([ROUND], "video_note", (240, 240), 3000),
        ([VIDEO, ANIMATED], "animation", (640, 360), 3000),
        ([SIZE, STICKER], "sticker", (512, 500), 0),
        ([VOICE], "voice", (0, 0), 2000),
        ([NAME, MUSIC], "audio", (0, 0), 61_000),
    ],
)
def test_attributes_say_what_a_document_is(
    attributes: list[TL], kind: MediaKind, size: tuple[int, int], duration: int
) -> None:
    found = said(document(*attributes))
    assert isinstance(found, Media)
    assert (found.kind, found.width, found.height, found.duration) == (kind, *size, duration)
    assert (found.caption, found.size, found.mime) == ("شرح", 9, "video/mp4")
    assert found.name == ("مرغ سحر.mp3" if NAME in attributes else "")


def test_music_without_a_name_is_called_as_it_is_sung() -> None:
    for attribute, name in (
        (MUSIC, "قمر - مرغ سحر"),
        (new("documentAttributeAudio", duration=1, title="مرغ سحر"), "مرغ سحر"),
        (new("documentAttributeAudio", duration=1), ""),
    ):
        found = said(document(attribute))
        assert isinstance(found, Media)
        assert found.name == name


@pytest.mark.parametrize(
    ("sizes", "thumb", "size"),
    [
        (
            [("photoSize", "m", 320, 200, 10), ("photoSize", "y", 1280, 800, 90), ("photoSize", "x", 800, 500, 40)],
            "y",
            90,
        ),
        ([("photoSizeProgressive", "y", 1280, 800, [20, 50, 90]), ("photoSize", "m", 320, 200, 10)], "y", 90),
        ([("photoStrippedSize", "i", 0, 0, b"x"), ("photoSize", "m", 320, 200, 10)], "m", 10),
    ],
)
def test_the_largest_of_a_photos_sizes_is_fetched(sizes: list[tuple[Any, ...]], thumb: str, size: int) -> None:
    made = []
    for name, type, w, h, what in sizes:
        match name:
            case "photoStrippedSize":
                made.append(new(name, type=type, bytes=what))
            case "photoSizeProgressive":
                made.append(new(name, type=type, w=w, h=h, sizes=what))
            case _:
                made.append(new(name, type=type, w=w, h=h, size=what))
    found = said(new("photo", id=1, access_hash=2, file_reference=b"ref", date=0, sizes=made, dc_id=1))
    assert isinstance(found, Media)
    place = Place.read(found.file)
    assert (place.thumb, place.size, found.size, place.chat, place.message) == (thumb, size, size, "g7", "9")


def test_a_photo_that_has_nothing_but_a_blur_is_named() -> None:
    blur = new("photoStrippedSize", type="i", bytes=b"x")
    photo = new("photo", id=1, access_hash=2, file_reference=b"", date=0, sizes=[blur], dc_id=1)
    assert said(photo) == Unsupported("photo", "شرح")


INTS, WORDS = st.integers(-(2**31), 2**31 - 1), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ATTRIBUTES = st.one_of(
    st.sampled_from([STICKER, ANIMATED, STICKERS_IN_IT]),
    st.builds(lambda name: new("documentAttributeFilename", file_name=name), WORDS),
    st.builds(lambda w, h: new("documentAttributeImageSize", w=w, h=h), INTS, INTS),
    st.builds(
        lambda s, w, h, r: new("documentAttributeVideo", duration=s, w=w, h=h, round_message=r),
        *(INTS, INTS, INTS, st.booleans()),
    ),
    st.builds(
        lambda s, v, t: new("documentAttributeAudio", duration=s, voice=v, title=t, performer=t),
        *(INTS, st.booleans(), st.none() | WORDS),
    ),
)


@given(st.lists(ATTRIBUTES, max_size=5), INTS, WORDS)
def test_whatever_is_told_of_a_document_it_is_a_file(attributes: list[TL], size: int, mime: str) -> None:
    found = said(document(*attributes, size=size, mime=mime))
    assert isinstance(found, Media)
    assert min(found.size, found.width, found.height, found.duration) >= 0
    assert "\0" not in found.name + found.mime
    assert Place.read(found.file).message == "9"


@given(
    st.lists(
        st.builds(lambda t, w, h, s: new("photoSize", type=t, w=w, h=h, size=s), WORDS, INTS, INTS, INTS)
        | st.builds(
            lambda t, w, h, s: new("photoSizeProgressive", type=t, w=w, h=h, sizes=s),
            *(WORDS, INTS, INTS, st.lists(INTS, max_size=3)),
        )
        | st.builds(lambda t: new("photoSizeEmpty", type=t), WORDS),
        max_size=4,
    )
)
def test_whatever_is_told_of_a_photo_it_is_fetched_or_named(sizes: list[TL]) -> None:
    found = said(new("photo", id=1, access_hash=2, file_reference=b"", date=0, sizes=sizes, dc_id=1))
    assert isinstance(found, Media | Unsupported)
    if isinstance(found, Media):
        assert min(found.size, found.width, found.height) >= 0
        assert Place.read(found.file).photo

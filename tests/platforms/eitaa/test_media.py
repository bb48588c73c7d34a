"""Files over Eitaayar are told apart by their names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.model import MediaKind
from bridge.platforms.eitaa.media import LIMITS, fits, name
from tests.platforms.files import FILES


@pytest.mark.parametrize(
    ("kind", "mime", "given", "sent"),
    [
        ("photo", "image/jpeg", "باغ.jpeg", "باغ.jpeg"),
        ("photo", "image/jpeg", "باغ", "باغ.jpg"),
        ("photo", "image/png", "a.webp", "a.webp.png"),
        ("animation", "video/mp4", "dance.mp4", "dance.mp4.gif"),
        ("animation", "image/gif", "dance.GIF", "dance.GIF"),
        ("video", "video/mp4", "a", "a.mp4"),
        ("audio", "audio/mpeg", "مرغ سحر.mp3", "مرغ سحر.mp3"),
        ("document", "image/webp", "گل.webp", "گل.webp.file"),
        ("document", "image/gif", "گل.gif", "گل.gif.file"),
        ("document", "application/pdf", "نامه.pdf", "نامه.pdf"),
    ],
)
def test_a_name_says_what_a_file_is(kind: MediaKind, mime: str, given: str, sent: str) -> None:
    file = replace(FILES[kind].outgoing(), kind=kind, mime=mime, name=given)
    assert name(file) == sent


@pytest.mark.parametrize("kind", sorted(LIMITS))
def test_the_usual_files_fit_their_kinds(kind: MediaKind) -> None:
    assert fits(FILES[kind].outgoing())


def test_what_is_shown_as_something_else_does_not_fit() -> None:
    assert not fits(replace(FILES["photo"].outgoing(), mime="image/webp"))
    assert not fits(replace(FILES["video"].outgoing(), mime="video/x-matroska"))

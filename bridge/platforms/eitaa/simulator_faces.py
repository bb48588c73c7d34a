"""That people and chats on the simulated Eitaa have a picture, as users and chats carry it."""

from __future__ import annotations

from .simulator_files import StoredFile
from .simulator_schema import SCHEMA

make = SCHEMA.make


def user_photo(stored: StoredFile | None) -> bytes | None:
    return None if stored is None else make("userProfilePhoto", photo_id=stored.number, dc_id=1)


def chat_photo(stored: StoredFile | None) -> bytes:
    return make("chatPhotoEmpty") if stored is None else make("chatPhoto", photo_id=stored.number, dc_id=1)

"""A notice with a picture for a camera: below a photo where an app has photos, as words where it has none."""

from __future__ import annotations

import pytest

from bridge.core.noticing import tell
from bridge.errors import InDoubt, Refused
from bridge.outgoing import Button
from bridge.store.notices import Notice
from tests.core.fakes import ToldSession
from tests.core.kit import Core

NOTICE = Notice(7, "your address", None, ((Button("a new one", "rn:"),),), qr="https://ble.ir/bot?start=K7PQ2MXR")


def session(core: Core, **able: object) -> ToldSession:
    return core.session("bale", buttons="inline", **able)


async def test_it_goes_below_a_photo_with_its_buttons(small_core: Core) -> None:
    told = session(small_core, files={"photo": 1_000_000})
    await tell(told, "sara", NOTICE)
    ((chat, file, body),) = told.files
    assert (chat, file.kind, file.mime, file.size) == ("sara", "photo", "image/png", len(body))
    assert body.startswith(b"\x89PNG")
    ((_, words),) = told.done
    assert (words.text, words.caption, words.buttons) == ("your address", True, NOTICE.buttons)


async def test_where_there_are_no_photos_the_words_go_alone(small_core: Core) -> None:
    told = session(small_core)
    await tell(told, "sara", NOTICE)
    assert not told.files
    assert [words.text for _, words in told.done] == ["your address"]


async def test_a_photo_that_is_refused_is_not_missed(small_core: Core) -> None:
    told = session(small_core, files={"photo": 1_000_000})
    told.will_not_change(Refused("no photos today"))
    await tell(told, "sara", NOTICE)
    assert [(words.text, words.caption) for _, words in told.done] == [("your address", False)]


async def test_a_photo_in_doubt_is_not_sent_again(small_core: Core) -> None:
    told = session(small_core, files={"photo": 1_000_000})
    told.will_not_change(InDoubt("no answer"))
    with pytest.raises(InDoubt):
        await tell(told, "sara", NOTICE)
    assert not told.done

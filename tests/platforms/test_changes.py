from __future__ import annotations

import pytest

from bridge.errors import Refused
from bridge.platforms.changes import Gone, Unchanged, refused_change


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Bad Request: message is not modified: the new content is exactly the same", Unchanged),
        ("Bad Request: message to delete not found", Gone),
        ("Bad Request: message to edit not found", Gone),
        ("Not Found: message not found", Gone),
        ("Bad Request: MESSAGE_ID_INVALID", Gone),
        ("Bad Request: message can't be edited", Refused),
        ("Bad Request: message can't be deleted", Refused),
        ("Bad Request: message text is empty", Refused),
        ("Not Found", Refused),
        ("Not Found: method not found", Refused),
        ("", Refused),
    ],
)
def test_a_wish_that_is_fulfilled_already_is_known(words: str, kind: type[Refused]) -> None:
    refused = refused_change(words, "the reason")
    assert type(refused) is kind
    assert refused.reason == "the reason"

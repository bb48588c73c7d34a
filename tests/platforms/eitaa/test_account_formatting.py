"""What an account sends with formatting, and what becomes of formatting that Eitaa refuses; over real HTTP."""

from __future__ import annotations

import pytest

from bridge.errors import Refused
from bridge.model import Mark, MessageSaid, Text
from bridge.outgoing import Outgoing
from tests.platforms.eitaa.ours import Place


async def test_a_mention_is_sent_where_eitaa_lets_us_name_the_person(place: Place) -> None:
    sara = place.ours.scene.sara
    await place.says("سلام")
    await place.ours.poll()
    text = "🙂 رضا: @سارا و @علی"
    marks = (Mark("bold", 2, 5), Mark("mention", 7, 12, sara), Mark("mention", 15, 19, "4711"))
    sent = await place.ours.session.send(place.chat, Outgoing(text, client_id="1/0", marks=marks))
    seen = await place.last()
    assert (seen.text, seen.looks) == (text, (("bold", "رضا", ""), ("mention", "@سارا", sara)))
    heard = [each for each in await place.ours.poll() if isinstance(each, MessageSaid) and each.id == sent]
    assert [each.content for each in heard] == [Text(text, marks[:2])]


@pytest.mark.parametrize("word", ["ENTITY_BOUNDS_INVALID", "ENTITIES_TOO_LONG", "ENTITY_MENTION_USER_INVALID"])
async def test_formatting_that_eitaa_refuses_goes_as_plain_words(place: Place, word: str) -> None:
    session, link = place.ours.session, Mark("link", 0, 4, "https://example.org/")
    await place.hand.fault("rpc_error", method="messages.sendMessage", code=400, text=word)
    sent = await session.send(place.chat, Outgoing("آنجا برو", client_id="1/0", marks=(link,)))
    seen = await place.last()
    assert (seen.text, seen.looks, seen.message_id) == ("آنجا (https://example.org/) برو", (), sent)
    await place.hand.fault("rpc_error", method="messages.editMessage", code=400, text=word)
    await session.edit(place.chat, sent, Outgoing("آنجا", marks=(link,)))
    assert (await place.last()).text == "آنجا (https://example.org/)"
    assert len(await place.hand.transcript(place.group)) == 1


async def test_plain_words_that_were_sent_before_are_found_again(place: Place) -> None:
    await place.hand.options(repeated_random_id="error")
    message = Outgoing("اینجا", client_id="1/0", marks=(Mark("link", 0, 5, "https://example.org/"),))
    await place.hand.fault("rpc_error", method="messages.sendMessage", code=400, text="ENTITY_BOUNDS_INVALID")
    sent = await place.ours.session.send(place.chat, message)
    assert await place.ours.session.send(place.chat, message) == sent
    assert len(await place.hand.transcript(place.group)) == 1


async def test_other_refusals_are_not_tried_again(place: Place) -> None:
    await place.hand.fault("rpc_error", method="messages.sendMessage", code=400, text="MESSAGE_TOO_LONG")
    with pytest.raises(Refused, match="MESSAGE_TOO_LONG"):
        await place.ours.session.send(place.chat, Outgoing("متن", client_id="1/0", marks=(Mark("bold", 0, 3),)))
    assert await place.hand.transcript(place.group) == []

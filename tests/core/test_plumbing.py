from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.errors import Retry
from bridge.model import BotMoved, Chat, ChatKind, MessageSaid, Person, Text
from bridge.texts.sentences import SENTENCES
from tests.core.office import ADMIN, DESK, office

if TYPE_CHECKING:
    from tests.core.kit import Core
    from tests.core.office import Office


@pytest.fixture
async def desk(small_core: Core) -> AsyncIterator[Office]:
    async with office(small_core) as desk:
        await desk.open("bale")
        await desk.open("rubika")
        await desk.open("soroush", receives=False)
        yield desk


def sentence(key: str) -> str:
    return SENTENCES[key]["en"]


def code_in(text: str) -> str:
    found = re.search(r"\b[A-Z2-9]{8}\b", text)
    assert found is not None, text
    return found.group()


async def code_of(desk: Office, platform: str = "bale", chat: str = "g1") -> str:
    await desk.says(platform, "/link", chat=chat)
    return code_in(desk.told(platform, chat)[-1])


async def linked(desk: Office) -> None:
    """Bale's g1 and Rubika's g1 share a room."""
    await desk.says("rubika", f"/join {await code_of(desk)}")
    for platform in ("bale", "rubika"):
        desk.told(platform)


async def state(desk: Office, platform: str, chat: str = "g1") -> str | None:
    portal = await desk.portal(platform, chat)
    return portal.state if portal is not None else None


# --- linking


async def test_two_groups_are_linked_with_a_code_and_both_hear_of_it(desk: Office) -> None:
    code = await code_of(desk)
    assert await state(desk, "bale") == "offered"
    await desk.says("rubika", f"/join {code}")
    one, two = await desk.portal("bale"), await desk.portal("rubika")
    assert one is not None
    assert two is not None
    assert (one.state, two.state, one.mxid) == ("open", "open", two.mxid)
    assert desk.core.homeserver.rooms_made == 1
    (hello,) = desk.told("rubika")
    assert hello.startswith(
        "This chat is now linked to: «گروه g1» (Bale).\nFrom now on what is written here is read there"
    )
    assert "writes: /optout\nWe have heard nothing from here yet." in hello
    assert [text[:28] for text in desk.told("bale")] == ["This chat is now linked to: "]


async def test_a_code_is_read_as_people_copy_it(desk: Office) -> None:
    code = await code_of(desk)
    typed = code.lower().translate(str.maketrans("23456789", "۲۳۴۵۶۷۸۹"))
    await desk.says("rubika", f"/پیوستن {typed}")
    assert await state(desk, "rubika") == "open"


async def test_a_code_works_once_and_for_its_time_only(desk: Office) -> None:
    code = await code_of(desk)
    await desk.says("rubika", f"/join {code}")
    desk.told("rubika")
    await desk.says("rubika", f"/join {code}", chat="g2")
    assert desk.told("rubika", "g2") == [sentence("code_used")]
    late = await code_of(desk)
    desk.core.clock.now += 30 * 60_000 + 1
    await desk.says("rubika", f"/join {late}", chat="g2")
    assert desk.told("rubika", "g2") == [sentence("code_expired")]
    await desk.says("rubika", "/join NOSUCHCO", chat="g2")
    await desk.says("rubika", "/join", chat="g2")
    assert desk.told("rubika", "g2") == [sentence("code_unknown"), sentence("join_which_code")]


async def test_a_code_that_failed_is_not_spent(desk: Office) -> None:
    code = await code_of(desk)
    await desk.says("bale", f"/join {code}")
    assert desk.told("bale") == [sentence("linked_already")]
    await desk.says("rubika", f"/join {code}", sender="mina")
    assert desk.told("rubika") == [sentence("admins_only")]
    await desk.says("rubika", f"/join {code}")
    assert await state(desk, "rubika") == "open"


async def test_a_mere_member_links_and_unlinks_nothing(desk: Office) -> None:
    await desk.says("bale", "/link", sender="mina")
    assert desk.told("bale") == [sentence("admins_only")]
    await linked(desk)
    await desk.says("bale", "/unlink", sender="mina")
    assert desk.told("bale") == [sentence("admins_only")]
    assert await state(desk, "bale") == "open"


async def test_a_third_group_joins_and_a_fourth_finds_no_place(desk: Office) -> None:
    await linked(desk)
    await desk.says("bale", f"/join {await code_of(desk)}", chat="g2")
    assert await state(desk, "bale", "g2") == "open"
    told = {platform: desk.told(platform)[-1:] for platform in ("bale", "rubika")}
    for (text,) in told.values():
        assert "“گروه g2” on Bale joined this conversation and reads what is written here." in text
        assert text.endswith("writes: /optout")
    (hello,) = desk.told("bale", "g2")
    assert hello.startswith("This chat is now linked to: «گروه g1» (Bale), «گروه g1» (Rubika).")
    code = await code_of(desk, "rubika")
    await desk.says("bale", f"/join {code}", chat="g3")
    assert desk.told("bale", "g3") == [sentence("room_full")]
    assert await state(desk, "bale", "g3") is None


async def test_a_group_that_offered_itself_may_join_another_instead(desk: Office) -> None:
    await code_of(desk, "rubika")
    await desk.says("rubika", f"/join {await code_of(desk)}")
    assert await state(desk, "rubika") == "open"
    one, two = await desk.portal("bale"), await desk.portal("rubika")
    assert one is not None
    assert two is not None
    assert one.room == two.room
    await desk.says("rubika", f"/join {await code_of(desk, 'bale', 'g5')}")
    assert desk.told("rubika")[-1] == sentence("linked_elsewhere")


async def test_where_the_platform_does_not_tell_who_is_an_admin_an_operator_approves(desk: Office) -> None:
    desk.sessions["rubika"].roles.clear()
    await desk.says("rubika", "/link")
    assert desk.told("rubika") == [sentence("wait_for_operator")]
    (asked,) = desk.core.homeserver.said_in(DESK)
    number = re.search(r"\d+", asked)
    assert number is not None
    assert "wants to be linked" in asked
    await desk.says("rubika", "/link")
    assert await state(desk, "rubika") == "pending"
    assert await desk.writes(f"approve #{number.group()}") == "“گروه g1” is approved."
    assert await desk.writes(f"approve {number.group()}") == sentence("no_such_request")
    code = code_in(desk.told("rubika")[-1])
    await desk.says("bale", f"/join {code}")
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == ["open", "open"]


async def test_a_joining_group_waits_for_an_operator_too_and_hears_nothing_before(desk: Office) -> None:
    desk.sessions["rubika"].roles.clear()
    code = await code_of(desk)
    await desk.says("rubika", f"/join {code}")
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == ["offered", "pending"]
    portal = await desk.portal("rubika")
    assert portal is not None
    await desk.writes(f"تأیید {portal.id}")
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == ["open", "open"]


async def test_an_operator_links_a_chat_and_a_one_way_channel_proves_itself_with_a_code(desk: Office) -> None:
    assert await desk.writes("link bale g1") == "Linking “g1”…"
    bale = await desk.portal("bale")
    assert bale is not None
    assert bale.state == "open"
    assert await desk.writes(f"link soroush @channel {bale.room}") == (
        "A code was posted into “channel”. Read it there and write here: approve CODE"
    )
    portal = await desk.portal("soroush", "channel")
    assert portal is not None
    assert portal.state == "pending"
    leg = desk.live.leg("soroush")
    known, leg.login = leg.login, None  # also while the messenger has not told yet who we are
    assert await desk.writes(f"approve {portal.id}") == sentence("prove_first")
    leg.login = known
    code = code_in(desk.told("soroush", "channel")[0])
    assert await desk.writes(f"approve {code}") == "“channel” is approved."
    assert await state(desk, "soroush", "channel") == "open"
    assert "One way" in desk.told("soroush", "channel")[0]
    assert bale.mxid is not None
    assert any("only reads along" in text for text in desk.core.homeserver.said_in(bale.mxid))
    assert await desk.writes(f"approve {code}") == sentence("code_used")


async def test_an_operators_code_joins_nothing_and_a_join_code_approves_nothing(desk: Office) -> None:
    code = await code_of(desk)
    assert await desk.writes(f"approve {code}") == sentence("code_unknown")
    await desk.writes("link soroush @channel")
    proof = code_in(desk.told("soroush", "channel")[0])
    await desk.says("rubika", f"/join {proof}")
    assert desk.told("rubika") == [sentence("code_unknown")]


async def test_a_room_that_starts_on_matrix_has_its_host_invited_and_opens_with_the_first_group(desk: Office) -> None:
    answer = await desk.writes("link")
    assert desk.core.homeserver.called("create_room")[0][3] == ADMIN
    await desk.says("bale", f"/join {code_in(answer)}")
    portal = await desk.portal("bale")
    assert portal is not None
    assert (portal.state, portal.mxid) == ("open", "!made1")
    assert "linked to: Matrix" in desk.told("bale")[0]


# --- what crosses when


async def test_nothing_crosses_before_the_link_event_is_back_and_everything_behind_it(desk: Office) -> None:
    await linked(desk)
    portal = await desk.portal("bale")
    assert portal is not None
    assert portal.mxid is not None
    await desk.accept(desk.core.said("سلام", room=portal.mxid))
    for platform in ("bale", "rubika"):
        leg = desk.live.leg(platform)
        assert leg.departures is not None
        each = await desk.portal(platform)
        assert each is not None
        leg.departures.wake(each.id)
    await desk.idle()
    assert [text.partition("\n")[2] for text in desk.told("bale") + desk.told("rubika")] == ["سلام", "سلام"]


async def test_a_homeserver_that_stumbles_while_a_room_is_made_delays_the_link_and_makes_no_second_room(
    desk: Office,
) -> None:
    code = await code_of(desk)
    for method in ("register", "create_room", "join", "set_state"):
        desk.core.homeserver.fails(method, Retry("homeserver: 502"))
    await desk.says("rubika", f"/join {code}")
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == ["open", "open"]
    assert desk.core.homeserver.rooms_made == 1


async def test_what_was_under_way_at_a_crash_goes_on_after_the_start(desk: Office) -> None:
    await desk.core.portal("bale", state="linking")
    await desk.core.portal("rubika", state="opening")
    closing = await desk.core.portal("rubika", "g7", state="closing")
    await desk.plumbing.resume()
    await desk.idle()
    assert [await state(desk, platform) for platform in ("bale", "rubika")] == ["open", "open"]
    ended = await desk.core.portals.get(closing.id)
    assert ended is not None
    assert ended.state == "closed"


# --- unlinking


async def test_an_unlink_takes_every_ghost_out_that_came_through_it_and_tells_both_sides(desk: Office) -> None:
    await linked(desk)
    await desk.says("bale", "سلام")
    await desk.says("bale", "سلام", sender="mina")
    portal = await desk.portal("bale")
    assert portal is not None
    assert portal.mxid is not None
    await desk.says("bale", "/unlink")
    left = {call[2] for call in desk.core.homeserver.called("leave")}
    assert {desk.core.users.ghost("bale", "reza"), desk.core.users.ghost("bale", "mina")} <= left
    assert await state(desk, "bale") is None
    assert await desk.core.ghosts.through(portal.id, 10) == []
    for platform in ("bale", "rubika"):
        assert "The link of “گروه g1” on Bale has ended." in desk.told(platform)
    await desk.says("bale", "/unlink")
    assert desk.told("bale") == [sentence("not_linked")]


async def test_a_ghost_that_is_in_the_room_through_two_groups_stays_while_one_is_linked(desk: Office) -> None:
    await linked(desk)
    await desk.says("bale", f"/join {await code_of(desk)}", chat="g2")
    for chat in ("g1", "g2"):
        await desk.says("bale", "سلام", chat=chat)
    reza = desk.core.users.ghost("bale", "reza")
    await desk.says("bale", "/unlink", chat="g2")
    assert reza not in {call[2] for call in desk.core.homeserver.called("leave")}
    await desk.says("bale", "/unlink", chat="g1")
    assert reza in {call[2] for call in desk.core.homeserver.called("leave")}


async def test_nobody_of_ours_stays_in_a_room_without_chats(desk: Office) -> None:
    await linked(desk)
    portal = await desk.portal("bale")
    assert portal is not None
    for platform in ("bale", "rubika"):
        await desk.says(platform, "/unlink")
    left = {call[2] for call in desk.core.homeserver.called("leave")}
    assert {desk.core.users.steward(platform, portal.room) for platform in ("bale", "rubika", "soroush")} <= left
    room = await desk.core.portals.room(portal.room)
    assert room is not None
    assert room.state == "ended"
    await desk.says("rubika", f"/join {await code_of(desk)}")
    again = await desk.portal("bale")
    assert again is not None
    assert again.room != portal.room


async def test_a_bot_that_is_removed_from_its_group_ends_the_link_once(desk: Office) -> None:
    await linked(desk)
    group = Chat("g1", ChatKind.GROUP, "گروه")
    for _ in range(2):
        await desk.happens("bale", BotMoved(group, present=False))
    assert await state(desk, "bale") is None
    assert [text for text in desk.told("rubika") if "because the bot was removed there" in text] != []
    await desk.happens("bale", BotMoved(group, present=True))
    assert await state(desk, "bale") is None


async def test_a_removal_from_before_the_link_that_is_told_again_ends_nothing(desk: Office) -> None:
    await linked(desk)
    portal, group = await desk.portal("bale"), Chat("g1", ChatKind.GROUP, "گروه")
    assert portal is not None
    await desk.happens("bale", BotMoved(group, present=False, at=portal.made_at - 1))
    assert await state(desk, "bale") == "open"
    await desk.happens("bale", BotMoved(group, present=False, at=portal.made_at))
    assert await state(desk, "bale") is None


async def test_an_operator_ends_a_link_by_its_number(desk: Office) -> None:
    await linked(desk)
    portal = await desk.portal("bale")
    assert portal is not None
    assert await desk.writes(f"unlink {portal.id}") == "“گروه g1” is unlinked."
    assert await desk.writes(f"unlink {portal.id}") == sentence("not_linked")
    assert await state(desk, "bale") is None


async def test_an_unlink_by_somebody_who_saw_an_older_state_still_ends_the_link(desk: Office) -> None:
    seen = await desk.core.portal("bale", state="opening")
    async with desk.core.store.transaction():
        await desk.core.portals.move(seen.id, "opening", "open")
    await desk.plumbing.untie(seen, "link_ended")
    await desk.idle()
    assert await state(desk, "bale") is None


async def test_a_ghost_that_somebody_kicks_comes_back_with_its_next_word(desk: Office) -> None:
    await linked(desk)
    await desk.says("bale", "سلام")
    portal = await desk.portal("bale")
    assert portal is not None
    assert portal.mxid is not None
    reza = desk.core.users.ghost("bale", "reza")
    await desk.accept(desk.core.state("m.room.member", {"membership": "leave"}, key=reza, room=portal.mxid))
    await desk.says("bale", "دوباره")
    assert len([call for call in desk.core.homeserver.called("join") if call[2] == reza]) == 2
    assert desk.core.homeserver.said_in(portal.mxid)[-1] == "دوباره"


async def test_a_chat_without_a_title_is_called_by_its_id(desk: Office) -> None:
    said = desk.core.heard("/link", id="1", sender=Person("reza", "Reza"))
    await desk.happens("bale", type(said)(Chat("g1", ChatKind.GROUP, None), "1", said.sender, said.content))
    portal = await desk.portal("bale")
    assert portal is not None
    assert portal.title == "g1"


# --- what only an operator may give


async def test_where_nobody_tells_roles_a_linked_group_gets_new_codes_from_the_operator(desk: Office) -> None:
    await linked(desk)
    desk.sessions["bale"].roles.clear()  # from now on the platform does not tell who is an admin
    await desk.says("bale", "/link", sender="mina")
    assert desk.told("bale") == [sentence("operator_gives_codes")]


async def test_our_own_words_in_a_channel_that_names_nobody_are_not_bridged(desk: Office) -> None:
    await linked(desk)
    await desk.says("bale", "/version")
    (row,) = await desk.core.store.fetch(
        "SELECT remote_id FROM message WHERE reason = 'notice' AND chat = 'g1' LIMIT 1"
    )
    before = len(await desk.core.copies("id"))
    portal = await desk.portal("bale")
    assert portal is not None
    again = MessageSaid(Chat("g1", ChatKind.CHANNEL), row[0], None, Text("Hampayam"))
    assert await desk.core.receive("bale", again) == []
    assert len(await desk.core.copies("id")) == before

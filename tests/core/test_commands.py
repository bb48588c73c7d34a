from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from bridge.core.commands import Place, read
from bridge.core.commands.declared import DECLARED
from bridge.core.pacing import NOW
from bridge.errors import NotAllowed, Refused, Retry
from bridge.model import ChatKind, Person
from bridge.texts.sentences import SENTENCES
from tests.core.office import ADMIN, DESK, office

if TYPE_CHECKING:
    from tests.core.kit import Core
    from tests.core.office import Office

SARA = "@sara:hs.test"
MODERATOR = "@mod:hs.test"


@pytest.fixture
async def desk(small_core: Core) -> AsyncIterator[Office]:
    async with office(small_core) as desk:
        for platform in ("bale", "rubika"):
            await desk.open(platform)
        await desk.open("soroush", receives=False)
        yield desk


async def sara_has_a_desk(desk: Office, room: str = "!saras") -> str:
    async with desk.core.store.transaction():
        await desk.core.tasks.add_management(room, SARA)
    return room


# --- reading


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/link", ("link", [])),
        ("/LINK@hampayam_bot  a  b ", ("link", ["a", "b"])),
        ("  /join K7PQ\n2MXR", ("join", ["K7PQ", "2MXR"])),
        ("/پيوند", ("پیوند", [])),
        ("/تأیید ۳", ("تایید", ["۳"])),
        ("link", None),
        ("سلام /link", None),
        ("", None),
        ("/", ("", [])),
        ("/li\0nk a\ud800b", ("link", ["ab"])),
        ("\0", None),
    ],
)
def test_a_command_in_a_group_begins_with_a_slash_and_is_read_whatever_keyboard_wrote_it(
    text: str, found: tuple[str, list[str]] | None
) -> None:
    assert read(text, slash=True) == found


def test_in_the_management_room_the_slash_may_be_left_out() -> None:
    assert read("Status now", slash=False) == read("/Status now", slash=False) == ("status", ["now"])


async def test_every_command_is_found_by_each_of_its_words_and_all_words_are_different(desk: Office) -> None:
    words = [word for command in DECLARED for word in command.words]
    assert len({word.replace("أ", "ا") for word in words}) >= len(words) - 1  # تأیید and تایید are one word
    for command in DECLARED:
        assert {desk.commands.find(word) for word in command.words} == {command}
        assert f"help_{command.name}" in SENTENCES
        assert not command.arguments or command.arguments in SENTENCES
    assert desk.commands.find("پيام‌رسان‌ها") is desk.commands.find("platforms")


# --- the management room


async def test_help_lists_what_this_person_may_do_here(desk: Office) -> None:
    answer = await desk.writes("help")
    assert "approve · تأیید" in answer
    assert "name ·" not in answer
    room = await sara_has_a_desk(desk)
    answer = await desk.writes("راهنما", sender=SARA, room=room)
    assert "link · پیوند" in answer
    assert "approve" not in answer
    answer = await desk.writes("help approve", sender=SARA, room=room)
    assert answer == SENTENCES["no_such_command"]["en"]
    assert "K7PQ2MXR" in await desk.writes("help join")


async def test_version_ping_and_platforms_answer(desk: Office) -> None:
    assert await desk.writes("version") == "Hampayam 1.2.3"
    assert await desk.writes("ping") == "The homeserver reached us in 7 ms."
    desk.pings.append(Retry("homeserver: 502"))
    assert await desk.writes("ping") == "The homeserver does not reach us: homeserver: 502"
    answer = await desk.writes("platforms")
    assert len(answer.splitlines()) == 3
    assert "one way" in answer.splitlines()[2]


async def test_the_status_tells_operators_what_was_not_bridged(desk: Office) -> None:
    leg = desk.live.leg("bale")
    for kind, count in (("poll", 3), ("bridged already", 5), *((f"kind{n}", 1) for n in range(9))):
        for _ in range(count):
            leg.count(kind)
    (line,) = [line for line in (await desk.writes("status")).splitlines() if "not bridged" in line]
    assert "bridged already 5, poll 3, kind0 1" in line
    assert "kind7" not in line
    room = await sara_has_a_desk(desk)
    assert "not bridged" not in await desk.writes("status", sender=SARA, room=room)


async def test_the_status_says_which_platform_refused_because_we_said_much(desk: Office) -> None:
    departures = desk.live.leg("bale").departures
    assert departures is not None
    assert "messages a minute" not in await desk.writes("status")
    with contextlib.suppress(Retry):
        async with departures.pacer.turn("g1", NOW):
            raise Retry(after=600.0, flood="login")
    (line,) = [line for line in (await desk.writes("status")).splitlines() if "messages a minute" in line]
    assert "0 messages a minute for now, 0 wait" in line


async def test_a_word_that_is_no_command_is_answered_and_not_met_with_silence(desk: Office) -> None:
    assert await desk.writes("salam") == SENTENCES["no_such_command"]["en"]


async def test_who_may_not_ask_is_told_so(desk: Office) -> None:
    assert await desk.writes("approve 3", sender="@stranger:hs.test") == SENTENCES["nobody"]["en"]
    room = await sara_has_a_desk(desk)
    assert await desk.writes("approve 3", sender=SARA, room=room) == SENTENCES["not_your_role"]["en"]
    for command in ("link bale g1", "join CODE bale g1", "unlink 1"):
        assert await desk.writes(command, sender=SARA, room=room) == SENTENCES["not_your_role"]["en"]


async def test_a_code_for_somebody_elses_room_is_for_operators(desk: Office) -> None:
    await desk.core.portal("bale", "g9", room="!theirs")
    room = await sara_has_a_desk(desk)
    for word in ("1", "#1", "۱", "!theirs"):
        assert await desk.writes(f"link {word}", sender=SARA, room=room) == SENTENCES["not_your_role"]["en"]
    assert await desk.core.count("link_code") == 0
    assert (await desk.writes("link 1", sender=MODERATOR)).startswith("Code of room 1: ")
    own = await desk.writes("link", sender=SARA, room=room)
    assert own.startswith("Code of room 2: ")
    again = await desk.writes("link 2", sender=SARA, room=room)
    assert again.startswith("Code of room 2: ")
    assert again != own


@pytest.mark.parametrize(
    "command",
    [
        "link 9999999999999999999999",
        "unlink 9999999999999999999999",
        "unlink -1",
        "unlink ½",
        "link ٣٣",
        "unlink",
        "approve 0",
        "approve ۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹۹",
    ],
)
async def test_a_number_that_is_no_rows_is_answered_and_the_next_command_too(desk: Office, command: str) -> None:
    answer = await desk.writes(command)
    assert answer in {SENTENCES[key]["en"] for key in ("no_such_room", "not_linked", "no_such_request", "code_unknown")}
    assert await desk.writes("version") == "Hampayam 1.2.3"


async def test_what_was_not_written_as_text_is_no_command(desk: Office) -> None:
    event = desk.core.said("status", sender=ADMIN, room=DESK, msgtype="m.notice")
    await desk.accept(event, desk.core.said("", sender=ADMIN, room=DESK))
    assert desk.core.homeserver.sent == []


async def test_an_answer_that_the_homeserver_does_not_take_at_once_comes_later_and_once(desk: Office) -> None:
    desk.core.homeserver.fails("send", Retry("homeserver: 502"), Retry("homeserver: 502"))
    assert await desk.writes("version") == "Hampayam 1.2.3"
    assert await desk.core.tasks.next(DESK) is None


async def test_a_task_that_is_refused_or_breaks_does_not_hold_up_the_next(desk: Office) -> None:
    desk.core.homeserver.fails("send", Refused("M_UNKNOWN"))
    assert await desk.writes("version") == ""
    desk.core.homeserver.fails("send", ValueError("a bug"))
    assert await desk.writes("version") == ""
    assert await desk.writes("version") == "Hampayam 1.2.3"
    assert await desk.core.tasks.poisoned() == 1


async def test_status_counts_and_lists_what_waits(desk: Office) -> None:
    await desk.core.portal("bale", "g9", state="pending")
    answer = await desk.writes("status")
    assert "taken over: 0, queued: 0, sent: 0" in answer
    assert "waits for approval: 1 · " in answer
    room = await sara_has_a_desk(desk)
    assert "taken over" not in await desk.writes("status", sender=SARA, room=room)


async def test_rooms_are_listed_with_their_chats(desk: Office) -> None:
    assert await desk.writes("rooms") == SENTENCES["no_rooms"]["en"]
    await desk.core.portal("bale", "g9")
    await desk.core.portal("soroush", "c1")
    answer = await desk.writes("rooms")
    assert answer.splitlines()[0].startswith("1 · ")
    assert "heard nothing yet" in answer.splitlines()[1]
    assert "one way" in answer.splitlines()[2]


# --- invitations, encryption


async def test_the_bot_becomes_somebodys_management_room_when_invited(desk: Office) -> None:
    core = desk.core
    await desk.accept(core.state("m.room.member", {"membership": "invite"}, key=core.users.bot, room="!new"))
    assert await core.tasks.management("!new") == SARA
    assert core.homeserver.said_in("!new") == [SENTENCES["welcome"]["en"]]
    assert "link" in await desk.writes("help", sender=SARA, room="!new")
    await desk.accept(core.state("m.room.member", {"membership": "leave"}, key=SARA, room="!new"))
    assert await core.tasks.management("!new") is None
    assert core.homeserver.called("leave")[-1][1:3] == ("!new", core.users.bot)


async def test_an_invitation_of_a_stranger_or_of_a_steward_is_declined_in_both_languages(desk: Office) -> None:
    core = desk.core
    steward = core.users.steward("bale", 1)
    for sender, user in (("@stranger:hs.test", core.users.bot), (SARA, steward)):
        await desk.accept(core.state("m.room.member", {"membership": "invite"}, key=user, sender=sender, room="!new"))
    key_of = {core.users.bot: "nobody", steward: "not_by_invite"}
    assert [call[1:] for call in core.homeserver.called("leave")] == [
        ("!new", user, f"{SENTENCES[key]['fa']}\n{SENTENCES[key]['en']}") for user, key in key_of.items()
    ]
    assert core.homeserver.called("join") == []


async def test_an_encrypted_management_room_is_refused_in_both_languages(desk: Office) -> None:
    core = desk.core
    words = f"{SENTENCES['encrypted_room']['fa']}\n{SENTENCES['encrypted_room']['en']}"
    core.homeserver.encrypted.add("!new")
    await desk.accept(core.state("m.room.member", {"membership": "invite"}, key=core.users.bot, room="!new"))
    assert core.homeserver.said_in("!new") == [words]
    assert await core.tasks.management("!new") is None

    core.homeserver.encrypted.add(DESK)
    await desk.accept(core.state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, sender=ADMIN, room=DESK))
    assert core.homeserver.said_in(DESK) == [words]
    assert await core.tasks.management(DESK) is None


async def test_a_room_that_becomes_encrypted_loses_its_links_in_words(desk: Office) -> None:
    core = desk.core
    await core.portal("bale")
    core.homeserver.encrypted.add("!family")
    await desk.accept(core.state("m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}))
    assert SENTENCES["encrypted_room"]["fa"] in core.homeserver.said_in("!family")[0]
    assert await desk.portal("bale") is None
    assert "became encrypted" in desk.told("bale")[0]


async def test_an_encrypted_message_in_an_open_room_ends_no_link_and_is_not_met_with_silence(desk: Office) -> None:
    core = desk.core
    portal = await core.portal("bale")
    await desk.accept(core.state("m.room.encrypted", {"ciphertext": "x"}))
    still = await desk.portal("bale")
    assert still is not None
    assert (still.id, still.state) == (portal.id, "open")
    (answer,) = core.homeserver.said_in("!family")
    assert answer.startswith("⚠️")


# --- groups and private chats


async def test_a_group_asks_for_status_and_help_by_a_slash(desk: Office) -> None:
    await desk.says("bale", "/status")
    assert desk.told("bale") == [f"{SENTENCES['not_linked']['en']}\nthe id of this chat: \u2068g1\u2069"]
    await desk.says("bale", "/help link")
    assert desk.told("bale")[0].startswith("/link · /پیوند")
    await desk.says("bale", "/approve 3")
    await desk.says("bale", "/start")
    await desk.says("bale", "help")
    assert desk.told("bale") == []


async def test_a_command_that_comes_again_is_carried_out_once(desk: Office) -> None:
    for _ in range(2):
        await desk.says("bale", "/link", id="55")
    assert len(desk.told("bale")) == 1
    assert await desk.core.count("link_code") == 1


async def test_a_private_chat_is_greeted_and_can_ask(desk: Office) -> None:
    await desk.says("bale", "سلام", chat="reza", kind=ChatKind.PRIVATE)
    (hello,) = desk.told("bale", "reza")
    assert hello.startswith(SENTENCES["hello"]["en"])
    await desk.says("bale", "version", chat="reza", kind=ChatKind.PRIVATE)
    await desk.says("bale", "/link", chat="reza", kind=ChatKind.PRIVATE)
    assert desk.told("bale", "reza") == ["Hampayam 1.2.3", SENTENCES["groups_only"]["en"]]


async def test_another_bot_gives_no_commands(desk: Office) -> None:
    said = desk.core.heard("/link", id="7", sender=Person("robot", "Robot", is_bot=True))
    await desk.happens("bale", said)
    assert desk.told("bale") == []


async def test_a_member_sets_their_own_name_and_takes_it_back(desk: Office) -> None:
    await desk.says("rubika", "/name  سارا\u202e  کریمی · بله ", sender="mina")
    assert desk.told("rubika") == ["From now on others see you as: سارا کریمی بله"]
    await desk.says("rubika", "/نام", sender="mina")
    assert desk.told("rubika") == ["From now on others see you as: Mina"]
    await desk.says("rubika", "/name x", sender=None)
    assert desk.told("rubika") == [SENTENCES["nobody_named"]["en"]]


async def test_a_platform_that_does_not_answer_a_question_is_named_and_nothing_hangs(desk: Office) -> None:
    class Silent(type(desk.sessions["bale"])):  # type: ignore[misc]
        async def member_role(self, chat: str, person: str) -> object:
            raise Retry("HTTP 502")

    desk.sessions["bale"].__class__ = Silent
    await desk.says("bale", "/link")
    assert desk.told("bale") == [SENTENCES["platform_not_ready"]["en"]]


async def test_a_refusal_that_has_no_sentence_is_told_with_its_reason(desk: Office) -> None:
    class Closed(type(desk.sessions["bale"])):  # type: ignore[misc]
        async def member_role(self, chat: str, person: str) -> object:
            raise NotAllowed("not_a_member")

    desk.sessions["bale"].__class__ = Closed
    await desk.says("bale", "/link")
    assert desk.told("bale") == ["Not done: the bot is not a member there, or may not write"]


async def test_every_declared_command_can_be_called_where_it_is_declared(desk: Office) -> None:
    for command in DECLARED:
        if Place.ROOM in command.places:
            assert await desk.writes(command.name) not in ("", SENTENCES["no_such_command"]["en"])
        if Place.GROUP in command.places:
            await desk.says("bale", f"/{command.words[-1]}")
            assert desk.told("bale") or command.name == "unlink"

"""What an account's notes say, without a wire."""

from __future__ import annotations

import pytest

from bridge.model import (
    BotMoved,
    Chat,
    ChatKind,
    Mark,
    MembersMoved,
    MessageDeleted,
    MessageEdited,
    MessageSaid,
    Nothing,
    Person,
    RemoteEvent,
    ServiceLine,
    Text,
    Unsupported,
    Update,
)
from bridge.platforms.eitaa import account_convert as convert
from bridge.platforms.eitaa import account_notes as notes
from bridge.platforms.eitaa.account_place import Place, Taking
from bridge.platforms.eitaa.tl import TL, Codec

CODEC = Codec()
OURS = "42"
PEOPLE: dict[str, TL] = {
    "g7": CODEC.new(
        "chat", id=7, title="خانواده", photo=CODEC.new("chatPhotoEmpty"), participants_count=2, date=0, version=1
    ),
    "u5": CODEC.new("user", id=5, access_hash=1, first_name="Sara"),
    "u6": CODEC.new("user", id=6, access_hash=1, first_name="Ali", MXB_VIRTUAL_USER=True),
}
GROUP = Chat("g7", ChatKind.GROUP, "خانواده")
SARA, ALI = Person("5", "Sara"), Person("6", "Ali", virtual=True)


def message(text: str = "سلام", **more: object) -> TL:
    fields: dict[str, object] = {
        "id": 9,
        "from_id": CODEC.new("peerUser", user_id=5),
        "peer_id": CODEC.new("peerChat", chat_id=7),
        "date": 1_760_000_000,
        "message": text,
    }
    return CODEC.new("message", **(fields | more))


def service(action: TL, sender: int | None = 5, **more: object) -> TL:
    who = None if sender is None else CODEC.new("peerUser", user_id=sender)
    chat = CODEC.new("peerChat", chat_id=7)
    return CODEC.new("messageService", id=9, from_id=who, peer_id=chat, date=1_760_000_000, action=action, **more)


def noted(thing: TL, kind: str = "new") -> Update:
    found = notes.note(thing, PEOPLE, kind)
    assert found is not None
    return found


def told(thing: TL, kind: str = "new") -> RemoteEvent:
    return convert.event(noted(thing, kind), OURS)


# --- corrections


def test_a_correction_says_all_that_the_message_says_now() -> None:
    said = MessageSaid(GROUP, "9", SARA, Text("درود"), 1_760_000_000_000)
    edited = told(message("درود", edit_date=1_760_000_060), "edit")
    assert isinstance(edited, MessageEdited)
    assert (edited.said, edited.at) == (said, 1_760_000_060_000)
    own = told(message("درود", edit_date=1_760_000_060, out=True, from_id=None), "edit")
    assert isinstance(own, MessageEdited)
    assert own.said.sender == Person(OURS)


def test_what_was_changed_makes_another_version_and_what_was_not_makes_none() -> None:
    bold = CODEC.new("messageEntityBold", offset=0, length=2)
    photo = CODEC.new("messageMediaPhoto")
    variants = (
        message("یک", edit_date=100),
        message("دو", edit_date=100),
        message("یک", edit_date=101),
        message("یک", edit_date=100, entities=[bold]),
        message("یک", edit_date=100, media=photo),
        message("یک"),
    )
    keys = [noted(each, "edit").key for each in variants]
    assert len(set(keys)) == len(keys)
    again = message("یک", edit_date=100, views=17, forwards=3, pinned=True)
    assert noted(again, "edit").key == keys[0]
    renamed = notes.note(variants[0], PEOPLE | {"u5": CODEC.new("user", id=5, first_name="سارا")}, "edit")
    assert renamed is not None
    assert renamed.key == keys[0]


def test_a_caption_is_corrected_too() -> None:
    edited = told(message("شرح", edit_date=100, media=CODEC.new("messageMediaPhoto")), "edit")
    assert isinstance(edited, MessageEdited)
    assert edited.said.content == Unsupported("photo", "شرح")


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        (CODEC.new("messageMediaDocument"), "unknown"),
        (CODEC.new("messageMediaDocument", document=CODEC.new("documentEmpty", id=1)), "document"),
        (CODEC.new("messageMediaPhoto", photo=CODEC.new("photoEmpty", id=1)), "photo"),
    ],
)
def test_a_file_that_is_not_there_any_more_is_named(media: TL, kind: str) -> None:
    said = told(message("شرح", media=media))
    assert isinstance(said, MessageSaid)
    assert said.content == Unsupported(kind, "شرح")


def test_what_the_apps_do_not_show_as_corrected_is_none() -> None:
    hidden = message("سلام", edit_date=100, edit_hide=True)
    assert told(hidden, "edit") == Nothing("edit hidden")
    assert noted(hidden, "edit").key != noted(message("سلام", edit_date=100), "edit").key


def test_a_start_that_was_corrected_starts_nothing() -> None:
    started = message("/start K7", edit_date=100, peer_id=CODEC.new("peerUser", user_id=5), from_id=None)
    edited = told(started, "edit")
    assert isinstance(edited, MessageEdited)
    assert edited.said.chat.kind is ChatKind.PRIVATE


def test_a_line_about_people_that_is_told_again_moves_nobody() -> None:
    line = service(CODEC.new("messageActionChatAddUser", users=[42]))
    assert told(line) == BotMoved(GROUP, present=True)
    assert told(line, "edit") == Nothing("messageActionChatAddUser")


# --- deletions


def test_a_deletion_that_names_its_chat_is_sure() -> None:
    update = CODEC.new("updateDeleteChannelMessages", channel_id=3, messages=[4, 5], pts=10, pts_count=2)
    (found,) = notes.deleted(update, {"c3": None})
    assert convert.event(found, OURS) == MessageDeleted(Chat("c3", ChatKind.GROUP), ("4", "5"))
    assert found.chat == "c3"


def test_a_deletion_that_names_none_may_be_any_groups() -> None:
    def keys(pts: int, *ids: int) -> list[str]:
        update = CODEC.new("updateDeleteMessages", messages=list(ids), pts=pts, pts_count=len(ids))
        found = notes.deleted(update, {"g7": PEOPLE["g7"], "g8": None})
        chats = [Chat("g7", ChatKind.GROUP, "خانواده"), Chat("g8", ChatKind.GROUP)]
        numbers = tuple(map(str, ids))
        assert [convert.event(each, OURS) for each in found] == [MessageDeleted(c, numbers, maybe=True) for c in chats]
        assert [each.chat for each in found] == ["g7", "g8"]
        return [each.key for each in found]

    told_keys = [*keys(10, 4, 5), *keys(11, 4, 5), *keys(10, 4)]
    assert len(set(told_keys)) == 6
    assert keys(10, 4, 5) == told_keys[:2]


# --- within a batch


def test_corrections_are_heard_at_once_even_of_a_chat_that_is_walked_through_later() -> None:
    taking = Taking(Place(1, 1, 1, last=5, walk=(("g7", 5),)), lambda _: None)
    taking.hold()
    taking.heard(message(), PEOPLE)
    assert taking.updates == []
    taking.heard(message(edit_date=100), PEOPLE, "edit")
    assert [type(convert.event(each, OURS)) for each in taking.updates] == [MessageEdited]


def test_corrections_do_not_move_where_reading_goes_on() -> None:
    taking = Taking(Place(1, 1, 1, last=5, channels={"3": (10, 4, 0)}), lambda _: None)
    taking.heard(message(edit_date=100), PEOPLE, "edit")
    for number in (3, 4):
        taking.heard(message(edit_date=100, peer_id=CODEC.new("peerChannel", channel_id=number)), PEOPLE, "edit")
        taking.changed(str(number), 11)
    assert len(taking.updates) == 3
    assert taking.place.last == 5
    assert taking.place.channels == {"3": (11, 4, 0)}  # the other one is still to be begun with


# --- people


def test_people_come_by_being_added_by_a_link_or_by_a_request() -> None:
    added = service(CODEC.new("messageActionChatAddUser", users=[5, 6, 8]))
    assert told(added) == MembersMoved(GROUP, (SARA, ALI, Person("8")), present=True)
    by_link = service(CODEC.new("messageActionChatJoinedByLink", inviter_id=5), sender=6)
    assert told(by_link) == MembersMoved(GROUP, (ALI,), present=True)
    by_request = service(CODEC.new("messageActionChatJoinedByRequest"), sender=6)
    assert told(by_request) == MembersMoved(GROUP, (ALI,), present=True)


def test_who_leaves_is_whom_the_line_names_and_not_who_wrote_it() -> None:
    removed = service(CODEC.new("messageActionChatDeleteUser", user_id=6), sender=5)
    assert told(removed) == MembersMoved(GROUP, (ALI,), present=False)


def test_our_own_moves() -> None:
    for action, sender, present in (
        (CODEC.new("messageActionChatAddUser", users=[6, 42]), 5, True),
        (CODEC.new("messageActionChatCreate", title="خانواده", users=[5, 42]), 5, True),
        (CODEC.new("messageActionChatJoinedByLink", inviter_id=5), 42, True),
        (CODEC.new("messageActionChatJoinedByRequest"), 42, True),
        (CODEC.new("messageActionChatDeleteUser", user_id=42), 5, False),
    ):
        assert told(service(action, sender)) == BotMoved(GROUP, present)


def test_lines_that_tell_what_changed() -> None:
    answered = CODEC.new("messageReplyHeader", reply_to_msg_id=4)
    for line, content, reply in (
        (service(CODEC.new("messageActionChatEditTitle", title="x")), ServiceLine("title", "x"), None),
        (
            service(CODEC.new("messageActionChatEditPhoto", photo=CODEC.new("photoEmpty", id=1))),
            ServiceLine("picture"),
            None,
        ),
        (service(CODEC.new("messageActionChatDeletePhoto")), ServiceLine("no_picture"), None),
        (service(CODEC.new("messageActionPinMessage"), reply_to=answered), ServiceLine("pin"), "4"),
    ):
        said = told(line)
        assert isinstance(said, MessageSaid)
        assert (said.content, said.id, said.reply_to) == (content, "9", reply)
        assert said.sender is not None
        assert said.sender.id == "5"


def test_lines_that_move_nobody() -> None:
    for action in (
        CODEC.new("messageActionChatCreate", title="x", users=[5, 6]),
        CODEC.new("messageActionChannelCreate", title="x"),
    ):
        assert told(service(action)) == Nothing(action.tl_name)
    assert told(service(CODEC.new("messageActionChatJoinedByRequest"), sender=None)) == Nothing(
        "messageActionChatJoinedByRequest"
    )


# --- what goes out


def test_a_mention_goes_with_the_persons_access_hash_or_not_at_all() -> None:
    marks = (Mark("mention", 0, 4, "5"), Mark("mention", 5, 8, "6"), Mark("spoiler", 9, 10), Mark("bold", 11, 12))
    made = convert.entities("سارا علی ؟ 🙂", marks, CODEC.new, {"u5": -7}.get)
    assert [(each.tl_name, each.offset, each.length) for each in made] == [
        ("inputMessageEntityMentionName", 0, 4),
        ("messageEntityBold", 11, 2),
    ]
    assert (made[0].user_id.user_id, made[0].user_id.access_hash) == (5, -7)

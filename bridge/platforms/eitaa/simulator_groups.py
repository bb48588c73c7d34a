"""The gateway's calls about people and chats: who they are, how one gets in and out."""

from __future__ import annotations

from typing import Literal

from bridge.platforms.simulation import Chat, Person

from .simulator_accounts import RpcError
from .simulator_peers import Caller, channel_of, person_of, readable
from .simulator_schema import SCHEMA
from .simulator_shapes import ADMIN, View, is_machine
from .simulator_tl import Thing, vector

make = SCHEMA.make
NO_PHOTO = {"id": 0}


def resolve_username(caller: Caller, method: Thing) -> bytes:
    given = method["username"].removeprefix("@")
    if not 3 <= len(given) <= 64 or not given.replace("_", "").isalnum():
        raise RpcError(400, "USERNAME_INVALID")
    found, view = caller.sim.world.named(given), caller.view()
    if found is None:
        raise RpcError(400, "USERNAME_NOT_OCCUPIED")
    peer = view.peer(found) if isinstance(found, Chat) else view.peer_of(found)
    return make("contacts.resolvedPeer", peer=peer, chats=view.chats(), users=view.users())


def import_contacts(caller: Caller, method: Thing) -> bytes:
    sim, view, made = caller.sim, caller.view(), []
    for each in method["contacts"]:
        owner = sim.world.people.get(sim.accounts.phones.get(each["phone"].removeprefix("+"), ""))
        if owner is not None:
            number = view.with_person(owner)
            made.append(make("importedContact", user_id=number, client_id=each["client_id"]))
    rest: dict[str, list[bytes]] = {"popular_invites": [], "retry_contacts": []}
    return make("contacts.importedContacts", imported=made, users=view.users(), **rest)


def get_users(caller: Caller, method: Thing) -> bytes:
    view = caller.view()
    return vector(view.user(person_of(caller, each)) for each in method["id"])


def get_user_photos(caller: Caller, method: Thing) -> bytes:
    """There is one at most."""
    view, person = caller.view(), person_of(caller, method["user_id"])
    stored = caller.sim.scene.pictures.get(person)
    photos = [] if stored is None or method["offset"] > 0 else [view.photo(stored, 0)]
    return make("photos.photos", photos=photos, users=[view.user(person)])


def get_full_user(caller: Caller, method: Thing) -> bytes:
    view = caller.view()
    return make(
        "userFull",
        user=view.user(person_of(caller, method["id"])),
        settings=make("peerSettings"),
        notify_settings=make("peerNotifySettings"),
        common_chats_count=0,
    )


# -- chats


def get_channels(caller: Caller, method: Thing) -> bytes:
    view = caller.view()
    return make("messages.chats", chats=[view.chat(channel_of(caller, each)) for each in method["id"]])


def get_chats(caller: Caller, method: Thing) -> bytes:
    view = caller.view()
    return make("messages.chats", chats=[view.chat(_basic(caller, number)) for number in method["id"]])


def get_full_channel(caller: Caller, method: Thing) -> bytes:
    scene, view = caller.sim.scene, caller.view()
    chat = readable(caller, channel_of(caller, method["channel"]))
    pinned, picture = scene.pinned(chat), scene.pictures.get(chat)
    view.with_chat(chat)
    full = make(
        "channelFull",
        can_view_participants=chat.kind == "group" or chat.is_admin(caller.account),
        id=int(chat.id),
        about="",
        participants_count=len(chat.members),
        admins_count=sum(1 for role in chat.members.values() if role != "member"),
        read_inbox_max_id=scene.read_by.get((caller.account.id, chat), 0),
        read_outbox_max_id=scene.read_of.get((caller.account.id, chat), 0),
        unread_count=scene.unread(caller.account, chat),
        chat_photo=make("photoEmpty", **NO_PHOTO) if picture is None else view.photo(picture, 0),
        notify_settings=make("peerNotifySettings"),
        bot_info=[],
        pinned_msg_id=None if pinned is None else int(pinned),
        pts=scene.channel(chat).pts,
    )
    return make("messages.chatFull", full_chat=full, chats=view.chats(), users=view.users())


def _basic(caller: Caller, number: int) -> Chat:
    chat = caller.sim.world.chats.get(str(number))
    if chat is None or caller.sim.scene.is_channel(chat):
        raise RpcError(400, "CHAT_ID_INVALID")
    return chat


def get_full_chat(caller: Caller, method: Thing) -> bytes:
    chat, view = _basic(caller, method["chat_id"]), caller.view()
    view.with_chat(chat)
    if chat.has(caller.account):
        members = [_basic_member(view, caller.sim.world.people[who], role) for who, role in chat.members.items()]
        people = make("chatParticipants", chat_id=int(chat.id), participants=members, version=1)
    else:
        people = make("chatParticipantsForbidden", chat_id=int(chat.id))
    settings = make("peerNotifySettings")
    picture = caller.sim.scene.pictures.get(chat)
    photo = None if picture is None else view.photo(picture, 0)
    named = {"id": int(chat.id), "about": "", "chat_photo": photo}
    full = make("chatFull", participants=people, notify_settings=settings, **named)
    return make("messages.chatFull", full_chat=full, chats=view.chats(), users=view.users())


def _basic_member(view: View, person: Person, role: str) -> bytes:
    number = view.with_person(person)
    if role == "creator":
        return make("chatParticipantCreator", user_id=number)
    kind = "chatParticipantAdmin" if role == "admin" else "chatParticipant"
    return make(kind, user_id=number, inviter_id=number, date=0)


def _member(view: View, person: Person, role: str) -> bytes:
    number = view.with_person(person)
    rights = make("chatAdminRights", flags=ADMIN)
    if role == "creator":
        return make("channelParticipantCreator", user_id=number, admin_rights=rights)
    if role == "admin":
        return make("channelParticipantAdmin", user_id=number, promoted_by=number, date=0, admin_rights=rights)
    if person is view.account:
        return make("channelParticipantSelf", user_id=number, inviter_id=number, date=0)
    return make("channelParticipant", user_id=number, date=0)


def get_participants(caller: Caller, method: Thing) -> bytes:
    """Of a channel only its admins see who is in it."""
    chat, view = readable(caller, channel_of(caller, method["channel"])), caller.view()
    if chat.kind == "channel" and not chat.is_admin(caller.account):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    view.with_chat(chat)
    asked, words = method["filter"].name, method["filter"].fields.get("q", "").lower()
    found = []
    for who, role in chat.members.items():
        person = caller.sim.world.people[who]
        if (
            (asked == "channelParticipantsAdmins" and role == "member")
            or (asked == "channelParticipantsBots" and not is_machine(person))
            or asked in ("channelParticipantsKicked", "channelParticipantsBanned")
            or words not in person.name.lower()
        ):
            continue
        found.append((person, role))
    shown = found[max(0, method["offset"]) :][: min(max(0, method["limit"]), 200)]
    made = [_member(view, person, role) for person, role in shown]
    rest = {"count": len(found), "participants": made}
    return make("channels.channelParticipants", chats=view.chats(), users=view.users(), **rest)


def get_participant(caller: Caller, method: Thing) -> bytes:
    chat, view = readable(caller, channel_of(caller, method["channel"])), caller.view()
    person = person_of(caller, method["participant"])
    if chat.kind == "channel" and not chat.is_admin(caller.account) and person is not caller.account:
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    if not chat.has(person):
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    member = _member(view, person, chat.role(person))
    return make("channels.channelParticipant", participant=member, chats=view.chats(), users=view.users())


# -- in and out


def _entered(caller: Caller, chat: Chat, *, by: Literal["link", "name"]) -> bytes:
    account = caller.account
    if chat.has(account):
        raise RpcError(400, "USER_ALREADY_PARTICIPANT")
    caller.sim.enter(chat, account, by=by)
    view = caller.view()
    view.with_chat(chat)
    return view.updates([make("updateChannel", channel_id=int(chat.id))] if caller.sim.scene.is_channel(chat) else [])


def join_channel(caller: Caller, method: Thing) -> bytes:
    chat = channel_of(caller, method["channel"])
    if chat.has(caller.account):
        # Joining twice is no mistake.
        view = caller.view()
        view.with_chat(chat)
        return view.updates([])
    if chat.username is None:
        raise RpcError(400, "CHANNEL_PRIVATE")
    return _entered(caller, chat, by="name")


def leave_channel(caller: Caller, method: Thing) -> bytes:
    return _left(caller, channel_of(caller, method["channel"]), caller.account)


def delete_chat_user(caller: Caller, method: Thing) -> bytes:
    return _left(caller, _basic(caller, method["chat_id"]), person_of(caller, method["user_id"]))


def _left(caller: Caller, chat: Chat, person: Person) -> bytes:
    if not chat.has(person):
        raise RpcError(400, "USER_NOT_PARTICIPANT")
    if person is not caller.account and not chat.is_admin(caller.account):
        raise RpcError(400, "CHAT_ADMIN_REQUIRED")
    caller.sim.take_out(chat, person, by=caller.account)
    view = caller.view()
    view.with_chat(chat)
    return view.updates([make("updateChannel", channel_id=int(chat.id))] if caller.sim.scene.is_channel(chat) else [])


def _invited(caller: Caller, code: str) -> Chat:
    if not code:
        raise RpcError(400, "INVITE_HASH_EMPTY")
    chat = caller.sim.invited(code)
    if chat is None:
        raise RpcError(400, "INVITE_HASH_INVALID")
    return chat


def check_invite(caller: Caller, method: Thing) -> bytes:
    chat, view = _invited(caller, method["hash"]), caller.view()
    if chat.has(caller.account):
        return make("chatInviteAlready", chat=view.chat(chat))
    channel = caller.sim.scene.is_channel(chat)
    return make(
        "chatInvite",
        channel=channel,
        broadcast=chat.kind == "channel",
        megagroup=channel and chat.kind == "group",
        public=chat.username is not None,
        title=chat.title,
        photo=make("photoEmpty", **NO_PHOTO),
        participants_count=len(chat.members),
    )


def import_invite(caller: Caller, method: Thing) -> bytes:
    return _entered(caller, _invited(caller, method["hash"]), by="link")

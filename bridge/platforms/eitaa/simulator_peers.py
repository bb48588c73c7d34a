"""Who asks, and whom an InputPeer means: nobody is reached without the right access hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bridge.platforms.simulation import Bot, Chat, Message, Person

from .simulator_accounts import RpcError, Session
from .simulator_shapes import View
from .simulator_tl import Thing

if TYPE_CHECKING:
    from .simulator import EitaaSimulator

Pool = Literal["client", "download", "upload"]


@dataclass(frozen=True, slots=True)
class Caller:
    """One call's sender. `session` is None before the login."""

    sim: EitaaSimulator
    session: Session | None
    imei: str
    pool: Pool
    host: str

    @property
    def account(self) -> Bot:
        assert self.session is not None
        return self.session.account

    def view(self) -> View:
        return View(self.sim.scene, self.sim.accounts, self.account)


def chat_of_peer(caller: Caller, peer: Thing) -> Chat:
    """The chat; a private one comes into being when it is first named. Raises RpcError."""
    scene, account = caller.sim.scene, caller.account
    match peer.name:
        case "inputPeerSelf":
            return scene.open_private(account, account)
        case "inputPeerUser":
            person = scene.person(peer["user_id"])
            secret = scene.access_hash(account, "user", peer["user_id"])
            if person is None or peer["access_hash"] != secret:
                raise RpcError(400, "PEER_ID_INVALID")
            return scene.open_private(account, person)
        case "inputPeerChat":
            chat = caller.sim.world.chats.get(str(peer["chat_id"]))
            if chat is None or scene.is_channel(chat):
                raise RpcError(400, "PEER_ID_INVALID")
            return chat
        case "inputPeerChannel":
            return _channel(caller, peer, "PEER_ID_INVALID")
    raise RpcError(400, "PEER_ID_INVALID")


def channel_of(caller: Caller, channel: Thing) -> Chat:
    if channel.name != "inputChannel":
        raise RpcError(400, "CHANNEL_INVALID")
    return _channel(caller, channel, "CHANNEL_INVALID")


def _channel(caller: Caller, given: Thing, wrong: str) -> Chat:
    scene, number = caller.sim.scene, given["channel_id"]
    chat = caller.sim.world.chats.get(str(number))
    secret = scene.access_hash(caller.account, "channel", number)
    if chat is None or not scene.is_channel(chat) or given["access_hash"] != secret:
        raise RpcError(400, wrong)
    return chat


def person_of(caller: Caller, user: Thing) -> Person:
    """Of an InputUser, or of an InputPeer that is a person."""
    scene = caller.sim.scene
    if user.name in ("inputUserSelf", "inputPeerSelf"):
        return caller.account
    if user.name not in ("inputUser", "inputPeerUser"):
        raise RpcError(400, "USER_ID_INVALID")
    person = scene.person(user["user_id"])
    if person is None or user["access_hash"] != scene.access_hash(caller.account, "user", user["user_id"]):
        raise RpcError(400, "USER_ID_INVALID")
    return person


def readable(caller: Caller, chat: Chat) -> Chat:
    """Raises RpcError when the account may not look into it."""
    if not caller.sim.scene.may_see(caller.account, chat):
        raise RpcError(400, "CHANNEL_PRIVATE" if caller.sim.scene.is_channel(chat) else "CHAT_ID_INVALID")
    return chat


def writable(caller: Caller, chat: Chat) -> Chat:
    """Raises RpcError when the account may not write there."""
    scene, account = caller.sim.scene, caller.account
    if chat.kind == "private":
        if (scene.other(chat, account).id, account.id) in scene.blocked:
            raise RpcError(400, "USER_IS_BLOCKED")
        return chat
    if not chat.has(account) and scene.is_channel(chat) and chat.username is None:
        raise RpcError(400, "CHANNEL_PRIVATE")
    if not chat.has(account) or (chat.kind == "channel" and not chat.is_admin(account)):
        raise RpcError(400, "CHAT_WRITE_FORBIDDEN")
    return chat


def message_in(caller: Caller, chat: Chat, number: int) -> Message:
    """Raises RpcError."""
    message = chat.by_id.get(str(number))
    if message is None or message.deleted or (caller.account.id, message) in caller.sim.scene.hidden:
        raise RpcError(400, "MESSAGE_ID_INVALID")
    return message


def control_id(method: Thing) -> str | None:
    """The control side's id of the chat that a call is about, as far as it can be told without a check."""
    for name in ("peer", "channel", "to_peer"):
        given = method.fields.get(name)
        if isinstance(given, Thing):
            for key in ("user_id", "chat_id", "channel_id"):
                if key in given.fields:
                    return str(given[key])
    return str(method["chat_id"]) if "chat_id" in method.fields else None

"""What the outside hand can do in Eitaa alone, each by POST /own/<verb> with JSON.

Bodies name people, accounts and chats by the control side's ids.

code {phone} -> {code, hash}: the login code that was last sent there
phone {person, phone}: gives somebody that number · password {bot, password, hint}: a second one; null takes it away
sessions {bot} -> {sessions} · login {bot, imei} -> {session, imei} · revoke {bot} · expire {bot}: of all its sessions
virtual {person, virtual, registered}: the marks of MXB
minimal {person, minimal}: answers tell next to nothing of them · invite {chat} -> {code}
join {chat, person, by}: by themselves, by "link", "request" or "name"
add {chat, by, people} · remove {chat, by, person}: members are added by a member, removed by an admin
post {chat, person, text, kind, entities, name, mime, size, reply_to, silent, grouped_id, bot} -> {message_id}
many {chats, person, count, bot} -> {texts}: by turns in all these chats; a list of texts for each
forward {chat, person, from, message_id, bot} -> {message_id}
react {chat, message_id, person, reaction, bot}: null takes it back
stale {chat, message_id, bot}: the file's reference is another one from now on
lie {chat, message_id, size, bot}: messages tell another size of the file from now on
reactions {chat, message_id, bot} -> {reactions}: by the ids of those who reacted
read {chat, message_id, bot}: by somebody else
touch {chat, message_id, hidden, bot}: told as edited, though nobody has corrected it; `hidden` says so by edit_hide
read_by {bot, chat} -> {message_id}: up to where an account has read, null for nothing
picture {of, base64}: of a person or a chat, by its id; without base64 it is taken away
views {chat, message_id, views} · news {bot} -> {pts, entries}: an account's log
An entity is {type, offset, length} with a type such as "messageEntityBold", and url, language or user_id if it has one.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Bot, Chat, ControlError, Extra, Person, Verb, whole

from .simulator_files import MEDIA_KINDS, StoredFile
from .simulator_schema import SCHEMA
from .simulator_srp import verifier

if TYPE_CHECKING:
    from .simulator import EitaaSimulator

Body = dict[str, Any]


def own_verbs(sim: EitaaSimulator) -> Mapping[str, Verb]:
    hand = _Hand(sim)
    names = (
        *("code", "phone", "password", "sessions", "login", "revoke", "expire", "virtual", "minimal", "invite"),
        *("join", "add", "remove", "post", "many", "forward", "react", "reactions", "stale", "lie", "read"),
        *("touch", "read_by", "views", "news", "picture"),
    )
    return {name: getattr(hand, name) for name in names}


class _Hand:
    def __init__(self, sim: EitaaSimulator) -> None:
        self._sim = sim
        self._world = sim.world
        self._scene = sim.scene

    def _bot(self, body: Body) -> Bot:
        return self._world.bot(body["bot"])

    def _chat(self, body: Body, name: str = "chat") -> Chat:
        return self._world.chat(body[name], body.get("bot"))

    # -- accounts

    def code(self, body: Body) -> Body:
        found = self._sim.accounts.code(body["phone"])
        if found is None or not found.delivered:
            raise ControlError("no code has come to this phone", 404)
        return {"code": found.digits, "hash": found.hash}

    def phone(self, body: Body) -> Body:
        return {"phone": self._sim.accounts.give_phone(self._world.person(body["person"]).id, body["phone"])}

    def password(self, body: Body) -> Body:
        passwords, bot = self._sim.accounts.passwords, self._bot(body)
        if body.get("password") is None:
            passwords.pop(bot.id, None)
        else:
            passwords[bot.id] = verifier(body["password"], body.get("hint"))
        return {}

    def sessions(self, body: Body) -> Body:
        found = self._sim.accounts.sessions_of(self._bot(body))
        return {"sessions": [{"session": each.token, "imei": each.imei, "calls": each.calls} for each in found]}

    def login(self, body: Body) -> Body:
        session = self._sim.accounts.open_session(self._bot(body), body["imei"])
        return {"session": session.token, "imei": session.imei}

    def revoke(self, body: Body) -> Body:
        for session in self._sim.accounts.sessions_of(self._bot(body)):
            session.revoked = True
        return {}

    def expire(self, body: Body) -> Body:
        for session in self._sim.accounts.sessions_of(self._bot(body)):
            session.expired = True
        return {}

    def news(self, body: Body) -> Body:
        log = self._scene.log(self._bot(body))
        return {"pts": log.pts, "entries": len(log.entries), "confirmed": log.confirmed}

    # -- people and chats

    def virtual(self, body: Body) -> Body:
        person = self._world.person(body["person"])
        for name, marked in (("virtual", self._scene.virtual), ("registered", self._scene.registered)):
            if name in body:
                (marked.add if body[name] else marked.discard)(person.id)
        return {}

    def minimal(self, body: Body) -> Body:
        person = self._world.person(body["person"])
        (self._scene.minimal.add if body["minimal"] else self._scene.minimal.discard)(person.id)
        return {}

    def invite(self, body: Body) -> Body:
        code = self._sim.invite_of(self._chat(body))
        if code is None:
            raise ControlError("a public chat has no invite code")
        return {"code": code}

    def join(self, body: Body) -> Body:
        chat, person = self._group(body), self._world.person(body["person"])
        if chat.has(person):
            raise ControlError(f"{person.id} is in {chat.id} already")
        if (by := body.get("by", "link")) not in ("link", "request", "name"):
            raise ControlError("by must be one of link, request, name")
        self._sim.enter(chat, person, by=by)
        return {}

    def add(self, body: Body) -> Body:
        chat, by = self._group(body), self._world.person(body["by"])
        people = [self._world.person(each) for each in body["people"]]
        if not chat.has(by) or not people or any(chat.has(person) for person in people):
            raise ControlError("a member adds people who are not members yet")
        self._sim.bring_in(chat, people, by=by)
        return {}

    def remove(self, body: Body) -> Body:
        chat, by, person = self._group(body), self._world.person(body["by"]), self._world.person(body["person"])
        if not chat.has(person) or not (by is person or chat.is_admin(by)):
            raise ControlError("an admin removes a member")
        self._sim.take_out(chat, person, by=by)
        return {}

    def _group(self, body: Body) -> Chat:
        chat = self._chat(body)
        if chat.kind == "private":
            raise ControlError("nobody comes to a private chat")
        return chat

    # -- messages

    def post(self, body: Body) -> Body:
        """What /say cannot: entities, a file of a given size and name, an album."""
        chat, kind = self._chat(body), body.get("kind", "text")
        wire: Body = {key: body[key] for key in ("silent", "grouped_id") if key in body}
        wire["entities"] = [self._entity(each) for each in body.get("entities", [])]
        if kind in MEDIA_KINDS:
            content = None if body.get("size") is None else (b"0123456789abcdef" * (int(body["size"]) // 16 + 1))
            cut = None if content is None else content[: int(body["size"])]
            wire["media"] = self._sim.files.add(kind, body.get("name"), body.get("mime"), cut)
        elif kind not in self._sim.kinds:
            raise ControlError(f"unknown kind {kind!r}")
        person = self._world.person(body["person"])
        if not chat.has(person):
            raise ControlError(f"{person.id} is not a member of {chat.id}")
        reply = None if body.get("reply_to") is None else self._world.message(chat, body["reply_to"])
        extra = whole(Extra(), kind)
        said = self._sim.person_said(chat, person, body.get("text", ""), reply, kind, extra=extra, wire=wire)
        return {"message_id": said.message_id, "at": said.at}

    def many(self, body: Body) -> Body:
        """As after hours: what is said is "1" in each chat, then "2", and so on."""
        person = self._world.person(body["person"])
        chats = [self._world.chat(chat, body.get("bot")) for chat in body["chats"]]
        texts: dict[str, list[str]] = {chat.id: [] for chat in chats}
        for number in range(int(body["count"])):
            chat = chats[number % len(chats)]
            texts[chat.id].append(str(number // len(chats) + 1))
            self._sim.person_said(chat, person, texts[chat.id][-1], None, "text")
        return {"texts": texts}

    def _entity(self, given: Body) -> Body:
        try:
            SCHEMA.make(given["type"], **{key: value for key, value in given.items() if key != "type"})
        except (KeyError, TypeError) as error:
            raise ControlError(f"no such entity: {error}") from None
        return given

    def forward(self, body: Body) -> Body:
        source = self._world.message(self._chat(body, "from"), body["message_id"])
        wire = {"forward": source.wire.get("forward") or source, "media": source.wire.get("media")}
        wire["entities"] = source.wire.get("entities", [])
        person, chat = self._world.person(body["person"]), self._chat(body)
        extra = Extra(source.thing)
        said = self._sim.person_said(chat, person, source.text, None, source.kind, extra=extra, wire=wire)
        return {"message_id": said.message_id, "at": said.at}

    def react(self, body: Body) -> Body:
        message = self._world.message(self._chat(body), body["message_id"])
        given, person = message.wire.setdefault("reactions", {}), self._world.person(body["person"])
        if body.get("reaction") is None:
            given.pop(person.id, None)
        else:
            given[person.id] = str(body["reaction"])
        self._scene.tell_reactions(message)
        return {}

    def stale(self, body: Body) -> Body:
        self._file(body).former += 1
        return {}

    def lie(self, body: Body) -> Body:
        self._file(body).told = int(body["size"])
        return {}

    def _file(self, body: Body) -> StoredFile:
        stored = self._world.message(self._chat(body), body["message_id"]).wire.get("media")
        if not isinstance(stored, StoredFile):
            raise ControlError("this message has no file")
        return stored

    def reactions(self, body: Body) -> Body:
        message = self._world.message(self._chat(body), body["message_id"])
        return {"reactions": message.wire.get("reactions", {})}

    def read(self, body: Body) -> Body:
        message = self._world.message(self._chat(body), body["message_id"])
        self._scene.read_outbox(message.chat, None, int(message.message_id))
        return {}

    def touch(self, body: Body) -> Body:
        message = self._world.message(self._chat(body), body["message_id"])
        if body.get("hidden"):
            message.wire["edit_hide"] = True
            message.edited_at = self._world.clock()
        self._scene.tell_edit(message)
        return {}

    def read_by(self, body: Body) -> Body:
        number = self._scene.read_by.get((self._bot(body).id, self._chat(body)), 0)
        return {"message_id": str(number) if number else None}

    def picture(self, body: Body) -> Body:
        of = str(body["of"])
        shown: Person | Chat = self._world.people[of] if of in self._world.people else self._world.chat(of)
        self._scene.pictures.pop(shown, None)
        if body.get("base64") is not None:
            given = base64.b64decode(str(body["base64"]))
            self._scene.pictures[shown] = self._sim.files.add("photo", body=given)
        return {}

    def views(self, body: Body) -> Body:
        message = self._world.message(self._chat(body), body["message_id"])
        self._scene.views[message] = int(body["views"])
        return {}

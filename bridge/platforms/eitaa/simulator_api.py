"""The calls of the simulated Eitaayar: which parameters exist, what a call needs, what it answers.

Source: the vendor's API text (getMe, sendMessage, sendFile, and sendDocument by name only); refusals' codes and
words are assumptions, since the text promises `ok: false` alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Bot, Chat, Form, FormError, Upload

from .simulator_posts import Posts

if TYPE_CHECKING:
    from .simulator import EitaaSimulator

Method = Callable[[Bot, Form], dict[str, Any]]

MESSAGE = frozenset(
    ("chat_id", "title", "disable_notification", "reply_to_message_id", "date", "pin", "viewCountForDelete")
) | {"auto_delete"}
DOCUMENTED = {
    "getMe": frozenset[str](),
    "sendMessage": MESSAGE | {"text"},
    "sendFile": MESSAGE | {"caption", "file"},
    "sendDocument": MESSAGE | {"caption", "file", "document"},
}
OTHER_NAMES = {"notification_disable": "disable_notification", "id_message_to_reply": "reply_to_message_id"}
"""Names that several clients send in place of the documented ones: they work, and are flagged."""
YES = frozenset(("1", "true", "on", "yes"))
NO = frozenset(("", "0", "false", "off", "no"))
PICTURES = (".jpg", ".jpeg", ".png")
KINDS_BY_NAME = {".gif": "animation", ".webp": "sticker"}


class Refused(Exception):
    """`code` and `words` go into the answer."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code = code
        self.words = words


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def undocumented(method: str, form: Form) -> list[str]:
    """Names of parameters that the documents don't give for this method; `parse_mode` was seen, always empty."""
    names = [*form.values, *form.files]
    known = DOCUMENTED.get(method)
    if known is None:
        return []
    return sorted(n for n in names if n not in known and not (n == "parse_mode" and form.values.get(n) == ""))


class Api:
    """Methods by name, in any letter case; each gives `result`. Raises Refused and FormError."""

    def __init__(self, simulator: EitaaSimulator) -> None:
        self._sim = simulator
        self._posts = Posts(simulator)
        named: dict[str, Method] = {
            "getMe": self.get_me,
            "sendMessage": self.send_message,
            "sendFile": self.send_file,
            "sendDocument": self.send_file,
        }
        self._methods = {name.lower(): (name, method) for name, method in named.items()}

    def find(self, name: str) -> tuple[str, Method] | None:
        return self._methods.get(name.lower())

    def chat(self, form: Form) -> Chat | None:
        """By the panel's number, the public name without @, or a private chat's invite code."""
        try:
            given = form.text("chat_id", "")
        except FormError:
            return None
        world = self._sim.world
        if (chat := world.chats.get(given) or self._sim.invited(given)) is not None:
            return chat
        named = None if given.startswith("@") else world.named(given)
        return named if isinstance(named, Chat) else None

    def get_me(self, bot: Bot, form: Form) -> dict[str, Any]:
        return self._panel(bot)

    def send_message(self, bot: Bot, form: Form) -> dict[str, Any]:
        text = form.text("text", "")
        return self._send(bot, form, "text", text, self._sim.options.text_limit, "text")

    def send_file(self, bot: Bot, form: Form) -> dict[str, Any]:
        file = form.files.get("file") or form.files.get("document")
        if file is None or not file.filename:
            raise Refused(400, "Bad Request: file must be uploaded as multipart/form-data")
        if len(file.body) > self._sim.options.file_limit:
            raise Refused(413, "Request Entity Too Large")
        caption = form.text("caption", "")
        return self._send(bot, form, "caption", caption, self._sim.options.caption_limit, _kind(file), file)

    def _send(
        self, bot: Bot, form: Form, name: str, text: str, limit: int, kind: str, file: Upload | None = None
    ) -> dict[str, Any]:
        chat = self._allowed(bot, form)
        if not text and kind == "text":
            raise Refused(400, "Bad Request: text is empty")
        if utf16_length(text) > limit:
            raise Refused(400, f"Bad Request: {name} is too long")
        reply_to = self._reply(chat, form)
        wanted = {
            "title": form.text("title", ""),
            "silent": _yes(form, "disable_notification"),
            "pin": _yes(form, "pin"),
            "views": _count(form, "viewCountForDelete") or _count(form, "auto_delete"),
        }
        if file is not None:
            shown = "photo" if kind == "document" and (file.filename or "").lower().endswith(PICTURES) else kind
            wanted["media"] = self._sim.files.add(shown, file.filename, file.content_type, file.body)
        due = form.integer("date", 0)
        if not 0 <= due < 2**32:
            raise Refused(400, "Bad Request: date must be Unix seconds")
        message_id, date = self._posts.post(chat, text, kind=kind, reply_to=reply_to, due=due, wanted=wanted)
        return {
            "message_id": message_id,
            "from": self._panel(bot),
            "chat": self._shown(bot, chat),
            "date": date,
            name: text,
        }

    def _allowed(self, bot: Bot, form: Form) -> Chat:
        form.text("chat_id")
        if (chat := self.chat(form)) is None or (chat.id, bot.id) not in self._sim.registered:
            raise Refused(400, "Bad Request: chat not found")
        if not chat.is_admin(self._sim.sender):
            raise Refused(403, "Forbidden: @sender is not an administrator of the chat")
        return chat

    def _reply(self, chat: Chat, form: Form) -> str | None:
        given = form.integer(_given_name(form, "reply_to_message_id"), 0)
        if given and str(given) not in chat.by_id:
            raise Refused(400, "Bad Request: message to reply not found")
        return str(given) if given else None

    def _panel(self, bot: Bot) -> dict[str, Any]:
        return {
            "id": int(bot.id),
            "is_bot": True,
            "first_name": bot.name,
            "last_name": "eitaayar",
            "username": bot.username,
        }

    def _shown(self, bot: Bot, chat: Chat) -> dict[str, Any]:
        # In the vendor's sample the chat's id is the panel user's.
        number = int(chat.id if self._sim.options.chat_id_in_answers == "chat" else bot.id)
        if chat.username is not None:
            return {"id": number, "type": "public", "username": chat.username}
        return {"id": number, "type": "private"}


def _given_name(form: Form, name: str) -> str:
    """The documented name, or the other one that is in use for it."""
    if name in form:
        return name
    return next((other for other, meant in OTHER_NAMES.items() if meant == name and other in form), name)


def _yes(form: Form, name: str) -> bool:
    value = form.text(name, "") if not isinstance(given := form.values.get(name), bool) else str(given)
    if (word := value.lower()) not in YES | NO:
        raise FormError(name, f"{name} must be 1")
    return word in YES


def _count(form: Form, name: str) -> int:
    """0 for none; some clients send -1 or nothing for that."""
    return max(0, form.integer(name, 0))


def _kind(file: Upload) -> str:
    name = (file.filename or "").lower()
    return next((kind for ending, kind in KINDS_BY_NAME.items() if name.endswith(ending)), "document")

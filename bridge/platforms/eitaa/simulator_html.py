"""The HTML of the public page: the classes that those who read it look for, and little else."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import escape

from bridge.platforms.simulation import Author, Chat, Message, Person

from .simulator_files import StoredFile
from .simulator_options import EitaaOptions
from .simulator_scene import Scene
from .simulator_things import KINDS

LINK = re.compile(r"(https?://[^\s<]+)|(?<![\w@/])@(\w{4,32})")
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]\ufe0f?")
TAGS = {
    "messageEntityBold": ("<b>", "</b>"),
    "messageEntityItalic": ("<i>", "</i>"),
    "messageEntityUnderline": ("<u>", "</u>"),
    "messageEntityStrike": ("<s>", "</s>"),
    "messageEntityCode": ("<code>", "</code>"),
    "messageEntityPre": ("<pre>", "</pre>"),
}


class Sheet:
    """One page. `photos` stands before a photo's path."""

    def __init__(self, scene: Scene, options: EitaaOptions, photos: str) -> None:
        self._scene = scene
        self._options = options
        self._photos = photos
        self._p = options.page_prefix

    # -- whole pages

    def channel(self, chat: Chat, posts: list[Message]) -> str:
        made, day = [], None
        for message in posts:
            when = _time(message.at)
            if when.date() != day:
                day = when.date()
                made.append(
                    f'<div class="{self._p}_widget_message_service_date_wrap">'
                    f'<span class="{self._p}_widget_message_service_date">{day.isoformat()}</span></div>'
                )
            made.append(f'<div class="{self._p}_widget_message_wrap">{self.post(message)}</div>')
        history = f'<section class="{self._p}_channel_history">{"".join(made)}</section>'
        return self._whole(chat.title, self._header(chat) + history, len(chat.members))

    def single(self, chat: Chat, message: Message | None) -> str:
        if message is None or message.deleted or message.kind == "service":
            gone = f'<div class="{self._p}_widget_message_error">Post not found</div>'
            return self._whole(chat.title, gone, len(chat.members))
        return self._whole(chat.title, self.post(message), len(chat.members))

    def card(self, chat: Chat) -> str:
        """A group's, or an invite's: its name and how many are in it."""
        return self._whole(chat.title, self._titled(chat.title), len(chat.members))

    def person(self, person: Person) -> str:
        return self._whole(person.name, self._titled(person.name), None)

    def nobody(self) -> str:
        return self._whole("ایتا", f'<div class="{self._p}_page_extra">ایتا</div>', None)

    def _titled(self, title: str) -> str:
        return f'<div class="{self._p}_page_title"><span>{escape(title)}</span></div>'

    def _whole(self, title: str, body: str, members: int | None) -> str:
        about = "" if members is None else f"{members} عضو"
        return (
            '<!DOCTYPE html><html dir="rtl"><head><meta charset="utf-8">'
            f'<meta property="og:title" content="{escape(title)}">'
            f'<meta property="og:description" content="{escape(about)}">'
            f'<title>{escape(title)}</title></head><body><div class="{self._p}_body_wrap">{body}</div></body></html>'
        )

    def _header(self, chat: Chat) -> str:
        p = self._p
        return (
            f'<header class="{p}_channel_info_header"><i class="{p}_page_photo_image"></i>'
            f'<div class="{p}_channel_info_header_title"><span>{escape(chat.title)}</span></div>'
            f'<div class="{p}_channel_info_header_username"><a href="/{chat.username}">@{chat.username}</a></div>'
            f'<div class="{p}_channel_info_counters"><div class="{p}_channel_info_counter">'
            f'<span class="counter_value">{len(chat.members)}</span> <span class="counter_type">عضو</span></div></div>'
            f'<div class="{p}_channel_info_description"></div></header>'
        )

    # -- a post

    def post(self, message: Message) -> str:
        chat, p = message.chat, f"{self._p}_widget_message"
        where = f"{chat.username}/{message.message_id}"
        when = _time(message.at).isoformat()
        edited = "" if message.edited_at is None else '<span class="message_edited">ویرایش شده</span> '
        parts = [
            f'<a class="{p}_owner_name" href="/{chat.username}"><span>{escape(chat.title)}</span></a>',
            self._author(message),
            self._forwarded(message),
            self._reply(message),
            self._media(message),
            f'<div class="{p}_text" dir="auto">{self.text(message)}</div>' if message.text else "",
            f'<div class="{p}_footer">{edited}{self._views(message)}'
            f'<a class="{p}_date" href="/{where}"><time class="time" datetime="{when}">{when[11:16]}</time></a></div>',
        ]
        return f'<div class="{p}" data-post="{where}">{"".join(parts)}</div>'

    def _author(self, message: Message) -> str:
        if not self._options.signatures or message.sender is None:
            return ""
        return f'<span class="{self._p}_widget_message_author_name">{escape(message.sender.name)}</span>'

    def _views(self, message: Message) -> str:
        if not self._options.page_views:
            return ""
        count = self._scene.views.get(message, 0) + 1
        return f'<span class="{self._p}_widget_message_views" data-count="{count}">{count}</span>'

    def _forwarded(self, message: Message) -> str:
        origin, link = message.wire.get("forward"), ""
        match origin:
            case Message():
                chat, sender = origin.chat, origin.sender
                name = chat.title if chat.kind == "channel" else sender.name if sender else ""
                link = f' href="/{chat.username}/{origin.message_id}"' if chat.username else ""
            case Chat():
                name = origin.title
            case Author() | Person():
                name = origin.name
            case _:
                return ""
        p = f"{self._p}_widget_message_forwarded_from"
        return f'<div class="{p}">بازارسال از <a class="{p}_name"{link}>{escape(name)}</a></div>'

    def _reply(self, message: Message) -> str:
        if message.reply_to is None:
            return ""
        target = message.chat.by_id.get(message.reply_to)
        words = escape(target.text[:60]) if target else ""
        return (
            f'<a class="{self._p}_widget_message_reply" href="/{message.chat.username}/{message.reply_to}">'
            f'<div class="{self._p}_widget_message_metatext">{words}</div></a>'
        )

    def _media(self, message: Message) -> str:
        stored, p = message.wire.get("media"), f"{self._p}_widget_message"
        if message.wire.get("unknown") or "action" in message.wire or message.kind in KINDS:
            return f'<div class="{p}_unsupported">این پیام در این نسخه نشان داده نمی‌شود</div>'
        if not isinstance(stored, StoredFile):
            return ""
        look = f"style=\"background-image:url('{self._photos}/photo/{stored.number}.jpg')\""
        match stored.kind:
            case "photo":
                where = f"/{message.chat.username}/{message.message_id}"
                return f'<a class="{p}_photo_wrap" href="{where}" {look}></a>'
            case "video" | "animation" | "video_note":
                length = f'<time class="message_video_duration">0:{stored.seconds:02}</time>'
                return f'<div class="{p}_video_player"><i class="{p}_video_thumb" {look}></i>{length}</div>'
            case _:
                return f'<div class="{p}_document_title" dir="auto">{escape(stored.name)}</div>'

    def text(self, message: Message) -> str:
        """Lines by <br>, entities by their tags, addresses and @names linked."""
        units = message.text.encode("utf-16-le", "surrogatepass")
        marks: list[tuple[int, int, int, str]] = []
        for number, each in enumerate(message.wire.get("entities", [])):
            opens, closes = TAGS.get(each["type"], ("", ""))
            if each["type"] == "messageEntityTextUrl":
                opens, closes = f'<a href="{escape(each["url"])}" target="_blank">', "</a>"
            start, end = each["offset"], each["offset"] + each["length"]
            marks += [(start, 1, number, opens), (end, 0, -number, closes)]
        made, at = "", 0
        for place, _, _, tag in sorted(marks):
            made += self._plain(units[at * 2 : place * 2]) + tag
            at = place
        return made + self._plain(units[at * 2 :])

    def _plain(self, units: bytes) -> str:
        made, at, words = "", 0, units.decode("utf-16-le", "replace")
        for found in LINK.finditer(words):
            made += escape(words[at : found.start()])
            where = found[1] or f"/{found[2]}"
            made += f'<a href="{escape(where)}" target="_blank">{escape(found[0])}</a>'
            at = found.end()
        made += escape(words[at:])
        return EMOJI.sub(_emoji, made).replace("\n", "<br/>")


def _emoji(found: re.Match[str]) -> str:
    name = "-".join(f"{ord(each):X}" for each in found[0])
    return f'<i class="emoji" style="background-image:url(\'/img/emoji/{name}.png\')"><b>{found[0]}</b></i>'


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(int(at), UTC)

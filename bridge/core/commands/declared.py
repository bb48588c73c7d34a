"""The commands, each declared once, and the page about them (`python -m bridge.core.commands.declared`)."""

from __future__ import annotations

from bridge.config import Role
from bridge.core.commands import Command, Place
from bridge.texts import LANGUAGES, say

_ANYWHERE = (Place.GROUP, Place.PRIVATE, Place.ROOM)
_BOTH = (Place.GROUP, Place.ROOM)
_ROOM = (Place.ROOM,)
_PRIVATE = (Place.PRIVATE,)

DECLARED = (
    Command("help", ("help", "راهنما", "کمک"), Role.USER, _ANYWHERE, "args_help", "help link"),
    Command("link", ("link", "پیوند", "اتصال"), Role.USER, _BOTH, "args_link", "link"),
    Command("join", ("join", "پیوستن", "بپیوند"), Role.USER, _BOTH, "args_join", "join K7PQ2MXR"),
    Command("unlink", ("unlink", "قطع", "جدا"), Role.USER, _BOTH, "args_unlink", "unlink"),
    Command("optout", ("optout", "کناره‌گیری", "بی‌من"), Role.USER, (Place.GROUP,), "", "optout"),
    Command("optin", ("optin", "بازگشت", "بامن"), Role.USER, (Place.GROUP,), "", "optin"),
    Command("name", ("name", "نام", "اسم"), Role.USER, (Place.GROUP,), "args_name", "name سارا"),
    Command("to", ("to", "به"), Role.USER, _PRIVATE, "args_to", "to K7PQ-2MXR"),
    Command("chats", ("chats", "گفتگوها"), Role.USER, _PRIVATE),
    Command("me", ("me", "نشانی"), Role.USER, _PRIVATE),
    Command("settings", ("settings", "تنظیمات"), Role.USER, _PRIVATE),
    Command("language", ("language", "زبان"), Role.USER, _PRIVATE, "args_language", "language fa"),
    Command("mute", ("mute", "بی‌صدا"), Role.USER, _PRIVATE),
    Command("end", ("end", "پایان"), Role.USER, _PRIVATE),
    Command("block", ("block", "مسدود"), Role.USER, _PRIVATE),
    Command("report", ("report", "گزارش"), Role.USER, _PRIVATE),
    Command("export", ("export", "داده‌هایم"), Role.USER, _PRIVATE),
    Command("forget", ("forget", "فراموش"), Role.USER, _PRIVATE),
    Command("status", ("status", "وضعیت"), Role.USER, _BOTH),
    Command("platforms", ("platforms", "پیام‌رسان‌ها"), Role.USER, _ANYWHERE),
    Command("version", ("version", "نسخه"), Role.USER, _ANYWHERE),
    Command("ping", ("ping", "پینگ"), Role.USER, _ROOM),
    Command("rooms", ("rooms", "اتاق‌ها"), Role.MODERATOR, _ROOM),
    Command("members", ("members", "اعضا"), Role.USER, _BOTH, "args_members", "members"),
    Command("title", ("title", "عنوان"), Role.USER, _BOTH, "args_title", "title خانواده"),
    Command("topic", ("topic", "توضیح"), Role.USER, _BOTH, "args_topic", "topic قرار جمعه‌ها"),
    Command("picture", ("picture", "تصویر"), Role.USER, _BOTH, "args_picture", "picture"),
    Command("space", ("space", "فضا"), Role.USER, _ROOM),
    Command("login", ("login", "ورود"), Role.ADMIN, _ROOM, "args_login"),
    Command("logout", ("logout", "خروج"), Role.ADMIN, _ROOM, "args_logout"),
    Command("mirror", ("mirror", "آینه"), Role.MODERATOR, _ROOM, "args_mirror"),
    Command("cases", ("cases", "گزارش‌ها"), Role.MODERATOR, _ROOM),
    Command("case", ("case", "رسیدگی"), Role.MODERATOR, _ROOM, "args_case", "case 3"),
    Command("ban", ("ban", "محروم"), Role.MODERATOR, _ROOM, "args_ban", "ban case 3"),
    Command("unban", ("unban", "رفع‌محرومیت"), Role.MODERATOR, _ROOM, "args_unban", "unban case 3"),
    Command("whois", ("whois", "کیست"), Role.MODERATOR, _ROOM, "args_whois", "whois case 3"),
    Command("suspend", ("suspend", "خاموش"), Role.ADMIN, _ROOM, "args_suspend"),
    Command("resume", ("resume", "روشن"), Role.ADMIN, _ROOM, "args_resume"),
    Command("queue", ("queue", "صف"), Role.ADMIN, _ROOM, "args_queue", "queue"),
    Command("explain", ("explain", "شرح"), Role.ADMIN, _ROOM, "args_explain", "explain $kGm3VwQxT0"),
    Command("retry", ("retry", "دوباره"), Role.ADMIN, _ROOM, "args_retry", "retry c120"),
    Command("drop", ("drop", "بردار"), Role.ADMIN, _ROOM, "args_drop", "drop c120"),
    Command("approve", ("approve", "تأیید", "تایید"), Role.MODERATOR, _ROOM, "args_approve", "approve 3"),
)

_PLACES = {
    Place.GROUP: "in a messenger's group, behind `/`",
    Place.PRIVATE: "in a private chat with the bot",
    Place.ROOM: "in the management room",
}


def page() -> str:
    """`docs/commands.md`, in Markdown; a test compares the file with it."""
    parts = [
        "# Commands · فرمان‌ها",
        "Made by `python -m bridge.core.commands.declared > docs/commands.md` from the declarations in "
        "`bridge/core/commands/declared.py`. Any of a command's words calls it; Persian digits and Arabic "
        "letter forms are understood. Who may do what is the `permissions` section of `config.yaml`; in a "
        "messenger's group, linking is for the group's admins.",
    ]
    for command in DECLARED:
        words = " · ".join(f"`{word}`" for word in command.words)
        parts.append(f"## {words}")
        parts.append(say(f"help_{command.name}", LANGUAGES).replace("\n", " · ") + ".")
        lines = [f"- from role: {command.role.name.lower()}"]
        lines += [f"- {_PLACES[place]}" for place in command.places]
        if command.example:
            lines.append(f"- for example: `{command.example}`")
        parts.append("\n".join(lines))
        if command.arguments:
            parts.append("```text\n" + say(command.arguments, LANGUAGES) + "\n```")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")

"""Words that stand inside sentences: why something did not go through, what was sent, what became of it."""

from __future__ import annotations

from collections.abc import Mapping

REASONS: Mapping[str, Mapping[str, str]] = {
    "too_long": {"fa": "بسیار بلند است", "en": "it is too long"},
    "too_large": {"fa": "بسیار بزرگ است", "en": "it is too large"},
    "gone": {"fa": "دیگر در دسترس نیست", "en": "it is no longer available"},
    "no_files": {"fa": "اینجا پرونده نمی‌توان فرستاد", "en": "no files can be sent here"},
    "M_TOO_LARGE": {"fa": "بسیار بلند است", "en": "it is too long"},
    "muted": {"fa": "گفتگو بی‌صدا ماند", "en": "the conversation stayed muted"},
    "encrypted": {"fa": "رمزگذاری شده است", "en": "it is encrypted"},
    "not_text": {"fa": "این گونه پیام را هنوز نمی‌بریم", "en": "this kind of message does not cross yet"},
    "no_answer": {"fa": "پاسخی نیامد", "en": "no answer came"},
    "restart": {"fa": "پل در همان لحظه از نو آغاز شد", "en": "the bridge restarted at that moment"},
    "unreachable": {"fa": "زمان زیادی در دسترس نبود", "en": "it was unreachable for too long"},
    "suspended": {"fa": "زمان زیادی خاموش بود", "en": "it was switched off for too long"},
    "dropped": {"fa": "گردانندگان از صف برداشتندش", "en": "an operator took it out of the queue"},
    "ended": {"fa": "گفتگو پایان یافته است", "en": "the conversation has ended"},
    "no_invite_there": {
        "fa": "در آن اتاق نمی‌توان کسی را دعوت کرد",
        "en": "nobody can be invited into that room",
    },
    "unlinked": {"fa": "پیوند قطع شده است", "en": "the link has ended"},
    "not_a_member": {
        "fa": "ربات آنجا عضو نیست یا اجازهٔ نوشتن ندارد",
        "en": "the bot is not a member there, or may not write",
    },
    "opted_out": {"fa": "نویسنده نمی‌خواهد نوشته‌هایش برود", "en": "its author wants their words to stay in their app"},
    "banned": {"fa": "نویسنده مسدود شده است", "en": "its author is banned"},
    "barred": {"fa": "نویسنده در اتاق محروم است", "en": "its author is banned from the room"},
    "room_gone": {"fa": "اتاق مشترک دیگر نیست", "en": "the shared room is gone"},
    "restored": {"fa": "پل از پشتیبان برگردانده شد", "en": "the bridge was restored from a backup"},
    "unreadable": {
        "fa": "روی سرور ماتریکس دیگر خواندنی نیست",
        "en": "it can no longer be read on the homeserver",
    },
    "M_FORBIDDEN": {"fa": "سرور ماتریکس اجازه نداد", "en": "the homeserver did not allow it"},
}

FATES: Mapping[str, Mapping[str, str]] = {
    "not_shown_as_reply": {"fa": "پاسخ بودنش پیدا نیست", "en": "it does not show that it is a reply"},
    "edit_answers": {"fa": "ویرایش به شکل پاسخی تازه می‌آید", "en": "a correction comes as an answer to the message"},
    "words_taken_out": {"fa": "پیام می‌ماند، نوشته‌اش برداشته می‌شود", "en": "the message stays, its words are taken out"},
    "deletion_said": {"fa": "گفته می‌شود که پیام پاک شد", "en": "it is said that the message was deleted"},
    "reaction_of_one": {
        "fa": "یک واکنش به نام پل؛ بیشتر از یکی را پیامی می‌گوید",
        "en": "one reaction, the bridge's; a message tells of more than one",
    },
    "reactions_told": {
        "fa": "پیامی زیر آن می‌گوید چه کسی چه واکنشی داد",
        "en": "a message below says who reacted and how",
    },
    "reaction_told_once": {"fa": "هر واکنش یک بار گفته می‌شود", "en": "each reaction is told once"},
    "place_linked": {
        "fa": "مکان به شکل نوشته با پیوند نقشه می‌آید",
        "en": "a place comes in words, with a link to a map",
    },
    "forward_worded": {"fa": "نام نویسندهٔ نخست در سطر اول می‌آید", "en": "who wrote it first stands in its first line"},
    "contact_worded": {"fa": "نام و شماره به شکل نوشته می‌آید", "en": "name and number come in words"},
    "unknown_worded": {
        "fa": "گفته می‌شود که چیزی بود که اینجا نشان داده نمی‌شود",
        "en": "it is said that there was something that cannot be shown",
    },
    "poll_worded": {
        "fa": "نظرسنجی با گزینه‌هایش نوشته می‌شود؛ رأی تنها در برنامهٔ خودش",
        "en": "a poll comes in words with its options; votes are cast in its own app only",
    },
    "pin_worded": {
        "fa": "گفته می‌شود که پیامی سنجاق شد، در پاسخ به همان پیام",
        "en": "it is said that a message was pinned, as an answer to it",
    },
    "title_worded": {
        "fa": "گفته می‌شود که نام یا عکس گروه عوض شد",
        "en": "it is said that the group has a new title or picture",
    },
    "one_by_one": {"fa": "عکس‌های آلبوم یکی‌یکی می‌آیند", "en": "what stands in an album comes one by one"},
    "members_unsaid": {"fa": "آمدن و رفتن کسی گفته نمی‌شود", "en": "nobody is told who comes and goes"},
    "reads_unsaid": {"fa": "خوانده شدن گفته نمی‌شود", "en": "nobody is told who has read it"},
    "read_when_across": {
        "fa": "نشان خوانده شدن وقتی می‌آید که پیام به اتاق رسیده است",
        "en": "a message is marked as read when it has come into the room",
    },
    "typing_unsaid": {"fa": "در حال نوشتن بودن گفته نمی‌شود", "en": "nobody is told who is typing"},
    "name_as_typed": {"fa": "نام، همان‌گونه که نوشته شد", "en": "the name, as it was typed"},
    "link_written": {"fa": "نشانی پیوند کنار واژه‌ها نوشته می‌شود", "en": "the address is written behind the words"},
    "quote_written": {"fa": "نقل قول با نشانه در آغاز هر سطر", "en": "a quote has a sign before each line"},
    "spoiler_written": {"fa": "پوشیده نمی‌شود، ولی پیش از آن هشدار می‌آید", "en": "it is not hidden, but announced"},
    "plain_words": {"fa": "واژه‌ها بی آن آرایش", "en": "the words without that look"},
    "file_named": {"fa": "نام و اندازهٔ پرونده گفته می‌شود", "en": "the file's name and size are told"},
    "file_as": {"fa": "به شکل {kind} می‌آید", "en": "it comes as {kind}"},
}
"""What becomes of things that do not arrive as they were sent."""

KINDS: Mapping[str, Mapping[str, str]] = {
    "photo": {"fa": "عکس", "en": "photo"},
    "video": {"fa": "ویدیو", "en": "video"},
    "video_note": {"fa": "پیام ویدیویی", "en": "video message"},
    "animation": {"fa": "تصویر متحرک", "en": "animation"},
    "voice": {"fa": "پیام صوتی", "en": "voice message"},
    "audio": {"fa": "صدا", "en": "audio"},
    "document": {"fa": "پرونده", "en": "file"},
    "file": {"fa": "پرونده", "en": "file"},
    "sticker": {"fa": "برچسب", "en": "sticker"},
    "pin": {"fa": "پیام سنجاق‌شده", "en": "pinned message"},
    "location": {"fa": "مکان", "en": "location"},
    "contact": {"fa": "مخاطب", "en": "contact"},
    "poll": {"fa": "نظرسنجی", "en": "poll"},
    "edit": {"fa": "ویرایش", "en": "correction"},
    "delete": {"fa": "پاک کردن", "en": "deletion"},
    "reaction": {"fa": "واکنش", "en": "reaction"},
    "missed": {"fa": "نوشته‌هایی که از این میان جا ماند", "en": "posts in between were missed"},
    "mirror_lost": {
        "fa": "صفحهٔ عمومی این کانال دیگر نیست؛ تا برگردد چیزی از آن نمی‌آید",
        "en": "this channel's public page is gone; nothing comes from it until it is back",
    },
    "dice": {"fa": "تاس", "en": "dice"},
    "game": {"fa": "بازی", "en": "game"},
    "invoice": {"fa": "صورت‌حساب", "en": "invoice"},
    "story": {"fa": "داستان", "en": "story"},
    "live_stream": {"fa": "پخش زنده", "en": "live stream"},
    "unknown": {"fa": "پیامی که اینجا نشان داده نمی‌شود", "en": "something that cannot be shown here"},
}

HANDLES: Mapping[str, Mapping[str, str]] = {
    "code": {"fa": "نشانی", "en": "address"},
    "username": {"fa": "نام کاربری", "en": "user name"},
    "phone": {"fa": "شمارهٔ تلفن", "en": "phone number"},
}
"""By what people can be found."""

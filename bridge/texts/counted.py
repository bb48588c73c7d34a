"""Sentences that have forms by number. The value named `count` chooses the form; a language that needs none (a Persian
noun behind a number never changes) has just a sentence."""

from __future__ import annotations

from collections.abc import Mapping

COUNTED: Mapping[str, Mapping[str, str | Mapping[str, str]]] = {
    "platform_no_and_ended": {
        "fa": "⛔️ از {platform} دیگر کسی نمی‌تواند به شما بنویسد. با این کار {count} گفتگو یا درخواست پایان یافت.",
        "en": {
            "one": "⛔️ Nobody from {platform} can write to you any more. {count} conversation or request has ended with that.",
            "other": "⛔️ Nobody from {platform} can write to you any more. {count} conversations or requests have ended with that.",
        },
    },
    "export_mapped": {
        "fa": "شناسهٔ {count} پیام شما نگه داشته می‌شود",
        "en": {
            "one": "The id of {count} message of yours is kept",
            "other": "The ids of {count} messages of yours are kept",
        },
    },
    "export_message_days": {
        "fa": "پیام‌ها پس از {count} روز از آنجا برداشته می‌شود.",
        "en": {
            "one": "Messages are removed there after {count} day.",
            "other": "Messages are removed there after {count} days.",
        },
    },
    "export_file_days": {
        "fa": "پرونده‌هایی که {count} روز کسی بازشان نکند از آنجا برداشته می‌شود.",
        "en": {
            "one": "Files that nobody opens for {count} day are removed there.",
            "other": "Files that nobody opens for {count} days are removed there.",
        },
    },
    "forget_deleted": {
        "fa": "{count} پیام شما پاک شد.",
        "en": {"one": "{count} message of yours was deleted.", "other": "{count} messages of yours were deleted."},
    },
    "forget_kept": {
        "fa": "{count} پیام در اتاق‌هایی است که پل دیگر در آن‌ها نیست و نمی‌تواند پاکش کند.",
        "en": {
            "one": "{count} message is in a room which the bridge has left, and it cannot delete it.",
            "other": "{count} messages are in rooms which the bridge has left, and it cannot delete them.",
        },
    },
    "forget_files": {
        "fa": "{count} پرونده‌ای که فرستاده بودید از سرور ماتریکس پاک شد.",
        "en": {
            "one": "{count} file that you had sent was deleted from the Matrix homeserver.",
            "other": "{count} files that you had sent were deleted from the Matrix homeserver.",
        },
    },
    "restored_in_doubt": {
        "fa": "⚠️ پل از یک پشتیبان برگردانده شد. {count} پیام از اینجا که در راه بود شاید رسیده باشد و شاید نه؛ دوباره فرستاده نمی‌شود.",
        "en": {
            "one": "⚠️ The bridge was restored from a backup. {count} message from here that was on its way may or may not have arrived; it is not sent again.",
            "other": "⚠️ The bridge was restored from a backup. {count} messages from here that were on their way may or may not have arrived; they are not sent again.",
        },
    },
    "export_events": {
        "fa": "شناسهٔ {count} رویداد ماتریکس که از شما بود و پل باید کاری برایش می‌کرد",
        "en": {
            "one": "the id of {count} Matrix event of yours for which the bridge had something to do",
            "other": "the ids of {count} Matrix events of yours for which the bridge had something to do",
        },
    },
    "export_codes": {
        "fa": "{count} کد پیوند گروه که شما گرفتید (فقط اثرانگشتش)",
        "en": {
            "one": "{count} code for linking a group that you asked for (its fingerprint only)",
            "other": "{count} codes for linking a group that you asked for (their fingerprints only)",
        },
    },
    "export_budgets": {
        "fa": "{count} شمارش از آنچه در یک روز مجاز است",
        "en": {
            "one": "{count} count of what is allowed in a day",
            "other": "{count} counts of what is allowed in a day",
        },
    },
    "more_not_delivered": {
        "fa": "⚠️ {count} پیام دیگر هم از اینجا به «{title}» در {platform} نرسید: {reason}",
        "en": {
            "one": "⚠️ {count} more message from here did not reach “{title}” on {platform}: {reason}",
            "other": "⚠️ {count} more messages from here did not reach “{title}” on {platform}: {reason}",
        },
    },
    "export_waiting": {
        "fa": "{count} پیام در راه، رمزشده تا برسد",
        "en": {
            "one": "{count} message on its way, encrypted until it arrives",
            "other": "{count} messages on their way, encrypted until they arrive",
        },
    },
}

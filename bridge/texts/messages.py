"""The sentences about messages: what became of one, and what stands for what cannot be shown. Persian first."""

from __future__ import annotations

from collections.abc import Mapping

MESSAGES: Mapping[str, Mapping[str, str]] = {
    "not_delivered": {
        "fa": "⚠️ این پیام به «{title}» در {platform} نرسید: {reason}",
        "en": "⚠️ This message did not reach “{title}” on {platform}: {reason}",
    },
    "in_doubt": {
        "fa": "⚠️ نمی‌دانیم این پیام به «{title}» در {platform} رسید یا نه: {reason}. "
        "برای پرهیز از تکرار دوباره نفرستادیم.",
        "en": "⚠️ We do not know whether this message reached “{title}” on {platform}: {reason}. "
        "It was not sent again, so as not to double it.",
    },
    "edit_not_delivered": {
        "fa": "⚠️ این ویرایش به «{title}» در {platform} نرسید: {reason}",
        "en": "⚠️ This correction did not reach “{title}” on {platform}: {reason}",
    },
    "edit_in_doubt": {
        "fa": "⚠️ نمی‌دانیم این ویرایش به «{title}» در {platform} رسید یا نه: {reason}",
        "en": "⚠️ We do not know whether this correction reached “{title}” on {platform}: {reason}",
    },
    "deletion_not_delivered": {
        "fa": "⚠️ پیامی که پاک کردید در «{title}» در {platform} مانده است: {reason}",
        "en": "⚠️ A message that you deleted is still in “{title}” on {platform}: {reason}",
    },
    "deletion_in_doubt": {
        "fa": "⚠️ پیامی که پاک کردید شاید در «{title}» در {platform} مانده باشد: {reason}",
        "en": "⚠️ A message that you deleted may still be in “{title}” on {platform}: {reason}",
    },
    "reaction_not_delivered": {
        "fa": "⚠️ واکنش شما به «{title}» در {platform} نرسید: {reason}",
        "en": "⚠️ Your reaction did not reach “{title}” on {platform}: {reason}",
    },
    "reaction_in_doubt": {
        "fa": "⚠️ نمی‌دانیم واکنش شما به «{title}» در {platform} رسید یا نه: {reason}",
        "en": "⚠️ We do not know whether your reaction reached “{title}” on {platform}: {reason}",
    },
    "pin_not_delivered": {
        "fa": "⚠️ سنجاق شما به «{title}» در {platform} نرسید: {reason}",
        "en": "⚠️ Your pin did not reach “{title}” on {platform}: {reason}",
    },
    "pin_in_doubt": {
        "fa": "⚠️ نمی‌دانیم سنجاق شما به «{title}» در {platform} رسید یا نه: {reason}",
        "en": "⚠️ We do not know whether your pin reached “{title}” on {platform}: {reason}",
    },
    "reactions_gone": {"fa": "واکنش‌ها پس گرفته شد.", "en": "The reactions were taken back."},
    "not_as_sent": {
        "fa": "ℹ️ {kind} در {chats} همان‌گونه نمی‌رسد: {note}.",
        "en": "ℹ️ In {chats}, a {kind} does not arrive as one: {note}.",
    },
    "file_not_here": {"fa": "اینجا نیامد: {reason}", "en": "It did not come here: {reason}"},
    "forwarded": {"fa": "بازفرستاده", "en": "forwarded"},
    "missed": {
        "fa": "⚠️ برخی پیام‌های {platform} میان {since} و {until} شاید به اینجا نرسیده باشند.",
        "en": "⚠️ Some messages of {platform} between {since} and {until} may be missing here.",
    },
    "written_at": {"fa": "نوشته‌شده در {moment}", "en": "written at {moment}"},
    "written_on": {"fa": "نوشته‌شده در {moment}", "en": "written on {moment}"},
    "forwarded_from": {"fa": "بازفرستاده از {name}", "en": "forwarded from {name}"},
    "poll_elsewhere": {
        "fa": "رأی را تنها در برنامه‌ای می‌توان داد که نظرسنجی در آن ساخته شده است.",
        "en": "One can vote only in the app in which the poll was made.",
    },
    "poll_several": {"fa": "چند گزینه را می‌توان برگزید.", "en": "More than one option can be chosen."},
    "poll_closed": {"fa": "این نظرسنجی بسته است.", "en": "This poll is closed."},
    "service_title": {"fa": "✎ گروهشان اکنون «{title}» نام دارد", "en": "✎ their group is now called «{title}»"},
    "service_picture": {"fa": "🖼 گروهشان عکس تازه‌ای دارد", "en": "🖼 their group has a new picture"},
    "service_no_picture": {"fa": "🖼 گروهشان دیگر عکس ندارد", "en": "🖼 their group has no picture any more"},
    "service_pin": {"fa": "📌 پیامی سنجاق شد", "en": "📌 a message was pinned"},
    "file_linked": {
        "fa": "تا {hours} ساعت از اینجا گرفته می‌شود:",
        "en": "It can be fetched here for {hours} hours:",
    },
    "file_unknown": {"fa": "چنین پیوندی نیست.", "en": "There is no such link."},
    "file_expired": {
        "fa": "زمان این پیوند گذشته است. از فرستنده بخواهید پرونده را دوباره بفرستد.",
        "en": "This link has run out. Ask who sent the file to send it again.",
    },
    "file_gone": {"fa": "این پرونده دیگر در دسترس نیست.", "en": "This file is no longer available."},
    "file_busy": {
        "fa": "پرونده‌های دیگری در راه است؛ کمی بعد دوباره.",
        "en": "Other files are on their way; try again in a moment.",
    },
    "file_later": {
        "fa": "سرور اکنون پاسخ نمی‌دهد؛ کمی بعد دوباره.",
        "en": "The server does not answer; try again later.",
    },
    "corrected": {"fa": "✏️ ویرایش شد:", "en": "✏️ Corrected:"},
    "deleted": {"fa": "🗑 این پیام پاک شد.", "en": "🗑 This message was deleted."},
    "not_carried": {
        "fa": "⚠️ این پیام به دیگران نرسید: {reason}",
        "en": "⚠️ This message did not reach the others: {reason}",
    },
    "chat_closed_to_us": {
        "fa": "⚠️ دیگر نمی‌توانیم در «{title}» در {platform} بنویسیم: {reason}. تا درست شود، پیام‌ها به آنجا نمی‌رسد.",
        "en": "⚠️ We can no longer write in “{title}” on {platform}: {reason}. "
        "Until that is mended, messages do not get there.",
    },
}

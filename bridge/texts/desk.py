"""The sentences of private chats: requests, answers, conversations. Persian first."""

from __future__ import annotations

from collections.abc import Mapping

DESK: Mapping[str, Mapping[str, str]] = {
    # --- the bar, and buttons
    "bar_people": {"fa": "گفتگوها", "en": "Chats"},
    "bar_address": {"fa": "نشانی من", "en": "My address"},
    "bar_settings": {"fa": "تنظیمات", "en": "Settings"},
    "bar_help": {"fa": "راهنما", "en": "Help"},
    "accept": {"fa": "✅ می‌پذیرم", "en": "✅ Accept"},
    "refuse": {"fa": "اکنون نه", "en": "Not now"},
    "block": {"fa": "⛔️ مسدود کن", "en": "⛔️ Block"},
    "report": {"fa": "🚩 گزارش بده", "en": "🚩 Report"},
    "turn_to": {"fa": "↩️ گفتگو با {title}", "en": "↩️ Talk with {title}"},
    "more": {"fa": "بیشتر…", "en": "More…"},
    "somebody_new": {"fa": "➕ گفتگو با کسی دیگر", "en": "➕ Talk with somebody else"},
    "card_turn": {"fa": "✎ با او می‌نویسم", "en": "✎ Write to them"},
    "card_mute": {"fa": "🔕 بی‌صدا", "en": "🔕 Mute"},
    "card_unmute": {"fa": "🔔 باصدا", "en": "🔔 Unmute"},
    "card_end": {"fa": "پایان گفتگو", "en": "End it"},
    "write_number": {"fa": "(شماره‌اش را بنویسید)", "en": "(write its number)"},
    # --- asking for somebody
    "to_whom": {
        "fa": "با چه کسی می‌خواهید گفتگو کنید؟ نشانی او (مانند K7PQ-2MXR)، نام کاربری‌اش با @ یا شمارهٔ تلفنش را بنویسید.",
        "en": "With whom do you want to talk? Write their address (such as K7PQ-2MXR), their user name with @, or their phone number.",
    },
    "to_nothing": {
        "fa": "این را نشناختیم. نشانی (مانند K7PQ-2MXR)، نام کاربری با @، شمارهٔ تلفن یا @کسی:سرور را بنویسید.",
        "en": "We do not know what this is. Write an address (such as K7PQ-2MXR), a user name with @, a phone number, or @somebody:server.",
    },
    "code_mistyped": {
        "fa": "در این نشانی اشتباهی تایپی هست. دوباره نگاه کنید: هشت نویسه، مانند K7PQ-2MXR.",
        "en": "There is a slip in this address. Look again: eight characters, such as K7PQ-2MXR.",
    },
    "asked_too_often": {
        "fa": "برای امروز به اندازهٔ کافی درخواست فرستاده‌اید؛ فردا دوباره.",
        "en": "You have asked for as many people as a day allows; try again tomorrow.",
    },
    "tried_too_often": {
        "fa": "امروز بیش از اندازه جستجو کرده‌اید؛ فردا دوباره.",
        "en": "You have tried too many names and numbers today; try again tomorrow.",
    },
    "walk_alarm": {
        "fa": "⚠️ {person} امروز بیش از {count} نام و شماره را آزموده است و تا فردا پاسخی نمی‌گیرد. درباره‌اش: whois {person}",
        "en": "⚠️ {person} has tried more than {count} names and numbers today and gets no further until tomorrow. About them: whois {person}",
    },
    "asked": {
        "fa": "اگر بتوان به {title} رسید، از او پرسیده می‌شود. هرچه اکنون بنویسید تا پاسخ او نگه داشته می‌شود (فقط نوشته، بی پیوند و پرونده، حداکثر {days} روز).",
        "en": "If {title} can be reached, they will be asked. What you write now is kept until they answer (words only, without links and files, for at most {days} days).",
    },
    "request": {
        "fa": "{name} از {platform} می‌خواهد با شما گفتگو کند. تا نپذیرید، چیزی از نوشته‌هایش به شما نمی‌رسد.",
        "en": "{name} on {platform} wants to talk with you. Nothing of what they write reaches you before you accept.",
    },
    "accepted_you": {
        "fa": "✅ {name} در {platform} پذیرفت. آنچه اینجا بنویسید به او می‌رسد.",
        "en": "✅ {name} on {platform} has accepted. What you write here goes to them.",
    },
    "accepted_by_you": {
        "fa": "✅ پذیرفتید. آنچه اینجا بنویسید به {name} در {platform} می‌رسد. هر زمان خواستید: /پایان یا /مسدود",
        "en": "✅ Accepted. What you write here goes to {name} on {platform}. At any time: /end or /block",
    },
    "let_in_you": {
        "fa": "✅ می‌توانید با {name} در {platform} گفتگو کنید. آنچه اینجا بنویسید به او می‌رسد.",
        "en": "✅ You can talk with {name} on {platform}. What you write here goes to them.",
    },
    "let_in_by_you": {
        "fa": "{name} از {platform} اکنون می‌تواند به شما بنویسد، چون این پیام‌رسان را آزاد گذاشته‌اید. هر زمان خواستید: /پایان یا /مسدود",
        "en": "{name} on {platform} can write to you now, since you allow that messenger. At any time: /end or /block",
    },
    "accepted_already": {"fa": "پیش از این پذیرفته‌اید.", "en": "You have accepted that already."},
    "refused": {
        "fa": "نپذیرفتید. به او گفته می‌شود که اکنون نه؛ چیزی از نوشته‌هایش به شما نمی‌رسد.",
        "en": "Not accepted. They are told that it is not now; nothing that they wrote reaches you.",
    },
    "blocked": {
        "fa": "⛔️ مسدود شد. دیگر نمی‌تواند از شما چیزی بخواهد، و به او گفته نمی‌شود.",
        "en": "⛔️ Blocked. They cannot ask for you any more, and are not told.",
    },
    "reported": {
        "fa": "🚩 گزارش شما به گردانندگان رسید، و او مسدود شد.",
        "en": "🚩 Your report has reached the moderators, and the person is blocked.",
    },
    "choose_messenger": {
        "fa": "او شما را در چند پیام‌رسان راه داده است. در کدام با او گفتگو کنید؟",
        "en": "They have let you in on several messengers. On which do you want to talk with them?",
    },
    "choose_first": {
        "fa": "نخست پیام‌رسان را برگزینید، سپس دوباره بنویسید: این پیام فرستاده نشد.",
        "en": "Choose the messenger first, then write it again: this message was not sent.",
    },
    "any_messenger": {"fa": "فرقی ندارد", "en": "Any of them"},
    "request_unknown": {"fa": "چنین درخواستی برای شما نیست.", "en": "There is no such request for you."},
    "request_over": {"fa": "این درخواست دیگر در کار نیست.", "en": "This request is over."},
    "request_denied": {
        "fa": "{title}: اکنون نه. نوشته‌هایتان به او نرسید.",
        "en": "{title}: not now. What you wrote did not reach them.",
    },
    "request_expired": {
        "fa": "{title}: پاسخی نیامد. نوشته‌هایتان نرسید و پاک شد.",
        "en": "{title}: no answer came. What you wrote was not delivered.",
    },
    "request_cancelled": {
        "fa": "درخواست شما برای {title} پس گرفته شد.",
        "en": "Your request for {title} is withdrawn.",
    },
    "asked_already": {
        "fa": "از پیش درخواستی برای او دارید که هنوز پاسخی نگرفته است: {title}",
        "en": "You have asked already, and wait for the answer: {title}",
    },
    "talking_already": {
        "fa": "با او گفتگویی دارید. آنچه اینجا بنویسید به او می‌رسد: {title}",
        "en": "You have a conversation already. What you write here goes to them: {title}",
    },
    "first_words_only": {
        "fa": "تا نپذیرد، فقط نوشتهٔ کوتاه نگه داشته می‌شود: بی پیوند، نام کاربری و پرونده. این یکی نگه داشته نشد.",
        "en": "Until they accept, only short words are kept: no links, user names or files. This one was not kept.",
    },
    "first_words_enough": {
        "fa": "تا نپذیرد، بیش از این نگه داشته نمی‌شود. این یکی نگه داشته نشد.",
        "en": "Until they accept, no more than this is kept. This one was not kept.",
    },
    # --- conversations
    "chats_here": {"fa": "گفتگوهای شما:", "en": "Your conversations:"},
    "chats_none": {"fa": "هنوز گفتگویی ندارید.", "en": "You have no conversations yet."},
    "card": {"fa": "گفتگو با {title}:", "en": "The conversation with {title}:"},
    "turned_to": {
        "fa": "✎ آنچه بنویسید به {title} می‌رسد.",
        "en": "✎ What you write goes to {title}.",
    },
    "muted": {
        "fa": "🔕 {title} بی‌صداست: پیام‌هایش می‌ماند تا سراغش بروید. به او گفته نمی‌شود.",
        "en": "🔕 {title} is muted: their messages wait until you turn to them. They are not told.",
    },
    "unmuted": {"fa": "🔔 {title} دیگر بی‌صدا نیست.", "en": "🔔 {title} is no longer muted."},
    "no_current": {
        "fa": "اکنون با کسی گفتگو نمی‌کنید. فهرست: /گفتگوها",
        "en": "You are talking with nobody at the moment. The list: /chats",
    },
    "nobody_to_talk_to": {
        "fa": "این نوشته به کسی نرسید، چون اکنون با کسی گفتگو نمی‌کنید. گفتگوها: /گفتگوها — گفتگوی تازه: /به",
        "en": "This went to nobody, since you are talking with nobody at the moment. Your conversations: /chats — a new one: /to",
    },
    "conversation_over": {
        "fa": "این گفتگو پایان یافته است؛ نوشته‌تان نرسید.",
        "en": "This conversation is over; what you wrote was not delivered.",
    },
    "ended": {"fa": "گفتگو با {title} پایان یافت.", "en": "The conversation with {title} has ended."},
    "ended_by_you": {
        "fa": "گفتگو با {title} پایان یافت و دیگر چیزی از او به شما نمی‌رسد. پیام‌هایی که در راه بود و بازماند: {count}",
        "en": "The conversation with {title} has ended, and nothing more of theirs reaches you. Messages that were on their way and were stopped: {count}",
    },
    "ended_by_you_late": {
        "fa": "گفتگو با {title} پایان یافت و دیگر چیزی از او به شما نمی‌رسد. در همان لحظه پیامی در راه بود که شاید رسیده باشد. پیام‌هایی که بازماند: {count}",
        "en": "The conversation with {title} has ended, and nothing more of theirs reaches you. A message was under way at that moment and may have arrived. Messages that were stopped: {count}",
    },
    "button_unknown": {"fa": "این دکمه دیگر کار نمی‌کند.", "en": "This button does not work any more."},
    "private_only": {
        "fa": "این را در گفتگوی خصوصی با ربات بنویسید.",
        "en": "Write that in a private chat with the bot.",
    },
    # --- help
    "help_to": {"fa": "گفتگو با کسی در پیام‌رسانی دیگر", "en": "talk with somebody on another messenger"},
    "help_chats": {"fa": "گفتگوهای شما", "en": "your conversations"},
    "help_end": {"fa": "پایان دادن به گفتگوی کنونی", "en": "end the present conversation"},
    "help_block": {"fa": "مسدود کردن طرف گفتگوی کنونی", "en": "block the person of the present conversation"},
    "help_mute": {"fa": "بی‌صدا کردن گفتگوی کنونی، یا برعکس", "en": "mute the present conversation, or the reverse"},
    "help_report": {
        "fa": "گزارش طرف گفتگوی کنونی به گردانندگان",
        "en": "report the person of the present conversation",
    },
    "args_to": {
        "fa": "/to نشانی، @نام‌کاربری، شمارهٔ تلفن یا @کسی:سرور",
        "en": "/to ADDRESS, @username, PHONE NUMBER or @somebody:server",
    },
}

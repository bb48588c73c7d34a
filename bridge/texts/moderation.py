"""The sentences about keeping one's words out, reports and bans. Persian first."""

from __future__ import annotations

from collections.abc import Mapping

MODERATION: Mapping[str, Mapping[str, str]] = {
    "opted_out": {
        "fa": "از این پس نوشته‌های شما در همین گروه می‌ماند و به برنامه‌های دیگر نمی‌رود. آنچه پیش‌تر رفته است می‌ماند؛ اگر پاکش کنید، آنجا هم پاک می‌شود. برای بازگشت: /بازگشت",
        "en": "From now on what you write stays in this group and does not go to the other apps. What went there before stays; if you delete it, it is deleted there, too. To undo this: /optin",
    },
    "opted_in": {
        "fa": "از این پس نوشته‌های شما به برنامه‌های دیگر هم می‌رود. برای کناره‌گیری: /کناره‌گیری",
        "en": "From now on what you write goes to the other apps as well. To keep it here: /optout",
    },
    "help_optout": {
        "fa": "نوشته‌های شما در همین گروه بماند و به برنامه‌های دیگر نرود",
        "en": "keep what you write in this group, out of the other apps",
    },
    "help_optin": {
        "fa": "نوشته‌های شما دوباره به برنامه‌های دیگر برود",
        "en": "let what you write go to the other apps again",
    },
    # --- cases
    "help_cases": {"fa": "گزارش‌هایی که هنوز بازند", "en": "the reports that are still open"},
    "help_case": {
        "fa": "یک گزارش، بی نوشته‌های کسی؛ یا بستن آن",
        "en": "one report, without anybody's words; or close it",
    },
    "help_ban": {"fa": "مسدود کردن یک شخص در همه‌جا", "en": "ban a person everywhere"},
    "help_unban": {"fa": "پایان دادن به مسدودی یک شخص", "en": "end a person's ban"},
    "help_whois": {"fa": "از یک شخص چه می‌دانیم", "en": "what is known of a person"},
    "args_case": {"fa": "case شماره [close]", "en": "case NUMBER [close]"},
    "args_ban": {
        "fa": "ban شخص [شمارهٔ‌گزارش]\nشخص: @نام:سرور، یا پیام‌رسان و شناسه، یا case شماره",
        "en": "ban PERSON [CASE]\nPERSON: @name:server, or PLATFORM ID, or case NUMBER",
    },
    "args_unban": {
        "fa": "unban شخص\nشخص: @نام:سرور، یا پیام‌رسان و شناسه، یا case شماره",
        "en": "unban PERSON\nPERSON: @name:server, or PLATFORM ID, or case NUMBER",
    },
    "args_whois": {
        "fa": "whois شخص\nشخص: @نام:سرور، یا پیام‌رسان و شناسه، یا case شماره",
        "en": "whois PERSON\nPERSON: @name:server, or PLATFORM ID, or case NUMBER",
    },
    "case_opened": {
        "fa": "⚖️ گزارش تازه‌ای رسید. برای دیدن آن: case {number}",
        "en": "⚖️ Somebody was reported. To look at it: case {number}",
    },
    "no_cases": {"fa": "گزارش بازی نیست.", "en": "No report is open."},
    "no_such_case": {"fa": "چنین گزارشی نیست. فهرست: cases", "en": "There is no such report. The list: cases"},
    "case_which": {"fa": "بنویسید: case شماره [close]", "en": "Write: case NUMBER [close]"},
    "case_shown": {
        "fa": "گزارش {number} · {when}\nگزارش‌شده: {reported} · {reported_app}\nگزارش‌دهنده: {reporter} · {reporter_app}\nاتاق: {room}\nاین شخص تاکنون {times} بار گزارش شده است، از سوی {people} نفر.\nرویدادها ({events}) و اثرانگشت آنچه آن هنگام می‌گفتند، در پایین",
        "en": "Report {number} · {when}\nReported: {reported} · {reported_app}\nBy: {reporter} · {reporter_app}\nRoom: {room}\nReports about this person so far: {times}, by people: {people}.\nThe events ({events}) and a fingerprint of what they said then are below",
    },
    "case_closed": {"fa": "گزارش {number} بسته شد.", "en": "Report {number} is closed."},
    "case_closed_already": {"fa": "گزارش {number} پیش‌تر بسته شده بود.", "en": "Report {number} was closed before."},
    "case_was_closed": {"fa": "بسته‌شده · {when} · {by}", "en": "closed · {when} · {by}"},
    "case_of_another": {
        "fa": "این گزارش دربارهٔ شخص دیگری است.",
        "en": "This report is about another person.",
    },
    # --- bans
    "which_person": {
        "fa": "چه کسی؟ @نام:سرور، یا پیام‌رسان و شناسه (bale 12345)، یا case شماره",
        "en": "Whom? @name:server, or PLATFORM ID (bale 12345), or case NUMBER",
    },
    "not_a_person": {"fa": "این کاربر از خود پل است.", "en": "This user is the bridge's own."},
    "not_a_moderator": {
        "fa": "گردانندگان را نمی‌توان مسدود کرد؛ نخست نقششان را در config.yaml بگیرید.",
        "en": "Who moderates cannot be banned; take their role away in config.yaml first.",
    },
    "banned": {
        "fa": "{person} مسدود شد: نوشته‌هایش دیگر به هیچ‌جا نمی‌رود. پایان: unban {person}",
        "en": "{person} is banned: nothing that they write crosses any more. To end it: unban {person}",
    },
    "banned_already": {"fa": "{person} همین حالا هم مسدود است.", "en": "{person} is banned already."},
    "unbanned": {"fa": "{person} دیگر مسدود نیست.", "en": "{person} is not banned any more."},
    "not_banned": {"fa": "{person} مسدود نیست.", "en": "{person} is not banned."},
    "you_are_banned": {
        "fa": "گردانندگان این پل شما را مسدود کرده‌اند: نوشته‌هایتان به برنامه‌های دیگر نمی‌رود و فرمان‌ها کار نمی‌کند.",
        "en": "The moderators of this bridge have banned you: what you write does not go to other apps, and commands do nothing.",
    },
    "whois_shown": {
        "fa": "{person}\n{app} · شناسه: {id}\nنام: {names}\nنخستین پیام: {since}\nگفتگوی خصوصی با ربات: {desk}\nگفتگوها: {conversations}\nگزارش‌ها: {times} از {people} نفر",
        "en": "{person}\n{app} · id: {id}\nNames: {names}\nFirst heard: {since}\nPrivate chat with the bot: {desk}\nConversations: {conversations}\nReports: {times} by {people} people",
    },
    "whois_banned": {
        "fa": "مسدود · {when} · {by} · گزارش: {case}",
        "en": "banned · {when} · {by} · report: {case}",
    },
    "policy_room": {"fa": "مسدودشده‌های هم‌پیام", "en": "Hampayam bans"},
    "policy_case": {"fa": "گزارش {number}", "en": "report {number}"},
    "policy_reason": {"fa": "تصمیم گردانندگان", "en": "decided by the moderators"},
}

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
}

"""The sentences about addresses by which people are found. Persian first."""

from __future__ import annotations

from collections.abc import Mapping

PEOPLE: Mapping[str, Mapping[str, str]] = {
    "address_page": {"fa": "برای همهٔ پیام‌رسان‌ها", "en": "For every messenger"},
    "me_title": {"fa": "نشانی کسی در هم‌پیام", "en": "Somebody's address on Hampayam"},
    "me_intro": {
        "fa": "با این نشانی می‌توانید از پیام‌رسان خودتان با کسی که آن را داده است گفتگو کنید. پیام‌رسانتان را برگزینید و آنجا «شروع» را بزنید. پیش از هر چیز از او پرسیده می‌شود.",
        "en": "With this address you can talk with whoever gave it to you, from the messenger that you use. Choose yours and press Start there. They are asked first.",
    },
    "me_open": {"fa": "باز کردن در {platform}", "en": "Open in {platform}"},
    "me_type": {
        "fa": "اگر دکمه‌ای ندارید یا کار نکرد، این را به ربات ما بنویسید:",
        "en": "If there is no button for you, or it does not work, write this to our bot:",
    },
    "me_unknown": {
        "fa": "این نشانی درست نیست. نشانی هشت نویسه دارد، مانند K7PQ-2MXR. از کسی که آن را داده است دوباره بپرسید.",
        "en": "There is a mistake in this address. It has eight characters, such as K7PQ-2MXR. Ask again whoever gave it to you.",
    },
}

"""The sentences about what waits or did not arrive, for those who run the bridge. Persian first."""

from __future__ import annotations

from collections.abc import Mapping

STUCK: Mapping[str, Mapping[str, str]] = {
    "help_explain": {
        "fa": "راه یک پیام: از کجا آمد و به کجا رسید",
        "en": "a message's way: where from, and how far it got",
    },
    "args_explain": {
        "fa": "explain رویداد (شناسه یا پیوند matrix.to)\nexplain پیام‌رسان گفتگو پیام",
        "en": "explain EVENT (its id, or a link of matrix.to)\nexplain PLATFORM CHAT MESSAGE",
    },
    "help_queue": {"fa": "چه پیام‌هایی در صف است و چرا", "en": "what waits, and why"},
    "args_queue": {"fa": "queue [پیام‌رسان]", "en": "queue [PLATFORM]"},
    "help_retry": {
        "fa": "تلاش دوباره: برای هر چه در صف یک گفتگوست، یا یک رونوشت که نرسیده است",
        "en": "try again: what waits for a chat, or a copy that did not arrive",
    },
    "args_retry": {
        "fa": "retry شمارهٔ‌پیوند (از queue)، یا retry cشماره (از explain)",
        "en": "retry LINK (a number from queue), or retry cNUMBER (from explain)",
    },
    "help_drop": {
        "fa": "برداشتن از صف: هر چه برای یک گفتگو مانده، یا یک رونوشت؛ به نویسنده گفته می‌شود",
        "en": "take out of the queue: what waits for a chat, or a copy; who said it is told",
    },
    "args_drop": {
        "fa": "drop شمارهٔ‌پیوند (از queue)، یا drop cشماره (از explain)",
        "en": "drop LINK (a number from queue), or drop cNUMBER (from explain)",
    },
    "explain_which": {
        "fa": "کدام پیام؟ شناسهٔ رویداد یا پیوند matrix.to، یا پیام‌رسان و گفتگو و شمارهٔ پیام",
        "en": "Which message? An event's id or a link of matrix.to, or PLATFORM CHAT MESSAGE",
    },
    "explain_unknown": {
        "fa": "این پیام را نمی‌شناسیم: به پل نرسیده است، یا هنوز در راه است (queue).",
        "en": "This message is not known: it did not come to the bridge, or has not been looked at yet (queue).",
    },
    "explain_said": {
        "fa": "{what} · {place}\nگفته شد: {at}\nاتاق {room} · {event} · {state}{reason}",
        "en": "{what} · {place}\nsaid: {at}\nroom {room} · {event} · {state}{reason}",
    },
    "explain_in_room": {"fa": "در خود اتاق", "en": "in the room itself"},
    "explain_no_copies": {"fa": "رونوشتی ندارد.", "en": "It has no copies."},
    "explain_copy": {
        "fa": "c{number} · {portal} · {platform} · «{title}»: {state}{reason}\n    در صف از {queued} · پایان {done} · بخش {part} از {parts} · {ids}",
        "en": "c{number} · {portal} · {platform} · “{title}”: {state}{reason}\n    queued {queued} · ended {done} · part {part} of {parts} · {ids}",
    },
    "explain_deed": {"fa": "{at} · {verb} · پیوند {portal} · {by}", "en": "{at} · {verb} · link {portal} · {by}"},
    "no_such_platform": {
        "fa": "چنین پیام‌رسانی نیست. فهرست: platforms",
        "en": "There is no such messenger. The list: platforms",
    },
    "queue_empty": {"fa": "چیزی در صف نیست.", "en": "Nothing waits."},
    "queue_line": {
        "fa": "{portal} · {platform} · «{title}»: {number} در صف، کهن‌ترین (c{copy}) از {age} پیش — {why}",
        "en": "{portal} · {platform} · “{title}”: {number} waiting, the oldest (c{copy}) for {age} — {why}",
    },
    "why_asking": {"fa": "پاسخ درخواست گفتگو نیامده است", "en": "the request for a conversation was not answered yet"},
    "why_muted": {"fa": "گفتگو بی‌صداست", "en": "the conversation is muted"},
    "why_closed": {"fa": "پیوند دارد پایان می‌یابد", "en": "the link is ending"},
    "why_leg": {"fa": "پیام‌رسان: {state}", "en": "the messenger: {state}"},
    "why_trouble": {"fa": "گفتگو نمی‌پذیرد: {reason}", "en": "the chat does not accept: {reason}"},
    "why_going": {"fa": "در حال فرستادن", "en": "being sent"},
    "help_suspend": {
        "fa": "خاموش کردن یک پیام‌رسان: چیزی به آن نمی‌رود و از آن نمی‌آید",
        "en": "switch a messenger off: nothing goes there, and nothing comes from there",
    },
    "args_suspend": {"fa": "suspend پیام‌رسان [دلیل]", "en": "suspend PLATFORM [REASON]"},
    "help_resume": {"fa": "روشن کردن دوبارهٔ یک پیام‌رسان", "en": "switch a messenger on again"},
    "args_resume": {"fa": "resume پیام‌رسان", "en": "resume PLATFORM"},
    "suspended_now": {
        "fa": "{platform} خاموش شد: چیزی به آن نمی‌رود و از آن نمی‌آید. پیام‌ها می‌مانند و به هر که بنویسد یک بار گفته می‌شود. روشن کردن: resume {name}",
        "en": "{platform} is switched off: nothing goes there, and nothing comes from there. Messages are kept, and whoever writes is told once. To switch it on: resume {name}",
    },
    "suspended_already": {
        "fa": "{platform} همین حالا هم خاموش است. روشن کردن: resume {name}",
        "en": "{platform} is switched off already. To switch it on: resume {name}",
    },
    "resumed_now": {
        "fa": "{platform} روشن شد: آنچه مانده بود به ترتیب می‌رود.",
        "en": "{platform} is switched on: what was kept goes out in order.",
    },
    "not_suspended": {"fa": "{platform} خاموش نیست.", "en": "{platform} is not switched off."},
    "leg_suspended": {"fa": "خاموش", "en": "switched off"},
    "leg_absent": {"fa": "فرایندش اجرا نمی‌شود", "en": "its process is not running"},
    "leg_since": {"fa": "از {since}", "en": "since {since}"},
    "waits_suspended": {
        "fa": "⏳ {platform} از {since} خاموش است: پیام شما به «{title}» تا {until} نگه داشته می‌شود و وقتی روشن شود می‌رود.",
        "en": "⏳ {platform} has been switched off since {since}: your message to “{title}” is kept until {until}, and goes on as soon as it is back.",
    },
    "waits_unreachable": {
        "fa": "⏳ {platform} از {since} در دسترس نیست: پیام شما به «{title}» تا {until} نگه داشته می‌شود و وقتی بازگردد می‌رود.",
        "en": "⏳ {platform} has been unreachable since {since}: your message to “{title}” is kept until {until}, and goes on as soon as it is back.",
    },
    "waits_turn": {
        "fa": "⏳ پیام‌های زیادی در راه {platform} است: پیام شما به «{title}» حدود {span} دیگر می‌رسد.",
        "en": "⏳ Many messages are waiting for {platform}: yours to “{title}” will arrive in about {span}.",
    },
    "doubt_how": {
        "fa": "برای فرستادن دوباره، در پاسخ به همین پیام بنویسید: دوباره. وگرنه بنویسید: رها",
        "en": "To send it again, answer this message with: again. Else answer: leave",
    },
    "doubt_send_again": {"fa": "دوباره بفرست", "en": "Send it again"},
    "doubt_leave": {"fa": "رها کن", "en": "Leave it"},
    "doubt_again": {"fa": "دوباره فرستاده می‌شود.", "en": "It is sent again."},
    "doubt_left": {"fa": "باشد؛ دوباره فرستاده نمی‌شود.", "en": "It is not sent again."},
    "doubt_over": {"fa": "این پیام دیگر در تردید نیست.", "en": "There is no doubt about this message any more."},
    "late_incoming": {
        "fa": "⚠️ آنچه در {platform} گفته می‌شود دیر به اتاق‌ها می‌رسد: کهن‌ترین از {age} پیش مانده است.",
        "en": "⚠️ What is said on {platform} comes late into the rooms: the oldest has waited for {age}.",
    },
    "late_outgoing": {
        "fa": "⚠️ پیام‌ها دیر به {platform} می‌رسد: کهن‌ترین از {age} پیش مانده است (queue).",
        "en": "⚠️ Messages reach {platform} late: the oldest has waited for {age} (queue).",
    },
    "late_polled": {
        "fa": "⚠️ {age} است که از {platform} چیزی نمی‌شنویم (platforms).",
        "en": "⚠️ Nothing was heard from {platform} for {age} (platforms).",
    },
    "late_probed": {
        "fa": "⚠️ {age} است که پیام آزمایشی به {platform} نمی‌رسد (platforms).",
        "en": "⚠️ The probe has not arrived on {platform} for {age} (platforms).",
    },
    "late_absent": {
        "fa": "⚠️ {age} است که فرایند {platform} اجرا نمی‌شود (run --platform).",
        "en": "⚠️ The process of {platform} has not been running for {age} (run --platform).",
    },
    "late_homeserver": {
        "fa": "⚠️ {age} است که سرور ماتریکس به پل نمی‌رسد (ping).",
        "en": "⚠️ The homeserver has not reached the bridge for {age} (ping).",
    },
    "again_incoming": {
        "fa": "✅ آنچه در {platform} گفته می‌شود باز به‌موقع به اتاق‌ها می‌رسد.",
        "en": "✅ What is said on {platform} comes into the rooms in time again.",
    },
    "again_outgoing": {
        "fa": "✅ پیام‌ها باز به‌موقع به {platform} می‌رسد.",
        "en": "✅ Messages reach {platform} in time again.",
    },
    "again_polled": {"fa": "✅ باز از {platform} می‌شنویم.", "en": "✅ {platform} is heard again."},
    "again_probed": {
        "fa": "✅ پیام آزمایشی باز به {platform} می‌رسد.",
        "en": "✅ The probe arrives on {platform} again.",
    },
    "again_absent": {"fa": "✅ فرایند {platform} باز اجرا می‌شود.", "en": "✅ The process of {platform} runs again."},
    "again_homeserver": {
        "fa": "✅ سرور ماتریکس باز به پل می‌رسد.",
        "en": "✅ The homeserver reaches the bridge again.",
    },
    "lag_incoming": {"fa": "کهن‌ترین رسیدهٔ در کار: {age}", "en": "oldest taken over: {age}"},
    "lag_outgoing": {"fa": "کهن‌ترین در صف: {age}", "en": "oldest queued: {age}"},
    "lag_probed": {"fa": "پیام آزمایشی {age} است که نمی‌رسد", "en": "the probe has not arrived for {age}"},
    "probe_line": {"fa": "🩺 پل کار می‌کند: آنچه می‌فرستد می‌رسد.", "en": "🩺 The bridge works: what it sends arrives."},
    "homeserver_reached": {
        "fa": "سرور ماتریکس {seconds} ثانیه پیش به پل رسید",
        "en": "the homeserver reached the bridge {seconds} s ago",
    },
    "which_copy": {
        "fa": "کدام؟ شمارهٔ پیوند (از queue) یا c و شمارهٔ رونوشت (از explain)",
        "en": "Which? The number of a link (from queue), or c and the number of a copy (from explain)",
    },
    "no_such_copy": {"fa": "چنین رونوشتی نیست.", "en": "There is no such copy."},
    "no_such_link": {"fa": "چنین پیوندی نیست. فهرست: rooms", "en": "There is no such link. The list: rooms"},
    "retry_woken": {
        "fa": "تلاش دوباره برای «{title}»؛ در صف: {number} — {why}",
        "en": "Trying “{title}” again; waiting there: {number} — {why}",
    },
    "retry_again": {
        "fa": "c{old} اکنون c{new} است: دوباره در صف «{title}»، پشت هر چه آنجا مانده است.",
        "en": "c{old} is c{new} now: back in the queue of “{title}”, behind all that waits there.",
    },
    "retry_not": {
        "fa": "این رونوشت رسیده یا به پایان رسیده است ({state}) و دوباره فرستاده نمی‌شود.",
        "en": "This copy has arrived or was ended ({state}), and is not sent again.",
    },
    "drop_done": {
        "fa": "از صف «{title}» برداشته شد: {number}. به نویسنده گفته می‌شود.",
        "en": "Taken out of the queue of “{title}”: {number}. Who said it is told.",
    },
    "drop_under_way": {
        "fa": "همین حالا دارد فرستاده می‌شود؛ دیگر نمی‌توان آن را برداشت.",
        "en": "It is being sent at this moment and cannot be taken out any more.",
    },
    "drop_final": {"fa": "این رونوشت در صف نیست ({state}).", "en": "This copy does not wait ({state})."},
}

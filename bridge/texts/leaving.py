"""The sentences of leaving: what is kept about somebody, and what was forgotten. Persian first."""

from __future__ import annotations

from collections.abc import Mapping

LEAVING: Mapping[str, Mapping[str, str]] = {
    # --- /export: who somebody is
    "export_title": {"fa": "آنچه هم‌پیام دربارهٔ شما نگه می‌دارد", "en": "What Hampayam keeps about you"},
    "export_made": {
        "fa": "این پرونده در {moment} ساخته شد. همهٔ زمان‌ها به وقت تهران است.",
        "en": "This file was made on {moment}. All times are Tehran's.",
    },
    "export_yours": {
        "fa": "این پرونده برای خود شماست. از دیگران چیزی جز نامی که شما با آن می‌شناسیدشان در آن نیست.",
        "en": "This file is for you. Of others it holds nothing but the names by which you know them.",
    },
    "export_no_words": {
        "fa": "نوشته‌ها، عکس‌ها و پرونده‌های شما در پایگاه دادهٔ پل نیست و در این پرونده هم نیست؛ پل فقط شناسه‌هایشان را نگه می‌دارد. جای خودشان سرور ماتریکس است (پایین‌تر بخوانید).",
        "en": "Your words, pictures and files are not in the bridge's database, nor in this file; the bridge keeps their ids only. They are on the Matrix homeserver (read below).",
    },
    "export_you": {"fa": "شما", "en": "You"},
    "export_app": {"fa": "برنامهٔ شما: {platform}", "en": "Your app: {platform}"},
    "export_id": {"fa": "شناسهٔ شما در آن: {id}", "en": "Your id there: {id}"},
    "export_matrix_id": {"fa": "شناسهٔ شما در ماتریکس: {id}", "en": "Your id on Matrix: {id}"},
    "export_told": {"fa": "نامی که برنامه می‌گوید: {name}", "en": "The name that the app tells: {name}"},
    "export_chosen": {"fa": "نامی که خود برگزیده‌اید: {name}", "en": "The name that you chose: {name}"},
    "export_no_name": {"fa": "نامی از شما نگه داشته نشده است.", "en": "No name of yours is kept."},
    "export_picture": {
        "fa": "عکس شما: رونوشتی از آن روی سرور ماتریکس هست.",
        "en": "Your picture: a copy of it is on the Matrix homeserver.",
    },
    "export_no_picture": {"fa": "عکس شما: نگه داشته نشده است.", "en": "Your picture: not kept."},
    "export_desk": {
        "fa": "گفتگوی خصوصی با ربات در {platform}: به زبان {tongue}، آخرین بار در {day}",
        "en": "Private chat with the bot on {platform}: in {tongue}, last used on {day}",
    },
    "export_persian": {"fa": "فارسی", "en": "Persian"},
    "export_english": {"fa": "انگلیسی", "en": "English"},
    "export_banned": {
        "fa": "گردانندگان از {day} نوشتن شما را بسته‌اند.",
        "en": "The moderators have kept you from writing since {day}.",
    },
    "export_not_banned": {"fa": "نوشتن شما بسته نیست.", "en": "You are not banned."},
    # --- what they decided
    "export_decisions": {"fa": "تصمیم‌های شما", "en": "What you have decided"},
    "export_none": {"fa": "هیچ", "en": "Nothing"},
    "export_others_decide": {
        "fa": "آنچه دیگران دربارهٔ شما تصمیم گرفته‌اند از آنِ ایشان است و اینجا نمی‌آید.",
        "en": "What others have decided about you is theirs and does not stand here.",
    },
    "decided_person_grant": {
        "fa": "{moment}: پذیرفتید که {name} به شما بنویسد.",
        "en": "{moment}: you agreed that {name} writes to you.",
    },
    "decided_person_deny": {
        "fa": "{moment}: درخواست {name} را نپذیرفتید.",
        "en": "{moment}: you did not accept the request of {name}.",
    },
    "decided_person_revoke": {"fa": "{moment}: {name} را مسدود کردید.", "en": "{moment}: you blocked {name}."},
    "decided_person_cancel": {
        "fa": "{moment}: گفتگو یا درخواست با {name} را پایان دادید.",
        "en": "{moment}: you ended the conversation or request with {name}.",
    },
    "decided_platform_grant": {
        "fa": "{moment}: پذیرفتید که کاربران {name} بی پرسش به شما بنویسند.",
        "en": "{moment}: you let people on {name} write to you without being asked.",
    },
    "decided_platform_deny": {
        "fa": "{moment}: خواستید از کاربران {name} چیزی نیاید.",
        "en": "{moment}: you wanted nothing from people on {name}.",
    },
    "decided_platform_cancel": {
        "fa": "{moment}: خواستید دربارهٔ کاربران {name} هر بار پرسیده شود.",
        "en": "{moment}: you wanted to be asked about people on {name}.",
    },
    "decided_room_deny": {
        "fa": "{moment}: خواستید نوشته‌هایتان در گروه {name} به برنامه‌های دیگر نرود.",
        "en": "{moment}: you wanted your words in the group {name} to stay in your app.",
    },
    "decided_room_cancel": {
        "fa": "{moment}: پذیرفتید نوشته‌هایتان در گروه {name} به برنامه‌های دیگر برود.",
        "en": "{moment}: you let your words in the group {name} go to the other apps.",
    },
    "decided_otherwise": {"fa": "{moment}: تصمیمی گرفتید ({what}).", "en": "{moment}: you decided something ({what})."},
    "export_somebody": {"fa": "کسی که خواستید با او گفتگو کنید", "en": "somebody with whom you wanted to talk"},
    "export_departed": {"fa": "کسی که دیگر اینجا نیست", "en": "somebody who is not here any more"},
    "export_some_group": {"fa": "یک گروه", "en": "a group"},
    # --- requests and conversations
    "export_conversations": {"fa": "درخواست‌ها و گفتگوها", "en": "Requests and conversations"},
    "export_you_asked": {
        "fa": "{moment}: خواستید با {name} گفتگو کنید؛ {became}.",
        "en": "{moment}: you wanted to talk with {name}; {became}.",
    },
    "export_they_asked": {
        "fa": "{moment}: {name} خواست با شما گفتگو کند؛ {became}.",
        "en": "{moment}: {name} wanted to talk with you; {became}.",
    },
    "became_open": {"fa": "گفتگو باز است", "en": "the conversation is open"},
    "became_ended": {"fa": "گفتگو پایان یافته است", "en": "the conversation has ended"},
    "became_ended_on": {"fa": "گفتگو در {day} پایان یافت", "en": "the conversation ended on {day}"},
    "became_nothing": {"fa": "گفتگویی از آن برنیامده است", "en": "no conversation has come of it"},
    "became_asked": {"fa": "هنوز پاسخی نداده‌اید", "en": "you have not answered yet"},
    "became_denied": {"fa": "نپذیرفتید", "en": "you did not accept"},
    "became_over": {"fa": "بی پاسخ ماند یا پس گرفته شد", "en": "it was not answered, or was withdrawn"},
    # --- by what they can be found, groups, messages
    "export_handles": {"fa": "با چه چیزی پیدا می‌شوید", "en": "By what you can be found"},
    "export_handle": {"fa": "{kind}: {state}، از {day}", "en": "{kind}: {state}, since {day}"},
    "export_handle_open": {"fa": "دیگران می‌توانند شما را با آن پیدا کنند", "en": "others can find you by it"},
    "export_handle_shut": {"fa": "کسی شما را با آن پیدا نمی‌کند", "en": "nobody can find you by it"},
    "export_hashed": {
        "fa": "از نشانی، نام کاربری و شمارهٔ تلفن فقط اثرانگشتی کلیددار نگه داشته می‌شود، نه خودشان.",
        "en": "Of an address, user name or phone number only a keyed fingerprint is kept, not the thing itself.",
    },
    "export_groups": {"fa": "گروه‌ها", "en": "Groups"},
    "export_group": {
        "fa": "{title} در {platform}؛ آنجا برای برنامه‌های دیگر {name} هستید.",
        "en": "{title} on {platform}; to the other apps you are {name} there.",
    },
    "export_hosted": {"fa": "اتاق {title} برای شما ساخته شد.", "en": "The room {title} was made for you."},
    "export_messages": {"fa": "پیام‌ها", "en": "Messages"},
    "export_between": {
        "fa": "نخستین در {first}، آخرین در {last}",
        "en": "the first on {first}, the last on {last}",
    },
    "export_reports": {"fa": "گزارش‌هایی که داده‌اید", "en": "Reports that you made"},
    "export_report": {
        "fa": "{moment}: {name} را گزارش دادید؛ {state}.",
        "en": "{moment}: you reported {name}; {state}.",
    },
    "export_report_open": {"fa": "هنوز باز است", "en": "it is still open"},
    "export_report_closed": {"fa": "بسته شده است", "en": "it is closed"},
    "export_traces": {"fa": "برای آنکه کار درست بماند", "en": "To keep things right"},
    # --- what others keep
    "export_elsewhere": {"fa": "جاهای دیگر", "en": "Elsewhere"},
    "export_homeserver": {
        "fa": "سرور ماتریکس این پل ({domain}) خود پیام‌ها و پرونده‌ها را نگه می‌دارد، و حساب {id} آنجا به جای شماست.",
        "en": "This bridge's Matrix homeserver ({domain}) keeps the messages and files themselves; the account {id} stands there for you.",
    },
    "export_homeserver_own": {
        "fa": "سرور ماتریکس این پل ({domain}) خود پیام‌ها و پرونده‌ها را نگه می‌دارد.",
        "en": "This bridge's Matrix homeserver ({domain}) keeps the messages and files themselves.",
    },
    "export_messages_for_ever": {
        "fa": "پیام‌ها آنجا می‌ماند تا پاک شود.",
        "en": "Messages stay there until they are deleted.",
    },
    "export_files_for_ever": {
        "fa": "پرونده‌ها آنجا می‌ماند تا پاک شود.",
        "en": "Files stay there until they are deleted.",
    },
    "export_apps": {
        "fa": "آنچه به برنامه‌های دیگر رفته است در گفتگوهای گیرندگان و روی سرور آن برنامه‌ها هم هست ({platforms}). هر برنامه به قاعدهٔ خود نگهش می‌دارد؛ با پاک کردن پیام در برنامهٔ خودتان، تا جایی که آن برنامه‌ها بگذارند آنجا هم پاک می‌شود.",
        "en": "What went to other apps is in the chats of those who received it and on those apps' servers, too ({platforms}). Each keeps it by its own rules; if you delete a message in your app, it is deleted there as well, as far as they allow.",
    },
    "export_forget": {
        "fa": "برای پاک شدن همهٔ این‌ها در گفتگوی خصوصی با ربات بنویسید: /forget",
        "en": "To have all of this removed, write in the private chat with the bot: /forget",
    },
    # --- /forget
    "help_export": {"fa": "همهٔ آنچه دربارهٔ شما نگه داشته می‌شود", "en": "everything that is held about you"},
    "help_forget": {"fa": "پاک کردن همهٔ آنچه دربارهٔ شماست", "en": "have everything about you removed"},
    "export_here": {
        "fa": "همهٔ آنچه دربارهٔ شما نگه داشته می‌شود. این پرونده را به کسی ندهید.",
        "en": "Everything that is held about you. Give this file to nobody.",
    },
    "export_not_here": {
        "fa": "اینجا نمی‌توان پرونده فرستاد. از گردانندهٔ پل بخواهید.",
        "en": "Files cannot be sent here. Ask the operator of the bridge for it.",
    },
    "forget_yes": {"fa": "🗑 آری، همه را پاک کن", "en": "🗑 Yes, remove it all"},
    "forget_sure": {
        "fa": "همهٔ آنچه پل دربارهٔ شما نگه می‌دارد پاک می‌شود: گفتگوهایتان پایان می‌یابد، پیام‌هایتان و رونوشت‌هایشان در برنامه‌های دیگر تا جایی که آن برنامه‌ها بگذارند پاک می‌شود، و نام و نشانی شما از یاد می‌رود. برگشت ندارد. پیش از آن می‌توانید ببینید چه نگه داشته شده است: /export",
        "en": "Everything that the bridge keeps about you is removed: your conversations end, your messages and their copies in other apps are deleted as far as those apps allow, and your name and address are forgotten. This cannot be undone. Before that you can see what is kept: /export",
    },
    "forget_begun": {
        "fa": "آغاز شد. پیام‌هایتان یکی‌یکی پاک می‌شود، پس شاید کمی طول بکشد؛ در پایان همین‌جا خبر می‌دهیم.",
        "en": "It has begun. Your messages are deleted one by one, so it may take a while; you will hear here when it is done.",
    },
    "forget_under_way": {
        "fa": "پاک کردن آغاز شده است و هنوز ادامه دارد؛ در پایان همین‌جا خبر می‌دهیم.",
        "en": "It has begun and is still under way; you will hear here when it is done.",
    },
    "forget_done": {
        "fa": "پاک شدید. نام، عکس، نشانی، تصمیم‌ها، درخواست‌ها و گفتگوهایتان دیگر در پل نیست.",
        "en": "You are forgotten. Your name, picture, address, decisions, requests and conversations are no longer in the bridge.",
    },
    "forget_erased": {
        "fa": "حساب شما روی سرور ماتریکس پاک شد.",
        "en": "Your account on the Matrix homeserver is erased.",
    },
    "forget_not_erased": {
        "fa": "روی سرور ماتریکس حساب خالی شما می‌ماند، و پرونده‌هایی که فرستادید تا سرور خود برشان دارد.",
        "en": "On the Matrix homeserver your empty account remains, and the files that you sent until the homeserver removes them.",
    },
    "forget_own_account": {
        "fa": "حساب شما در ماتریکس از آن خود شماست و دست نخورد.",
        "en": "Your account on Matrix is your own and was not touched.",
    },
    "forget_stays": {
        "fa": "این‌ها می‌ماند: اگر کسی شما را نپذیرفته یا مسدود کرده یا گردانندگان نوشتنتان را بسته‌اند؛ گزارشی که هنوز باز است؛ و اینکه نخواسته‌اید نوشته‌هایتان از گروهی برود.",
        "en": "This stays: that somebody refused or blocked you, or that the moderators banned you; a report that is still open; and that you wanted your words to stay in a group.",
    },
    "forget_apps": {
        "fa": "آنچه به برنامه‌های دیگر رفته بود، جایی که برنامه می‌گذاشت پاک شد و جای دیگر نوشته شد که پاکش کرده‌اید ({platforms}). سرورهای خود آن برنامه‌ها و عکس‌هایی که کسی از صفحه‌اش گرفته در دست ما نیست.",
        "en": "What had gone to other apps was deleted where the app allows it; elsewhere it was said that you deleted it ({platforms}). Those apps' own servers, and pictures that people took of their screens, are out of our hands.",
    },
    "forget_again": {
        "fa": "اگر دوباره اینجا یا در گروهی پیوندخورده بنویسید، مانند کسی تازه آغاز می‌کنید.",
        "en": "If you write here or in a linked group again, you begin as somebody new.",
    },
}

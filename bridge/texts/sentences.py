"""The sentences, Persian first. Both languages of a sentence take the same values."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.texts.desk import DESK
from bridge.texts.leaving import LEAVING
from bridge.texts.messages import MESSAGES
from bridge.texts.moderation import MODERATION
from bridge.texts.people import PEOPLE
from bridge.texts.stuck import STUCK
from bridge.texts.welcome import WELCOME

SENTENCES: Mapping[str, Mapping[str, str]] = {
    **MESSAGES,
    **DESK,
    **WELCOME,
    **MODERATION,
    **LEAVING,
    **PEOPLE,
    **STUCK,
    # --- linking
    "code": {
        "fa": "کد این گفتگو: {code}\nمدیر گروه دیگر تا {minutes} دقیقه آن را یک بار در گروه خود بنویسد:\n/پیوستن {code}",
        "en": "Code of this chat: {code}\nWithin {minutes} minutes the admin of the other group writes there, once:\n/join {code}",
    },
    "code_for_room": {
        "fa": "کد اتاق {number}: {code}\nتا {minutes} دقیقه، یک بار: در گروه بنویسید /پیوستن {code}",
        "en": "Code of room {number}: {code}\nFor {minutes} minutes, once: write /join {code} in the group",
    },
    "approved_code": {
        "fa": "درخواست شما تأیید شد. کد: {code}\nمدیر گروه دیگر تا {minutes} دقیقه یک بار بنویسد: /پیوستن {code}",
        "en": "Your request was approved. Code: {code}\nWithin {minutes} minutes the other group's admin writes, once: /join {code}",
    },
    "wait_for_operator": {
        "fa": "این پیام‌رسان نمی‌گوید مدیر گروه کیست. درخواست برای گرداننده فرستاده شد؛ پس از تأیید همین‌جا خبر می‌دهیم.",
        "en": "This messenger does not tell who a group's admin is. The operator was asked; you will hear here once it is approved.",
    },
    "approve_please": {
        "fa": "درخواست {number}: «{title}» در {platform} می‌خواهد وصل شود. تأیید: approve {number}",
        "en": "Request {number}: “{title}” on {platform} wants to be linked. To allow it: approve {number}",
    },
    "approved": {"fa": "«{title}» تأیید شد.", "en": "“{title}” is approved."},
    "nothing_pending": {"fa": "درخواستی در انتظار نیست.", "en": "No request is waiting."},
    "proof": {
        "fa": "برای اثبات اختیار این کانال، گرداننده تا {minutes} دقیقه این کد را در اتاق مدیریت بنویسد: approve {code}",
        "en": "To prove that this channel is yours, within {minutes} minutes write in the management room: approve {code}",
    },
    "proof_posted": {
        "fa": "کدی در «{title}» گذاشته شد. آن را آنجا بخوانید و اینجا بنویسید: approve کد",
        "en": "A code was posted into “{title}”. Read it there and write here: approve CODE",
    },
    "linking": {"fa": "«{title}» دارد وصل می‌شود…", "en": "Linking “{title}”…"},
    "link_made": {
        "fa": "این گفتگو وصل شد به: {others}.\nاز این پس آنچه اینجا نوشته شود آنجا هم خوانده می‌شود. هر که نمی‌خواهد نوشته‌هایش برود، بنویسد: /کناره‌گیری\nهنوز چیزی از اینجا نشنیده‌ایم. اگر پیام‌ها نرسید، ربات را مدیر گروه کنید. پایان: /قطع",
        "en": "This chat is now linked to: {others}.\nFrom now on what is written here is read there, too. Whoever wants their words to stay here writes: /optout\nWe have heard nothing from here yet. If messages do not arrive, make the bot an admin. To end it: /unlink",
    },
    "link_made_one_way": {
        "fa": "این گفتگو وصل شد به: {others}.\nیک‌طرفه است: پیام‌های آن‌ها اینجا می‌آید، نوشته‌های اینجا به آن‌ها نمی‌رسد.",
        "en": "This chat is now linked to: {others}.\nOne way: their messages come here, what is written here does not reach them.",
    },
    "joined": {
        "fa": "«{title}» در {platform} به این گفتگو پیوست و نوشته‌های اینجا را می‌خواند. هر که نمی‌خواهد نوشته‌هایش برود، بنویسد: /کناره‌گیری",
        "en": "“{title}” on {platform} joined this conversation and reads what is written here. Whoever wants their words to stay here writes: /optout",
    },
    "joined_one_way": {
        "fa": "«{title}» در {platform} نوشته‌های اینجا را می‌خواند، ولی نوشته‌هایش به اینجا نمی‌رسد. هر که نمی‌خواهد نوشته‌هایش برود، بنویسد: /کناره‌گیری",
        "en": "“{title}” on {platform} reads what is written here, but what is written there does not come here. Whoever wants their words to stay here writes: /optout",
    },
    "room_one_way": {
        "fa": "«{title}» در {platform} فقط می‌خواند: آنچه آنجا نوشته شود به این اتاق نمی‌رسد.",
        "en": "“{title}” on {platform} only reads along: what is written there does not come into this room.",
    },
    "joined_mirror": {
        "fa": "نوشته‌های کانال «{title}» از صفحهٔ عمومی آن در {platform} به این گفتگو می‌آید. آنجا کسی این گفتگو را نمی‌بیند.",
        "en": "What the channel “{title}” publishes on its public page on {platform} comes into this conversation. Nobody there sees this conversation.",
    },
    "mirror_made": {
        "fa": "کانال «{title}» از این لحظه در اتاق {number} می‌آید.",
        "en": "From this moment the channel “{title}” is mirrored into room {number}.",
    },
    "mirror_which": {
        "fa": "بنویسید: mirror پیام‌رسان کانال [اتاق]",
        "en": "Write: mirror PLATFORM CHANNEL [ROOM]",
    },
    "no_mirror_there": {
        "fa": "کانال‌های این پیام‌رسان را نمی‌توان از بیرون خواند.",
        "en": "Channels of this messenger cannot be read from outside. Write: mirror PLATFORM CHANNEL [ROOM]",
    },
    "mirror_not_wanted": {
        "fa": "نخست در config.yaml زیر نام این پیام‌رسان بنویسید: mirror: true",
        "en": "Switch it on in config.yaml first, under this messenger's name: mirror: true",
    },
    "mirror_no_name": {
        "fa": "این نام کانال نیست. نام را بنویسید، مانند irna_1313 یا https://eitaa.com/irna_1313",
        "en": "This is no channel's name. Write it like irna_1313 or https://eitaa.com/irna_1313",
    },
    "mirror_no_channel": {
        "fa": "کانالی با این نام صفحهٔ عمومی ندارد.",
        "en": "No channel of this name has a public page.",
    },
    "mirrored_already": {
        "fa": "این کانال همین حالا هم در اتاقی می‌آید. فهرست: rooms",
        "en": "This channel is mirrored already. The list: rooms",
    },
    "mirror_gone": {
        "fa": "⚠️ صفحهٔ عمومی کانال «{title}» در {platform} دیگر پیدا نمی‌شود (پیوند {number}). گاه‌گاه دوباره می‌نگریم؛ اگر نامش عوض شده یا خصوصی است: unlink {number}",
        "en": "⚠️ The public page of the channel “{title}” on {platform} is not found any more (link {number}). It is looked for again now and then; if it was renamed or made private: unlink {number}",
    },
    "mirror_and_link": {
        "fa": "در یک اتاق نمی‌توان هم کانالی از این پیام‌رسان را آینه کرد و هم در کانالی از آن نوشت: پیام‌ها به جای خود برمی‌گشت.",
        "en": "A room cannot both mirror a channel of this messenger and write to one there: posts would come back to where they are from.",
    },
    "link_ended": {
        "fa": "پیوند «{title}» در {platform} به پایان رسید.",
        "en": "The link of “{title}” on {platform} has ended.",
    },
    "link_ended_removed": {
        "fa": "پیوند «{title}» در {platform} به پایان رسید، چون ربات از آنجا برداشته شد.",
        "en": "The link of “{title}” on {platform} has ended, because the bot was removed there.",
    },
    "link_ended_encrypted": {
        "fa": "پیوند «{title}» در {platform} به پایان رسید، چون اتاق رمزگذاری شد.",
        "en": "The link of “{title}” on {platform} has ended, because the room became encrypted.",
    },
    "link_ended_room_gone": {
        "fa": "پیوند «{title}» در {platform} به پایان رسید، چون اتاق مشترک دیگر نیست یا پل در آن راه ندارد.",
        "en": "The link of “{title}” on {platform} has ended, because the shared room is gone or the bridge may not be there.",
    },
    "ghost_barred": {
        "fa": "شما را در اتاق مشترک محروم کرده‌اند. تا آن را برندارند، آنچه اینجا می‌نویسید همین‌جا می‌ماند؛ دیگر یادآوری نمی‌کنیم.",
        "en": "You were banned from the shared room. Until that is lifted, what you write stays here; you will not be reminded.",
    },
    "room_gone": {
        "fa": "⚠️ پل دیگر در اتاق «{title}» ({room}) نیست و راهی به آن ندارد: بسته شده یا پل از آن بیرون شده است. پیوندهایش پایان یافت.",
        "en": "⚠️ The bridge is no longer in the room “{title}” ({room}) and cannot come back: it was shut down, or the bridge was put out of it. Its links have ended.",
    },
    "room_replaced": {
        "fa": "⚠️ اتاق «{title}» جای خود را به {room} داد و پل به آن راه ندارد. {steward} را به آنجا دعوت کنید؛ پیوندها همان دم آنجا ادامه می‌یابد.",
        "en": "⚠️ The room “{title}” was replaced by {room}, and the bridge cannot enter that one. Invite {steward} there; the links then go on at once.",
    },
    "room_followed": {
        "fa": "اتاق «{title}» جای خود را به {room} داد؛ پیوندها آنجا ادامه دارد.",
        "en": "The room “{title}” was replaced by {room}; its links go on there.",
    },
    "unlinked": {"fa": "پیوند «{title}» قطع شد.", "en": "“{title}” is unlinked."},
    "not_linked": {"fa": "این گفتگو به جایی وصل نیست.", "en": "This chat is not linked."},
    "linked_already": {"fa": "این گفتگو همین حالا هم وصل است.", "en": "This chat is linked already."},
    "linked_elsewhere": {
        "fa": "این گفتگو به اتاق دیگری وصل است. نخست: /قطع",
        "en": "This chat is linked to another room. First: /unlink",
    },
    "still_ending": {
        "fa": "پیوند پیشین هنوز دارد پایان می‌یابد؛ کمی بعد دوباره.",
        "en": "The former link is still being ended; try again in a moment.",
    },
    "operator_gives_codes": {
        "fa": "این گفتگو وصل است. کد تازه را گرداننده می‌دهد، چون این پیام‌رسان نمی‌گوید مدیر گروه کیست.",
        "en": "This chat is linked. New codes come from the operator, since this messenger does not tell who is an admin.",
    },
    "room_full": {"fa": "این اتاق جای گروه دیگری ندارد.", "en": "This room cannot hold another group."},
    "code_unknown": {"fa": "این کد درست نیست.", "en": "There is no such code."},
    "code_used": {
        "fa": "این کد یک بار به کار رفته است. کد تازه: /پیوند",
        "en": "This code has been used. For a new one: /link",
    },
    "code_expired": {
        "fa": "زمان این کد گذشته است. کد تازه: /پیوند",
        "en": "This code has expired. For a new one: /link",
    },
    "join_which_code": {"fa": "کد را هم بنویسید: /پیوستن کد", "en": "Write the code, too: /join CODE"},
    "join_which_chat": {"fa": "بنویسید: join کد پیام‌رسان گفتگو", "en": "Write: join CODE PLATFORM CHAT"},
    "link_which_chat": {
        "fa": "بنویسید: link پیام‌رسان گفتگو [اتاق]",
        "en": "Write: link PLATFORM CHAT [ROOM]",
    },
    "no_such_request": {"fa": "چنین درخواستی در انتظار نیست.", "en": "No such request is waiting."},
    "prove_first": {
        "fa": "این کانال را با کدی تأیید کنید که در خود آن گذاشته شد.",
        "en": "Approve this channel with the code that was posted into it.",
    },
    "no_such_room": {"fa": "چنین اتاقی نیست. فهرست: rooms", "en": "There is no such room. The list: rooms"},
    "no_rooms": {"fa": "هنوز اتاقی نیست.", "en": "There are no rooms yet."},
    "admins_only": {"fa": "این کار با مدیر گروه است.", "en": "Only an admin of the group can do that."},
    "groups_only": {"fa": "این را در گروه بنویسید.", "en": "Write this in a group."},
    "platform_not_ready": {
        "fa": "این پیام‌رسان اکنون در دسترس نیست؛ کمی بعد دوباره.",
        "en": "This messenger is not reachable at the moment; try again later.",
    },
    "name_set": {
        "fa": "از این پس نام شما برای دیگران: {name}",
        "en": "From now on others see you as: {name}",
    },
    "no_such_chat": {
        "fa": "چنین گفتگویی نیست، یا ما عضو آن نیستیم.",
        "en": "There is no such chat, or we are not in it.",
    },
    # --- login
    # --- the room and its people
    "help_members": {"fa": "چه کسانی در اتاق هستند و از کجا", "en": "who is in the room, and where they are from"},
    "help_title": {"fa": "نام اتاق مشترک", "en": "the name of the shared room"},
    "help_space": {"fa": "همهٔ اتاق‌ها در یک فضای ماتریکس", "en": "all rooms together in one Matrix space"},
    "args_members": {
        "fa": "در گروه: /members\nدر اتاق مدیریت: members شمارهٔ‌اتاق (از rooms)",
        "en": "In a group: /members\nIn the management room: members ROOM (a number from rooms)",
    },
    "args_title": {
        "fa": "در گروه: /title نام\nدر اتاق مدیریت: title شمارهٔ‌اتاق نام",
        "en": "In a group: /title NAME\nIn the management room: title ROOM NAME",
    },
    "members_none": {"fa": "هنوز کسی چیزی نگفته است.", "en": "Nobody has said anything yet."},
    "members_more": {"fa": "و {count} نفر دیگر", "en": "and {count} more"},
    "title_which": {"fa": "نام را هم بنویسید: title نام", "en": "Write the name, too: title NAME"},
    "help_topic": {"fa": "توضیح اتاق مشترک", "en": "what is said of the shared room"},
    "args_topic": {
        "fa": "در گروه: /topic نوشته\nدر اتاق مدیریت: topic شمارهٔ‌اتاق نوشته (بی نوشته: پاک می‌شود)",
        "en": "In a group: /topic WORDS\nIn the management room: topic ROOM WORDS (without words: none)",
    },
    "topic_set": {"fa": "توضیح اتاق نوشته شد.", "en": "The room's topic is set."},
    "topic_gone": {"fa": "توضیح اتاق پاک شد.", "en": "The room's topic is removed."},
    "topic_long": {
        "fa": "توضیح دراز است: حداکثر {count} نویسه.",
        "en": "The topic is too long: at most {count} characters.",
    },
    "help_picture": {"fa": "تصویر اتاق مشترک", "en": "the picture of the shared room"},
    "args_picture": {
        "fa": "در پاسخ به یک عکس. در گروه: /picture\nدر اتاق مدیریت: picture شمارهٔ‌اتاق",
        "en": "As an answer to a picture. In a group: /picture\nIn the management room: picture ROOM",
    },
    "picture_which": {
        "fa": "این را در پاسخ به عکسی بنویسید که تصویر اتاق بشود.",
        "en": "Write this as an answer to the picture that the room is to bear.",
    },
    "picture_set": {"fa": "اتاق اکنون این تصویر را دارد.", "en": "The room bears this picture now."},
    "title_set": {"fa": "نام اتاق: {title}", "en": "The room is called: {title}"},
    "which_room": {"fa": "شمارهٔ اتاق را هم بنویسید (از rooms).", "en": "Write the room's number, too (from rooms)."},
    "space_invited": {"fa": "به فضای هم‌پیام دعوت شدید.", "en": "You are invited to the space of Hampayam."},
    "help_login": {"fa": "ورود با یک حساب", "en": "Log in with an account"},
    "help_logout": {"fa": "خروج از حساب", "en": "Log out of an account"},
    "args_login": {"fa": "login پیام‌رسان", "en": "login PLATFORM"},
    "args_logout": {"fa": "logout پیام‌رسان", "en": "logout PLATFORM"},
    "no_account_there": {
        "fa": "در این پیام‌رسان ورود با حساب نداریم.",
        "en": "There is no login with an account on this messenger. Write: login PLATFORM",
    },
    "account_not_wanted": {
        "fa": "نخست در config.yaml زیر نام این پیام‌رسان بنویسید: account: true",
        "en": "Switch it on in config.yaml first, under this messenger's name: account: true",
    },
    "logged_in_already": {
        "fa": "همین حالا هم با حسابی وارد شده‌ایم. نخست: logout",
        "en": "We are logged in with an account already. First: logout",
    },
    "not_logged_in": {"fa": "با هیچ حسابی وارد نشده‌ایم.", "en": "We are not logged in with any account."},
    "ask_secret": {
        "fa": "(پس از آن پیام خود را پاک کنید. برای رها کردن: لغو)",
        "en": "(Delete your message afterwards. To leave it: cancel)",
    },
    "login_done": {"fa": "وارد {platform} شدیم.", "en": "Logged in to {platform}."},
    "login_failed": {"fa": "ورود نشد: {reason}", "en": "The login failed: {reason}"},
    "login_cancelled": {"fa": "رها شد.", "en": "Cancelled."},
    "login_too_slow": {"fa": "پاسخی نیامد.", "en": "No answer came."},
    "logout_done": {"fa": "خارج شدیم و حساب را فراموش کردیم.", "en": "Logged out, and the account is forgotten."},
    "logout_half_done": {
        "fa": "حساب را فراموش کردیم، ولی پیام‌رسان خبردار نشد: نشست را در خود برنامه هم ببندید.",
        "en": "The account is forgotten, but the messenger could not be told: end the session in its app, too.",
    },
    "account_lost": {
        "fa": "⚠️ حساب ما در {platform} دیگر پذیرفته نمی‌شود. پیام‌ها می‌مانند تا دوباره وارد شوید: login {name}",
        "en": "⚠️ Our account on {platform} is no longer accepted. Messages wait until you log in again: login {name}",
    },
    "eitaa_ask_phone": {"fa": "شمارهٔ تلفن حساب؟", "en": "The account's phone number?"},
    "eitaa_ask_code": {"fa": "کدی که فرستاده شد؟", "en": "The code that was sent?"},
    "eitaa_ask_password": {"fa": "رمز دومرحله‌ای حساب؟", "en": "The account's second password?"},
    "eitaa_phone_wrong": {"fa": "این شماره درست نیست.", "en": "This phone number is not right."},
    "eitaa_phone_banned": {"fa": "این شماره در ایتا مسدود است.", "en": "This number is banned on Eitaa."},
    "eitaa_too_often": {
        "fa": "بیش از اندازه کد خواسته شد؛ بعداً دوباره.",
        "en": "Codes were asked for too often; try later.",
    },
    "eitaa_code_wrong": {"fa": "این کد درست نیست.", "en": "This code is wrong."},
    "eitaa_code_expired": {
        "fa": "زمان این کد گذشته است؛ از نو: login",
        "en": "This code has expired; begin again: login",
    },
    "eitaa_password_wrong": {"fa": "این رمز درست نیست.", "en": "This password is wrong."},
    "eitaa_password_unknown": {
        "fa": "ایتا رمز را به شیوه‌ای می‌خواهد که نمی‌شناسیم.",
        "en": "Eitaa wants the password in a way that we do not know.",
    },
    "eitaa_no_account": {
        "fa": "با این شماره حسابی نیست؛ نخست در خود ایتا بسازید.",
        "en": "There is no account with this number; make one in Eitaa first.",
    },
    "eitaa_refused": {"fa": "ایتا نپذیرفت.", "en": "Eitaa refused."},
    "leg_mirror": {"fa": "آینهٔ کانال‌ها", "en": "mirror of channels"},
    "mirror_only": {"fa": "یک‌طرفه: آینهٔ صفحهٔ عمومی", "en": "one way: mirror of a public page"},
    "leg_account": {"fa": "حساب", "en": "account"},
    "leg_logged_out": {"fa": "وارد نشده‌ایم (login)", "en": "not logged in (login)"},
    "nobody_named": {"fa": "نمی‌دانیم چه کسی این را نوشت.", "en": "We cannot tell who wrote this."},
    # --- matrix
    "encrypted_room": {
        "fa": "این اتاق رمزگذاری شده است و پل نمی‌تواند آن را بخواند. یک اتاق بدون رمزگذاری بسازید.",
        "en": "This room is encrypted, and the bridge cannot read it. Make a room without encryption.",
    },
    "not_by_invite": {
        "fa": "این کاربر از خود پل است و با دعوت نمی‌آید.",
        "en": "This user is the bridge's own and does not come by invitation.",
    },
    "welcome": {
        "fa": "سلام! اینجا اتاق مدیریت هم‌پیام است. برای دیدن فرمان‌ها بنویسید: help",
        "en": "Hello! This is your management room of Hampayam. For the commands write: help",
    },
    "nobody": {"fa": "شما اجازهٔ کار با این پل را ندارید.", "en": "You are not allowed to use this bridge."},
    "private_hello": {
        "fa": "سلام! من پل هم‌پیام هستم: گروه شما را به گروه‌های پیام‌رسان‌های دیگر وصل می‌کنم. مرا به گروه خود بیفزایید و آنجا بنویسید: /پیوند",
        "en": "Hello! I am the Hampayam bridge: I link your group to groups on other messengers. Add me to your group and write there: /link",
    },
    # --- commands
    "no_such_command": {
        "fa": "چنین فرمانی نیست. فهرست: help",
        "en": "There is no such command. The list: help",
    },
    "not_your_role": {"fa": "اجازهٔ این کار را ندارید.", "en": "You are not allowed to do that."},
    "not_done": {"fa": "انجام نشد: {reason}", "en": "Not done: {reason}"},
    "pong": {"fa": "سرور در {ms} میلی‌ثانیه به ما رسید.", "en": "The homeserver reached us in {ms} ms."},
    "no_pong": {"fa": "سرور به ما نمی‌رسد: {reason}", "en": "The homeserver does not reach us: {reason}"},
    "help_help": {"fa": "فرمان‌ها", "en": "the commands"},
    "help_version": {"fa": "نسخهٔ برنامه", "en": "the version of the program"},
    "help_status": {"fa": "چه چیزی کار می‌کند", "en": "what works at the moment"},
    "help_platforms": {"fa": "پیام‌رسان‌ها", "en": "the messengers"},
    "help_ping": {"fa": "آیا سرور ماتریکس به پل می‌رسد", "en": "whether the homeserver reaches the bridge"},
    "help_rooms": {"fa": "اتاق‌ها و گفتگوهایشان", "en": "the rooms and their chats"},
    "help_link": {"fa": "گرفتن کدی برای وصل کردن یک گروه دیگر", "en": "get a code to link another group"},
    "help_join": {"fa": "پیوستن به گروهی که کد داده است", "en": "join the group that gave you a code"},
    "help_unlink": {"fa": "پایان دادن به پیوند", "en": "end the link"},
    "help_name": {"fa": "نامی که دیگران از شما می‌بینند", "en": "the name by which others see you"},
    "help_approve": {"fa": "تأیید یک درخواست پیوند", "en": "allow a link that waits"},
    "args_help": {"fa": "help [فرمان]", "en": "help [COMMAND]"},
    "args_link": {
        "fa": "در گروه: /link\nدر اتاق مدیریت: link [اتاق] یا link پیام‌رسان گفتگو [اتاق]",
        "en": "In a group: /link\nIn the management room: link [ROOM], or link PLATFORM CHAT [ROOM]",
    },
    "args_join": {
        "fa": "در گروه: /join کد\nدر اتاق مدیریت: join کد پیام‌رسان گفتگو",
        "en": "In a group: /join CODE\nIn the management room: join CODE PLATFORM CHAT",
    },
    "args_unlink": {
        "fa": "در گروه: /unlink\nدر اتاق مدیریت: unlink شمارهٔ‌پیوند (از rooms)",
        "en": "In a group: /unlink\nIn the management room: unlink LINK (a number from rooms)",
    },
    "args_name": {
        "fa": "/name نام؛ بی‌نام: بازگشت به پیش",
        "en": "/name NAME; without a name: back to the former one",
    },
    "help_mirror": {"fa": "آوردن یک کانال عمومی به یک اتاق", "en": "bring a public channel into a room"},
    "args_mirror": {
        "fa": "mirror پیام‌رسان کانال [اتاق]؛ پایان: unlink",
        "en": "mirror PLATFORM CHANNEL [ROOM]; to end it: unlink",
    },
    "args_approve": {
        "fa": "approve شماره یا کد؛ تنها: فهرست درخواست‌ها",
        "en": "approve NUMBER or CODE; alone: the requests that wait",
    },
    # --- status
    "leg_starting": {"fa": "در حال آغاز", "en": "starting"},
    "leg_running": {"fa": "برقرار", "en": "running"},
    "leg_unreachable": {"fa": "در دسترس نیست", "en": "unreachable"},
    "leg_login_lost": {"fa": "توکن پذیرفته نمی‌شود", "en": "the token is not accepted"},
    "one_way": {"fa": "یک‌طرفه: فقط می‌فرستد", "en": "one way: it only sends"},
    "last_poll": {"fa": "{seconds} ثانیه پیش خوانده شد", "en": "read {seconds} s ago"},
    "leg_slowed": {
        "fa": "زیاد فرستادیم و نپذیرفت: فعلاً {rate} پیام در دقیقه، {waiting} در نوبت",
        "en": "it refused because we sent much: {rate} messages a minute for now, {waiting} wait their turn",
    },
    "chat_id": {"fa": "شناسهٔ این گفتگو: {chat}", "en": "the id of this chat: {chat}"},
    "trouble": {"fa": "نمی‌پذیرد: {reason}", "en": "does not accept: {reason}"},
    "heard_nothing": {"fa": "هنوز چیزی نشنیده‌ایم", "en": "heard nothing yet"},
    "portal_pending": {"fa": "در انتظار تأیید", "en": "waiting for approval"},
    "portal_offered": {"fa": "در انتظار گروه دیگر", "en": "waiting for another group"},
    "portal_linking": {"fa": "در حال وصل شدن", "en": "linking"},
    "portal_opening": {"fa": "در حال وصل شدن", "en": "linking"},
    "portal_open": {"fa": "وصل", "en": "linked"},
    "portal_closing": {"fa": "در حال قطع شدن", "en": "unlinking"},
    "status_queue": {
        "fa": "رسیده و در کار: {inbox}، در صف: {queued}، فرستاده: {sent}، ردشده: {refused}، نامعلوم: {unknown}، منقضی: {expired}، کنارگذاشته: {poison}",
        "en": "taken over: {inbox}, queued: {queued}, sent: {sent}, refused: {refused}, unknown: {unknown}, expired: {expired}, set aside: {poison}",
    },
    "status_ignored": {
        "fa": "{platform}، برده‌نشده از آغاز کار: {kinds}",
        "en": "{platform}, not bridged since the start: {kinds}",
    },
    "status_pending": {"fa": "در انتظار تأیید: {line}", "en": "waits for approval: {line}"},
}

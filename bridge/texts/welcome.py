"""The sentences of the welcome and of the settings in private chats. Persian first."""

from __future__ import annotations

from collections.abc import Mapping

WELCOME: Mapping[str, Mapping[str, str]] = {
    # --- Start
    "hello": {
        "fa": "سلام! من هم‌پیام هستم 👋\nبا من از همین برنامه با کسانی گفتگو می‌کنید که پیام‌رسان دیگری دارند؛ نه شما برنامهٔ تازه‌ای می‌خواهید، نه آن‌ها.\nتا خودتان نپذیرید، هیچ‌کس نمی‌تواند به شما پیام بدهد.\nبه کدام زبان ادامه بدهیم؟",
        "en": "Hello! I am Hampayam 👋\nWith me you talk, from this very app, with people who use another messenger. Neither you nor they need a new app.\nNobody can write to you unless you agree.\nWhich language would you like?",
    },
    "hello_short": {
        "fa": "سلام! من هم‌پیام هستم: با من از همین برنامه با کسانی گفتگو می‌کنید که پیام‌رسان دیگری دارند. تا خودتان نپذیرید، هیچ‌کس نمی‌تواند به شما پیام بدهد.",
        "en": "Hello! I am Hampayam: with me you talk, from this very app, with people who use another messenger. Nobody can write to you unless you agree.",
    },
    "hello_again": {
        "fa": "سلام دوباره! برای گفتگو با کسی تازه بنویسید /به؛ راهنمای بقیه: /راهنما",
        "en": "Hello again! To talk with somebody new write /to; for everything else: /help",
    },
    "own_link": {
        "fa": "این پیوند نشانی خودتان است: هر کس دیگری بازش کند، می‌تواند از شما بخواهد گفتگو کنید.",
        "en": "This is the link of your own address: anybody else who opens it can ask you for a conversation.",
    },
    "go_on": {"fa": "ادامه ⬅️", "en": "Go on ➡️"},
    "later": {"fa": "بعداً", "en": "Later"},
    "back": {"fa": "بازگشت", "en": "Back"},
    "to_settings": {"fa": "⚙️ تنظیمات", "en": "⚙️ Settings"},
    "welcome_later": {
        "fa": "باشد، بعداً. برای ادامه هر زمان خواستید /start را بزنید؛ همهٔ این‌ها در /تنظیمات هم هست.",
        "en": "Fine, later. To go on, tap /start whenever you like; all of this is in /settings, too.",
    },
    "which_language": {"fa": "به کدام زبان با شما گفتگو کنم؟", "en": "In which language shall I talk with you?"},
    "language_set": {"fa": "از این پس فارسی می‌نویسم.", "en": "From now on I write in English."},
    # --- messengers
    "platforms_choose": {
        "fa": "از پیام‌رسان‌های دیگر چه کسی بتواند به شما پیام بدهد؟\n✅ همه، بی‌پرسش\n❓ هر کس که شما بپذیرید\n⛔️ هیچ‌کس\nبرای عوض کردن، یکی را برگزینید:",
        "en": "Who may write to you from the other messengers?\n✅ everybody, without asking\n❓ whomever you accept\n⛔️ nobody\nTo change one, choose it:",
    },
    "platform_choose": {
        "fa": "از {platform} چه کسی بتواند به شما پیام بدهد؟\nبا «هیچ‌کس» گفتگوهای کنونی‌تان با کسانی از آنجا هم پایان می‌یابد.",
        "en": "Who may write to you from {platform}?\nWith “Nobody”, your present conversations with people there end, too.",
    },
    "choose_yes": {"fa": "✅ همه، بی‌پرسش", "en": "✅ Everybody, without asking"},
    "choose_ask": {"fa": "❓ هر کس که من بپذیرم", "en": "❓ Whomever I accept"},
    "choose_no": {"fa": "⛔️ هیچ‌کس", "en": "⛔️ Nobody"},
    "platform_yes": {
        "fa": "✅ هر کس شما را از {platform} پیدا کند، از این پس بی‌پرسش می‌نویسد.",
        "en": "✅ Whoever finds you from {platform} writes without asking from now on.",
    },
    "platform_ask": {
        "fa": "❓ دربارهٔ هر کسی از {platform} نخست از شما می‌پرسم.",
        "en": "❓ About everybody from {platform} I ask you first.",
    },
    "platform_no": {
        "fa": "⛔️ از {platform} دیگر کسی نمی‌تواند به شما بنویسد.",
        "en": "⛔️ Nobody from {platform} can write to you any more.",
    },
    # --- being found
    "found_code": {
        "fa": "چگونه پیدایتان کنند؟\n✅ با نشانی‌تان: همیشه، چون آن را فقط خودتان به کسی می‌دهید",
        "en": "How can you be found?\n✅ by your address: always, since only you give it away",
    },
    "found_name_yes": {"fa": "✅ با نام کاربری", "en": "✅ by your user name"},
    "found_name_no": {"fa": "▫️ با نام کاربری: نه", "en": "▫️ by your user name: no"},
    "found_number_yes": {"fa": "✅ با شمارهٔ تلفن", "en": "✅ by your phone number"},
    "found_number_no": {"fa": "▫️ با شمارهٔ تلفن: نه", "en": "▫️ by your phone number: no"},
    "found_only_code": {
        "fa": "اگر در برنامه‌تان نام کاربری بگذارید، می‌توانید بگذارید با آن هم پیدایتان کنند.",
        "en": "If you have a user name in your app, you can choose to be found by it, too.",
    },
    "found_name_on": {"fa": "با نام کاربری پیدا شوم", "en": "Find me by my user name"},
    "found_name_off": {"fa": "با نام کاربری پیدا نشوم", "en": "Not by my user name"},
    "found_number_on": {"fa": "با شمارهٔ تلفن پیدا شوم", "en": "Find me by my number"},
    "found_number_off": {"fa": "با شمارهٔ تلفن پیدا نشوم", "en": "Not by my number"},
    "number_ask": {
        "fa": "دکمهٔ پایین را بزنید تا برنامه‌تان شمارهٔ شما را بفرستد. خود شماره را نگه نمی‌داریم، فقط اثرانگشتی از آن.",
        "en": "Tap the button below, and your app sends your number. The number itself is not kept, only a fingerprint of it.",
    },
    "number_share": {"fa": "📱 شماره‌ام را بفرست", "en": "📱 Send my number"},
    "number_proven": {
        "fa": "✅ از این پس هر کس شماره‌تان را دارد، می‌تواند از شما بخواهد گفتگو کنید.",
        "en": "✅ From now on whoever has your number can ask you for a conversation.",
    },
    "number_later": {"fa": "باشد، شماره‌تان نزد خودتان می‌ماند.", "en": "Fine, your number stays with you."},
    "number_not_yours": {
        "fa": "این شمارهٔ خودتان نیست، یا برنامه‌تان نمی‌گوید که هست. لطفاً خود دکمهٔ پایین را بزنید.",
        "en": "This is not your own number, or your app does not say so. Please tap the button below itself.",
    },
    "number_by_button": {
        "fa": "شماره فقط با دکمهٔ پایین پذیرفته می‌شود، تا کسی شمارهٔ دیگری را به نام خود ننویسد.",
        "en": "A number counts by the button below only, so that nobody writes somebody else's.",
    },
    # --- somebody's card
    "card_offer": {
        "fa": "می‌خواهید از {name} (شمارهٔ {number}) بپرسم که با شما گفتگو کند؟",
        "en": "Shall I ask {name} (number {number}) to talk with you?",
    },
    "card_ask": {"fa": "✅ بله، بپرس", "en": "✅ Yes, ask"},
    "card_leave": {"fa": "نه", "en": "No"},
    "card_left": {"fa": "باشد. شماره را فراموش کردم.", "en": "Fine. The number is forgotten."},
    "card_without_number": {
        "fa": "روی این کارت شمارهٔ تلفنی نیست که بشناسم. می‌توانید نشانی، نام کاربری یا شمارهٔ او را بنویسید: /به",
        "en": "There is no phone number on this card that I know how to read. You can write the person's address, user name or number: /to",
    },
    # --- the address
    "address": {"fa": "📇 نشانی شما: {code}", "en": "📇 Your address: {code}"},
    "address_renewed": {
        "fa": "📇 نشانی تازهٔ شما: {code}\nنشانی پیشین دیگر کار نمی‌کند.",
        "en": "📇 Your new address: {code}\nThe former one does not work any more.",
    },
    "address_use": {
        "fa": "نشانی، پیوند یا همین پیام را به هر کس که می‌خواهید بدهید. او در برنامهٔ خودش پیوند را باز می‌کند، یا برای ربات هم‌پیام می‌نویسد:\n/به {code}",
        "en": "Give the address, a link or this very message to whomever you like. In their own app they open the link, or write to the Hampayam bot:\n/to {code}",
    },
    "address_begin": {
        "fa": "و اگر خودتان می‌خواهید با کسی گفتگو کنید، بنویسید /به و نشانی، نام کاربری یا شمارهٔ او را.",
        "en": "And if it is you who wants to talk with somebody, write /to and their address, user name or number.",
    },
    "address_share": {"fa": "✉️ متنی برای فرستادن", "en": "✉️ A text to pass on"},
    "address_renew": {"fa": "♻️ نشانی تازه", "en": "♻️ A new address"},
    "share": {
        "fa": "سلام! در هر پیام‌رسانی که هستید، می‌توانید از همان‌جا با من گفتگو کنید.",
        "en": "Hello! Whichever messenger you use, you can talk with me from there.",
    },
    "share_code": {
        "fa": "نشانی من در هم‌پیام {code} است. برای ربات هم‌پیام بنویسید: /به {code}",
        "en": "My address on Hampayam is {code}. Write to the Hampayam bot: /to {code}",
    },
    "renew_sure": {
        "fa": "نشانی تازه می‌خواهید؟ نشانی کنونی ({code}) و پیوندهایش دیگر کار نخواهد کرد. گفتگوهایتان می‌ماند.",
        "en": "Do you want a new address? The present one ({code}) and its links will stop working. Your conversations stay.",
    },
    "renew_yes": {"fa": "♻️ بله، نشانی تازه", "en": "♻️ Yes, a new address"},
    "renew_no": {"fa": "نه، همین بماند", "en": "No, keep this one"},
    # --- settings
    "settings_menu": {"fa": "تنظیمات شما:", "en": "Your settings:"},
    "set_platforms": {"fa": "چه کسی به من بنویسد", "en": "Who may write to me"},
    "set_found": {"fa": "چگونه پیدایم کنند", "en": "How I can be found"},
    "set_address": {"fa": "نشانی من", "en": "My address"},
    "set_language": {"fa": "زبان (Language)", "en": "Language"},
    "set_kept": {"fa": "بی‌صداها و مسدودها", "en": "Muted and blocked"},
    "kept_list": {
        "fa": "بی‌صداها 🔔 و مسدودها 🔓؛ هر کدام را برگزینید، به حال پیشین برمی‌گردد:",
        "en": "Muted 🔔 and blocked 🔓; choose one to undo it:",
    },
    "kept_nobody": {
        "fa": "کسی را بی‌صدا یا مسدود نکرده‌اید.",
        "en": "You have muted or blocked nobody.",
    },
    "unblocked": {
        "fa": "🔓 {name} دیگر مسدود نیست و می‌تواند دوباره از شما بخواهد گفتگو کنید.",
        "en": "🔓 {name} is no longer blocked and can ask you for a conversation again.",
    },
    # --- help
    "private_help": {
        "fa": "• گفتگو با کسی تازه: /به و نشانی، نام کاربری یا شمارهٔ او\n• آنچه می‌نویسید به طرف گفتگوی کنونی می‌رسد؛ اگر به پیام کسی پاسخ بدهید، به خود او\n• همهٔ گفتگوها، و رفتن از یکی به دیگری: /گفتگوها\n• نشانی شما، تا پیدایتان کنند: /نشانی\n• چه کسی به شما بنویسد، زبان، مسدودها: /تنظیمات\n• دربارهٔ گفتگوی کنونی: /پایان، /بی‌صدا، /مسدود، /گزارش\n• وصل کردن دو گروه: مرا به گروه بیفزایید و آنجا بنویسید /پیوند",
        "en": "• talk with somebody new: /to and their address, user name or number\n• what you write goes to the person of your present conversation; a reply goes to whomever you reply to\n• all conversations, and turning to another: /chats\n• your address, so that others find you: /me\n• who may write to you, language, blocks: /settings\n• about the present conversation: /end, /mute, /block, /report\n• link two groups: add me to your group and write there /link",
    },
    "help_me": {"fa": "نشانی شما، برای دادن به دیگران", "en": "your address, to give to others"},
    "help_settings": {"fa": "اجازه‌ها، زبان، مسدودها", "en": "consent, language, blocks"},
    "help_language": {"fa": "زبان گفتگو با ربات", "en": "the language of the bot"},
    "args_language": {"fa": "/language fa یا /language en", "en": "/language fa or /language en"},
}

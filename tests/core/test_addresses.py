from __future__ import annotations

from dataclasses import replace

from bridge.core.live import Live
from bridge.core.people.addresses import Addresses, address_shown
from bridge.core.people.wanted import ByCode, checked, read
from bridge.platforms import PLATFORMS
from bridge.ports import Door
from bridge.store.inbox import Login

CODE = checked("K7PQ2MX")


def addresses(live: Live, public_url: str = "https://hampayam.example.org") -> Addresses:
    return Addresses(live, PLATFORMS, public_url)


def there(live: Live, platform: str, username: str | None = "hampayambot", way: str = "bot") -> None:
    leg = live.leg(platform, "account" if way == "account" else "bot")
    declared = PLATFORMS[platform].account
    leg.able = declared.capabilities if way == "account" and declared is not None else PLATFORMS[platform].capabilities
    leg.login = Login(f"{platform}:1", platform, "1", username, "هم‌پیام")


def test_the_link_of_an_address_is_read_back_as_its_code() -> None:
    link = addresses(Live()).address_link(CODE)
    assert link == f"https://hampayam.example.org/_hampayam/me/{CODE}"
    assert read(link) == ByCode(CODE)
    assert addresses(Live(), "").address_link(CODE) == ""


def test_there_is_a_door_wherever_we_are_heard() -> None:
    live = Live()
    assert addresses(live).doors(CODE) == []
    there(live, "bale")
    there(live, "eitaa", "only_sends")
    assert addresses(live).doors(CODE) == [
        Door({"fa": "بله", "en": "Bale"}, "hampayambot", f"https://ble.ir/hampayambot?start={CODE}")
    ]
    there(live, "eitaa", "hampayam", "account")
    assert addresses(live).doors(CODE)[-1] == Door({"fa": "ایتا", "en": "Eitaa"}, "hampayam", "")


def test_a_bot_without_a_name_has_no_door_until_it_has_one() -> None:
    live = Live()
    there(live, "rubika", None)
    assert addresses(live).doors(CODE) == []
    leg = live.leg("rubika")
    assert leg.login is not None
    leg.login = replace(leg.login, username="hampayam_bot")
    (door,) = addresses(live).doors(CODE)
    assert read(door.link) == ByCode(CODE)


def test_what_can_be_no_code_has_no_address() -> None:
    assert address_shown(CODE.lower()) == (CODE, f"{CODE[:4]}-{CODE[4:]}")
    assert address_shown(CODE[:-1] + ("A" if CODE[-1] != "A" else "B")) is None
    assert address_shown("") is None
    assert address_shown(CODE + " " * 1000) is None

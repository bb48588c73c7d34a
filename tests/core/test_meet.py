"""What the page about what crosses says is what happens: each kind is sent into a chat that can do what it can do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bridge.abilities import Capabilities, Kind
from bridge.capabilities import cells, page, ways
from bridge.core.custom_html import to_html
from bridge.core.meet import FEATURES, FILES, FORMATTING, KINDS, MATRIX, Fate, How, fate, features
from bridge.core.pins import PINS
from bridge.marks import QUOTED, VEIL
from bridge.model import Mark, MediaKind, RoomEvent, Text
from bridge.texts.words import FATES
from tests.core.fakes import ROOM, SARA, ToldSession
from tests.core.filing import OGG
from tests.core.made import picture
from tests.core.reza import edit_of

if TYPE_CHECKING:
    from bridge.store.portals import Portal
    from tests.core.kit import Core

PAGE = Path(__file__).parents[2] / "docs" / "capabilities.md"
GOALS: dict[str, Capabilities] = {name: able for name, (_, able) in ways().items() if able.sends and name != "Matrix"}
VALUES = {"link": "https://x.ir/a", "mention": "@hampayam_bale_reza:hs.test"}
ATTACHED: dict[MediaKind, tuple[str | None, dict[str, Any], bytes]] = {
    "photo": ("m.image", {}, picture("png")),
    "video": ("m.video", {}, b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
    "video_note": ("m.video", {"ir.hampayam.kind": "video_note"}, b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
    "animation": ("m.image", {}, picture("gif")),
    "voice": ("m.audio", {"org.matrix.msc3245.voice": {}}, OGG),
    "audio": ("m.audio", {}, b"ID3\3\0\0\0\0\0\0"),
    "document": ("m.file", {}, b"%PDF-1.7"),
    "sticker": (None, {}, picture("webp")),
}
MIMES = {"video": "video/mp4", "video_note": "video/mp4", "voice": "audio/ogg", "audio": "audio/mpeg"}
MIMES |= {"photo": "image/png", "animation": "image/gif", "sticker": "image/webp", "document": "application/pdf"}
TRIED: tuple[Kind, ...] = (
    "text",
    "reply",
    "edit",
    "delete",
    "reaction",
    "pin",
    "location",
    "poll",
    *FORMATTING,
    *FILES,
)


class There:
    """A chat on Bale with some abilities, and Sara in its room."""

    def __init__(self, core: Core, portal: Portal, able: Capabilities) -> None:
        self.core = core
        self.portal = portal
        self.session = ToldSession("bale", replace(able, receives=True))

    async def says(self, content: dict[str, Any], type: str = "m.room.message") -> str:
        event = RoomEvent(f"${len(self.core.homeserver.events)}", ROOM, type, SARA, self.core.clock(), content)
        self.core.homeserver.events[event.id] = {"content": content}
        await self.core.hub.accept([event])
        await self.core.drained(self.portal, self.session)
        return event.id

    async def what_becomes_of(self, kind: Kind) -> How:
        if kind in FORMATTING:
            return await self._looks(kind)
        if kind in FILES:
            return await self._file(kind)
        if kind == "location":
            await self.says({"msgtype": "m.location", "body": "برج آزادی", "geo_uri": "geo:35.6997,51.3381"})
            words = any("openstreetmap" in text for text in self.session.texts)
            return (How.SAME if self.session.pins else How.WORDS) if words else How.NOTHING
        if kind == "poll":
            answers = [{"m.id": name, "m.text": [{"body": name}]} for name in ("آری", "نه")]
            await self.says(
                {"m.poll": {"question": {"m.text": [{"body": "می‌آیید؟"}]}, "answers": answers}}, "m.poll.start"
            )
            return How.WORDS if "1. " in self.session.texts[0] and "نه" in self.session.texts[0] else How.NOTHING
        first = await self.says({"msgtype": "m.text", "body": "سلام"})
        match kind:
            case "text":
                return How.SAME if self.session.texts == ["سلام"] else How.NOTHING
            case "reply":
                relates = {"m.in_reply_to": {"event_id": first}}
                await self.says({"msgtype": "m.text", "body": "پاسخ", "m.relates_to": relates})
                return How.SAME if self.session.done[-1][1].reply_to == "bale-1" else How.NOTHING
            case "edit":
                await self.core.hub.accept([edit_of(self.core, first, "درود")])
            case "delete":
                self.core.homeserver.events[first] = {"content": {}}
                await self.core.hub.accept([self.core.state("m.room.redaction", {"redacts": first}, id="$gone")])
            case "pin":
                await self.core.hub.accept([RoomEvent("$p", ROOM, PINS, SARA, 1, {"pinned": [first]}, "")])
            case _:
                content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": first, "key": "👍"}}
                id = f"${len(self.core.homeserver.events)}"
                told = {"event_id": id, "sender": SARA, "content": content}
                self.core.homeserver.annotations[first].append(told)
                await self.says(content, "m.reaction")
        await self.core.drained(self.portal, self.session)
        return self._changed()

    def _changed(self) -> How:
        if self.session.pinned:
            return How.SAME
        if self.session.reactions and self.session.reactions[-1][2]:
            return How.SAME
        if len(self.session.done) > 1:
            return How.WORDS
        if not self.session.changed:
            return How.NOTHING
        (_, _, words) = self.session.changed[-1]
        return How.SAME if words in (None, "درود") else How.NEAREST

    async def _looks(self, kind: Any) -> How:
        words = Text("یک دو", (Mark(kind, 3, 5, VALUES.get(kind, "")),))
        html = {"format": "org.matrix.custom.html", "formatted_body": to_html(words)}
        await self.says({"msgtype": "m.text", "body": words.body, **html})
        (sent,) = [message for _, message in self.session.done]
        if any(mark.kind == kind for mark in sent.marks):
            return How.SAME
        written = (QUOTED, VEIL, VALUES["link"])
        return How.WORDS if any(sign in sent.text for sign in written) else How.NEAREST

    async def _file(self, kind: Any) -> How:
        msgtype, more, body = ATTACHED[kind]
        self.core.homeserver.files["mxc://hs.test/f"] = body
        content = {"body": "a file", "url": "mxc://hs.test/f", "info": {"mimetype": MIMES[kind], "size": len(body)}}
        if msgtype is None:
            await self.says(content, "m.sticker")
        else:
            await self.says(content | more | {"msgtype": msgtype})
        if self.session.files:
            return How.SAME if self.session.files[0][1].kind == kind else How.NEAREST
        return How.WORDS if "a file" in self.session.texts[0] else How.NOTHING


@pytest.mark.parametrize("kind", TRIED)
@pytest.mark.parametrize("goal", GOALS)
async def test_what_the_page_says_is_what_happens(small_core: Core, goal: str, kind: Kind) -> None:
    able = GOALS[goal]
    there = There(small_core, await small_core.portal("bale"), able)
    assert await there.what_becomes_of(kind) is fate(kind, able, home=True).how


def test_the_page_is_what_is_declared() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m bridge.capabilities > docs/capabilities.md"


def test_every_source_every_destination_and_every_kind_has_a_defined_result() -> None:
    found = list(cells())
    assert len({(source, goal) for source, goal, _, _ in found}) == 5 * 6 + 6 - 1 + 1
    for source, goal, kind, what in found:
        assert what.note in FATES or what == Fate(How.SAME), (source, goal, kind)
        assert what.how is not How.NOTHING or kind in ("member", "read", "typing"), (source, goal, kind)


def test_whatever_is_told_somewhere_is_a_kind_and_everything_else_is_announced() -> None:
    for name, (_, able) in ways().items():
        assert able.tells <= set(KINDS), name
        assert not able.receives or "unknown" in able.tells, name


# --- what clients read


def test_a_room_has_what_all_of_its_chats_have() -> None:
    able = Capabilities(marks=frozenset({"bold", "spoiler"}), edits=True, files={"photo": 10, "document": 5})
    less = Capabilities(marks=frozenset({"bold"}), text_limit=1000, files={"document": 7}, caption_limit=200)
    both = features([able, less, MATRIX])
    assert (both["formatting"]["bold"], both["formatting"]["spoiler"], both["formatting"]["italic"]) == (2, 0, 1)
    assert (both["edit"], both["reply"], both["reaction"], both["poll"], both["thread"]) == (0, 2, 0, 0, -1)
    assert both["max_text_length"] == 20_000
    photo = both["file"]["m.image"]
    assert (photo["mime_types"], photo["max_size"], photo["max_caption_length"]) == ({"*/*": 1}, 7, 200)
    assert features([able])["edit"] == 2
    assert features([Capabilities()])["file"]["m.image"]["mime_types"] == {"*/*": 0}
    assert features([]) == {}


async def test_the_room_says_what_arrives_in_it(small_core: Core) -> None:
    core = small_core
    core.live.leg("bale").able = Capabilities(edits=True)
    core.live.leg("rubika").able = Capabilities(edits=False)
    portal = await core.portal("bale")
    await core.portal("rubika")
    room = await core.portals.room(portal.room)
    assert room is not None
    await core.rooms.describe(room, core.users.steward("bale", room.id))
    (state,) = [each for each in core.homeserver.states if each.type == FEATURES]
    assert state.content == features([Capabilities(edits=True), Capabilities(edits=False)])
    assert state.content["edit"] == 0

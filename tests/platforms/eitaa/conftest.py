"""A client of the gateway that knows nothing but bytes: written from the page, sharing code with nobody."""

from __future__ import annotations

import gzip
import io
import itertools
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest

from bridge.platforms.eitaa.simulator import EitaaSimulator
from bridge.sandbox.control import Control
from tests.platforms.eitaa.ours import Ours, Place, basic_group, opened

SHAPES = """
c4b9f9bb error code:i text:s | 2144ca19 error code:i text:s
dc252379 expired | dc252375 updating | a56c1a31 token token:s expire:i date:i
997275b5 true | bc799737 false
5e002502 sentCode f type:o hash:s 1?next:o 2?timeout:i 8?message:s
c000bba2 sms length:i | 3dbb5986 app length:i | 5353e5a7 call length:i | 741cd3e3 nextCall
cd050916 authorization f token:s 0?tmp:i user:o | 44747e9a signUpRequired f 0?terms:o
185b184f password f 2?algo:o 2?B:b 2?srp_id:l 3?hint:s 4?email:s new:o secure:o random:b
ca39b447 oldPassword f salt:b new:b secure:b random:b hint:s email:s
3a912d4a modPow salt1:b salt2:b g:i p:b | d45ab096 noAlgo | 004a8537 noSecure
ecd26dcb user f f2:F e:F id:l 0?hash:l 1?first:s 2?last:s 3?username:s 4?phone:s 5?photo:o 6?status:o 14?bot:i
e26f42f1 recently | 37c1011c noPhoto | 2331b22d noPhoto id:l | 5fb224d5 rights f | af509d20 settings f
41cbf256 chat f id:l title:s photo:o count:i date:i version:i 6?to:o 14?rights:o
c6d14312 channel f e:F id:l 13?hash:l title:s 6?username:s photo:o date:i 14?rights:o 17?count:i
8261ac61 channel135 f id:l 13?hash:l title:s 6?username:s photo:o date:i 14?rights:o 17?count:i
17d493d5 forbidden f id:l hash:l title:s
59511722 peerUser id:l | 36c6019a peerChat id:l | a2a5371e peerChannel id:l
85d6cbe2 message f id:i 8?from:o peer:o 2?forward:o 11?via:l 3?reply:o date:i text:s 9?media:o 7?entities:v \
10?views:i 10?forwards:i 15?edited:i 16?author:s 17?grouped:l
2b085862 service f id:i 8?from:o peer:o 3?reply:o date:i action:o | 90a6ca84 empty f id:i 0?peer:o
a6d57763 reply f to:i 0?peer:o 1?top:i | 5f777dce forward f 0?from:o 5?name:s date:i 2?post:i 3?author:s
15cefd00 added users:L | a43f30cc removed id:l | 031224c3 joined by:l | b5a1ce5a renamed title:s
695150d7 photoMedia f 0?photo:o | 9cb070d7 documentMedia f 0?document:o | 56e0d474 geoMedia geo:o
b2a2f663 geo f long:d lat:d hash:l
fb197a65 photo f id:l hash:l ref:b date:i sizes:v dc:i | 75c78e60 size type:s w:i h:i size:i
77bfb61b oldSize type:s place:o w:i h:i size:i | bc7fc6cd place volume:l local:i
1e87342b document f id:l hash:l ref:b date:i mime:s size:i dc:i attributes:v
15590068 name name:s | 0ef02ce6 video f seconds:i w:i h:i | 9852f9c6 audio f seconds:i | 11b58939 animated
bd610bc9 bold offset:i length:i | 76a6d327 link offset:i length:i url:s | dc7b1140 mention offset:i length:i id:l
154798c3 reactions peer:o id:i reactions:o | b87a24d1 counts f results:v | 6fb250d1 count f reaction:s count:i
1f2b0afd new message:o pts:i count:i | 62ba04d9 newPost message:o pts:i count:i | 4e90bfd6 messageId id:i random:l
e40370a3 edit message:o pts:i count:i | 1b3f4df7 editPost message:o pts:i count:i
a20db0e5 delete ids:I pts:i count:i | c32d5b12 deletePosts channel:l ids:I pts:i count:i
9c974fdf readIn f peer:o max:i left:i pts:i count:i | 2f2f21bf readOut peer:o max:i pts:i count:i
922e6e10 readPostsIn f channel:l max:i left:i pts:i | b75f99a9 readPostsOut channel:l max:i
108d941f tooLong f channel:l 0?pts:i | 635b4c09 place channel:l
74ae4240 updates updates:v users:v chats:v date:i seq:i
9015e101 sent f id:i pts:i count:i date:i 9?media:o 7?entities:v
a56c2a3e state pts:i qts:i date:i seq:i unread:i | 5d75a138 nothing date:i seq:i | 4afe8f6d stateTooLong pts:i
00f49ca0 difference new:v secret:v others:v chats:v users:v state:o
a8fb1981 slice new:v secret:v others:v chats:v users:v state:o
3e11affb noPosts f pts:i 1?timeout:i | 2064674e posts f pts:i 1?timeout:i new:v others:v chats:v users:v
a4bcc6fe postsTooLong f 1?timeout:i dialog:o messages:v chats:v users:v
2c171f72 dialog f peer:o top:i in:i out:i unread:i mentions:i settings:o 0?pts:i
15ba6c40 dialogs dialogs:v messages:v chats:v users:v
71e094f3 someDialogs count:i dialogs:v messages:v chats:v users:v
8c718e87 messages messages:v chats:v users:v | 3a54685e someMessages f count:i messages:v chats:v users:v
64479808 channelMessages f pts:i count:i messages:v chats:v users:v | 84d19185 affected pts:i count:i
7f077ad9 resolved peer:o chats:v users:v | 77d01c3b imported done:v popular:v retry:L users:v
c13e3c50 contact user:l client:l | 64ff9fd5 chats chats:v | dfc2f58e invite f title:s photo:o count:i
5a686d7c already chat:o | e5d7d19c full full:o chats:v users:v
9ab0feaf participants count:i participants:v chats:v users:v | dfb80317 participant participant:o chats:v users:v
c00c07c0 member id:l date:i | 28a8bc67 self id:l by:l date:i | 2fe601d3 creator f id:l rights:o
34c3bb53 admin f id:l 1?by:l promoted:l date:i rights:o
e9b27a17 fullChannel f id:l about:s 0?count:i 1?admins:i in:i out:i unread:i photo:o settings:o bots:v 5?pinned:i pts:i
4dbdc099 fullChat f id:l about:s people:o settings:o | 3cbc93f8 people chat:l people:v version:i
c02d4007 chatMember id:l by:l date:i | e46bcee4 chatCreator id:l | a0933f5b chatAdmin id:l by:l date:i
d697ff05 fullUser f user:o peer:o settings:o common:i | 733f2961 peerSettings f
096a18d5 file type:o time:i bytes:b | 007efe0e jpeg | aa963b05 unknownType | b3cea0e4 mp4
"""
TABLE = {int(line.split()[0], 16): line.split()[1:] for line in SHAPES.replace("|", "\n").splitlines() if line.strip()}


class Unknown(Exception):
    """Its words are the constructor's id."""


class Bytes:
    def __init__(self, body: bytes) -> None:
        self.stream = io.BytesIO(body)

    def take(self, form: str) -> Any:
        (value,) = struct.unpack(form, self.stream.read(struct.calcsize(form)))
        return value

    def b(self) -> bytes:
        size, head = self.take("<B"), 1
        if size == 254:
            size, head = int.from_bytes(self.stream.read(3), "little"), 4
        value = self.stream.read(size)
        self.stream.read(-(head + size) % 4)
        return value

    def value(self, kind: str) -> Any:
        match kind:
            case "i" | "l" | "d":
                return self.take({"i": "<i", "l": "<q", "d": "<d"}[kind])
            case "F":
                return self.take("<I")
            case "s":
                return self.b().decode()
            case "b":
                return self.b()
            case "o":
                return self.object()
            case _:
                assert self.take("<I") == 0x1CB5C415
                return [self.value({"v": "o", "L": "l", "I": "i"}[kind]) for _ in range(self.take("<i"))]

    def object(self) -> dict[str, Any]:
        number = self.take("<I")
        if number not in TABLE:
            raise Unknown(f"{number:08x}")
        name, *fields = TABLE[number]
        found: dict[str, Any] = {"_": name}
        for each in fields:
            if each == "f":
                found["flags"] = self.take("<I")
                continue
            bit, _, rest = each.rpartition("?")
            key, _, kind = rest.partition(":")
            if not bit or found["flags"] >> int(bit) & 1:
                found[key] = self.value(kind)
        return found


def u(number: int) -> bytes:
    return struct.pack("<I", number)


def i(number: int) -> bytes:
    return struct.pack("<i", number)


def l(number: int) -> bytes:  # noqa: E743
    return struct.pack("<q", number)


def b(value: bytes) -> bytes:
    head = bytes([len(value)]) if len(value) < 254 else b"\xfe" + len(value).to_bytes(3, "little")
    whole = head + value
    return whole + bytes(-len(whole) % 4)


def s(value: str) -> bytes:
    return b(value.encode())


def v(*items: bytes) -> bytes:
    return u(0x1CB5C415) + i(len(items)) + b"".join(items)


def unpacked(body: bytes) -> bytes:
    while body[:4] == u(0x3072CFA1):
        body = gzip.decompress(Bytes(body[4:]).b())
    return body


@dataclass(frozen=True)
class Wire:
    """One device. Answers are dicts whose `_` names what they are; markers and refusals too."""

    session: aiohttp.ClientSession
    url: str
    token: str = ""
    imei: str = "mtpasdsxfg000001__web"
    host: str = "client/majid"
    tail: bytes = i(32)
    randoms: itertools.count[int] = field(default_factory=lambda: itertools.count(1001))

    async def post(self, packed: bytes, path: str = "eitaa/", **more: Any) -> tuple[int, bytes]:
        body = u(0x7ABE77ED) + s(self.token) + s(self.imei) + b(packed) + i(135) + self.tail
        where = f"{self.url}/{self.host}/{path}" if self.host else f"{self.url}/{path}"
        async with self.session.post(where, data=body, **more) as answer:
            return answer.status, await answer.read()

    async def __call__(self, number: int, *parts: bytes) -> dict[str, Any]:
        status, body = await self.post(u(number) + b"".join(parts))
        assert status == 200, body
        return Bytes(unpacked(body)).object()

    async def refused(self, number: int, *parts: bytes) -> str:
        answer = await self(number, *parts)
        assert answer["_"] == "error", answer
        return f"{answer['code']} {answer['text']}"

    def at(self, host: str) -> Wire:
        return replace(self, host=host)

    # -- what is called often

    async def state(self) -> dict[str, Any]:
        return await self(0xEDD4882A)

    async def difference(self, state: dict[str, Any], limit: int | None = None) -> dict[str, Any]:
        most = b"" if limit is None else i(limit)
        flags = u(0 if limit is None else 1)
        return await self(0x25939651, flags, i(state["pts"]), most, i(state["date"]), i(state["qts"]))

    async def posts(self, channel: bytes, pts: int, limit: int = 100) -> dict[str, Any]:
        return await self(0x03173D78, u(0), channel, u(0x94D42EE7), i(pts), i(limit))

    async def say(self, peer: bytes, text: str, reply_to: int = 0, random: int = 0) -> dict[str, Any]:
        reply = i(reply_to) if reply_to else b""
        random = random or next(self.randoms)
        return await self(0x520C3870, u(1 if reply_to else 0), peer, reply, s(text), l(random))

    async def dialogs(self) -> dict[str, Any]:
        return await self(0xA0F4CB4F, u(0), i(0), i(0), u(0x7F3B18EA), i(100), l(0))

    async def hash_of(self, peer_id: int) -> int:
        found = await self.dialogs()
        return next(int(each["hash"]) for each in found["chats"] + found["users"] if each["id"] == peer_id)

    async def peer(self, chat: str) -> bytes:
        """Of a supergroup or channel."""
        return u(0x27BCBBFC) + l(int(chat)) + l(await self.hash_of(int(chat)))

    async def channel(self, chat: str) -> bytes:
        return u(0xF35AEC28) + (await self.peer(chat))[4:]

    async def user(self, person: str) -> bytes:
        return u(0xDDE8A54C) + l(int(person)) + l(await self.hash_of(int(person)))


@dataclass(frozen=True)
class Scene:
    """Our account in a supergroup with Sara."""

    simulator: EitaaSimulator
    hand: Control
    wire: Wire
    me: str
    phone: str
    sara: str
    family: str


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with (
        EitaaSimulator() as simulator,
        Control(simulator.control_url) as hand,
        aiohttp.ClientSession() as session,
    ):
        mine = await hand.bots("هم‌پیام", "hampayam")
        sara = await hand.people("Sara", "sara_here")
        family = await hand.chats("group", "خانواده", creator=sara)
        await hand.members(family, mine.id)
        wire = Wire(session, simulator.url, mine.details["session"], mine.details["imei"])
        yield Scene(simulator, hand, wire, mine.id, mine.details["phone"], sara, family)


@pytest.fixture
async def ours(scene: Scene) -> AsyncIterator[Ours]:
    """Has begun at the present."""
    async with opened(scene) as ours:
        await ours.poll()
        yield ours


@pytest.fixture(params=["supergroup", "basic"])
async def place(request: pytest.FixtureRequest, ours: Ours) -> Place:
    if request.param == "supergroup":
        return Place(ours, ours.scene.family, ours.family)
    return await basic_group(ours, "کوچک")

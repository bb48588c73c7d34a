"""(e) What reading TL costs, beside what `json.loads` costs on the same content."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from bridge.platforms.eitaa.tl import TL, Codec
from tests.bench.figures import Finding
from tests.bench.plan import Run

TARGET = 25.0
CHUNKS, READS = 40, 5

_WORDS = "سلام، فردا ساعت چند می‌رسی؟ قرارمان همان جای همیشگی است، اگر دیر شد خبر بده."


def difference_sample(codec: Codec, messages: int = 100) -> TL:
    """A difference as a busy group gives it: one message in ten carries a file, one a photo, one an action."""
    new = codec.new
    users = [_user(codec, number) for number in range(messages // 4)]
    chats = [_channel(codec, number) for number in range(messages // 20)]
    said = [_message(codec, number) for number in range(messages)]
    state = new("updates.state", pts=4711, qts=12, date=1_760_000_000, seq=99, unread_count=3)
    reads = [new("updateReadHistoryOutbox", peer=new("peerUser", user_id=5), max_id=9, pts=4700, pts_count=0)]
    return new(
        "updates.difference",
        new_messages=said,
        new_encrypted_messages=[],
        other_updates=reads,
        chats=chats,
        users=users,
        state=state,
    )


def _user(codec: Codec, number: int) -> TL:
    photo = codec.new("userProfilePhoto", photo_id=2**40 + number, stripped_thumb=b"\1" * 30, dc_id=1)
    return codec.new(
        "user",
        contact=number % 3 == 0,
        id=10_000_000 + number,
        access_hash=-(2**60) + number,
        first_name=f"سارا {number}",
        last_name="احمدی",
        username=f"sara_{number}" if number % 2 else None,
        photo=photo,
        status=codec.new("userStatusOffline", was_online=1_760_000_000 - number),
    )


def _channel(codec: Codec, number: int) -> TL:
    return codec.new(
        "channel",
        megagroup=True,
        id=20_000_000 + number,
        access_hash=2**61 + number,
        title=f"خانواده {number}",
        photo=codec.new("chatPhotoEmpty"),
        date=1_750_000_000,
        default_banned_rights=codec.new("chatBannedRights", send_polls=True, until_date=2**31 - 1),
        participants_count=42,
    )


def _message(codec: Codec, number: int) -> TL:
    new = codec.new
    header: dict[str, Any] = {
        "id": 1000 + number,
        "from_id": new("peerUser", user_id=10_000_000 + number % 25),
        "peer_id": new("peerChannel", channel_id=20_000_000 + number % 5),
        "date": 1_760_000_000 + number,
        "reply_to": new("messageReplyHeader", reply_to_msg_id=990 + number) if number % 4 == 0 else None,
    }
    if number % 10 == 9:
        return new("messageService", **header, action=new("messageActionChatAddUser", users=[10_000_001, 10_000_002]))
    bold = new("messageEntityBold", offset=0, length=4)
    return new(
        "message",
        **header,
        silent=number % 7 == 0,
        message=_WORDS if number % 3 else _WORDS * 3,
        media={3: _photo, 6: _document}.get(number % 10, lambda *_: None)(codec, number),
        entities=[bold, new("messageEntityUrl", offset=6, length=5)] if number % 5 == 0 else None,
        edit_date=1_760_000_100 if number % 8 == 0 else None,
    )


def _photo(codec: Codec, number: int) -> TL:
    new = codec.new
    sizes = [new("photoSize", type=name, w=side, h=side, size=side * 100) for name, side in (("m", 320), ("x", 800))]
    photo = new(
        "photo",
        id=2**50 + number,
        access_hash=2**55,
        file_reference=b"\7" * 25,
        date=1_760_000_000,
        sizes=[new("photoStrippedSize", type="i", bytes=b"\2" * 40), *sizes],
        dc_id=1,
    )
    return new("messageMediaPhoto", photo=photo)


def _document(codec: Codec, number: int) -> TL:
    new = codec.new
    document = new(
        "document",
        id=2**51 + number,
        access_hash=2**56,
        file_reference=b"\7" * 25,
        date=1_760_000_000,
        mime_type="audio/ogg",
        size=123_456,
        dc_id=1,
        attributes=[new("documentAttributeAudio", voice=True, duration=9, waveform=b"\3" * 63)],
    )
    return new("messageMediaDocument", document=document)


def as_json(value: Any) -> Any:
    """The same content for `json`: what is absent is left out, bytes are base64."""
    if isinstance(value, TL):
        fields = {name: as_json(getattr(value, name)) for name in value.tl_fields}
        return {"_": value.tl_name} | {name: each for name, each in fields.items() if each not in (None, False)}
    if isinstance(value, list):
        return [as_json(each) for each in value]
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


async def measure(run: Run) -> None:
    run.tell("(e) reading a difference of Eitaa's user protocol")
    found = compared(CHUNKS, READS)
    finding = Finding("(e) Reading a difference of 100 messages in TL, beside the same content in JSON")
    finding.add("decode", "ms", [ours * 1000 for ours, _ in found])
    finding.add("json.loads", "ms", [theirs * 1000 for _, theirs in found])
    ratio = finding.add("decode : json.loads", "", [ours / theirs for ours, theirs in found])
    finding.judge(ratio, "at most", TARGET)
    run.found(finding)


def compared(chunks: int, reads: int) -> list[tuple[float, float]]:
    """Seconds of a decode and of a `json.loads`, chunk by chunk in turn: a change of the machine's speed meets both."""
    codec = Codec()
    sample = difference_sample(codec)
    tl = codec.encode(sample)
    text = json.dumps(as_json(sample), ensure_ascii=False, separators=(",", ":")).encode()
    if codec.decode(tl) != sample:
        raise ValueError("what was written is not what is read")
    return [(_cost(lambda: codec.decode(tl), reads), _cost(lambda: json.loads(text), reads)) for _ in range(chunks)]


def _cost(call: Callable[[], object], reads: int) -> float:
    started = time.perf_counter()
    for _ in range(reads):
        call()
    return (time.perf_counter() - started) / reads

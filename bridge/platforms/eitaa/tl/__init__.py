"""The TL of Eitaa's user protocol: bytes ↔ objects.

    codec = Codec()
    message = codec.decode(data)              # <TL message>
    message.peer_id.tl_name                   # 'peerUser'
    message.reply_to                          # None, where there is none
    call = codec.new("messages.sendMessage", peer=codec.new("inputPeerSelf"), message="سلام", random_id=7)
    packed = codec.encode(call)
    body = codec.encode(codec.new("eitaaObject", token="", imei="", packed_data=packed, layer=135, flags=32))

Eitaa speaks Telegram's TL without MTProto around it: an HTTPS body is one `eitaaObject`, its answer one object,
packed or not. What the server refuses is an object too (`error`, `eitta_error`, `rpc_error`, the token's markers);
what cannot be read or written raises a TLError, whose text is safe to log.

`schema.tl` says what there is. Sources: Telegram's TL documentation and public schemas, the schemas that Eitaa's web
client (layer 135) and Android client (layer 137) carry, the public projects EitaaSharp and eitaa-cli.
"""

from bridge.platforms.eitaa.tl.codec import DEPTH, UNPACKED, Codec
from bridge.platforms.eitaa.tl.errors import (
    BadGzip,
    DecodeError,
    Misplaced,
    TLError,
    TooDeep,
    TrailingBytes,
    Truncated,
    UnknownConstructor,
    Unwritable,
)
from bridge.platforms.eitaa.tl.objects import TL
from bridge.platforms.eitaa.tl.schema import Schema

__all__ = [
    "DEPTH",
    "TL",
    "UNPACKED",
    "BadGzip",
    "Codec",
    "DecodeError",
    "Misplaced",
    "Schema",
    "TLError",
    "TooDeep",
    "TrailingBytes",
    "Truncated",
    "UnknownConstructor",
    "Unwritable",
]

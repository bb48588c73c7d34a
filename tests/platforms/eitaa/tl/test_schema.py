from __future__ import annotations

import re
import time
import zlib
from keyword import iskeyword
from pathlib import Path

import pytest

from bridge.platforms.eitaa.tl import Codec, reading
from bridge.platforms.eitaa.tl import schema as module
from bridge.platforms.eitaa.tl.schema import REST, Schema, element

TEXT = Path(module.__file__).with_name("schema.tl").read_text(encoding="utf-8")
SCHEMA = Schema.of_eitaa()
LINES = [line for line in TEXT.splitlines() if line and not line.startswith(("//", "---"))]

EITAAS = """
EitaaNotification_button EitaaNotification_message account.getPasswordLayer68 auth.authorization auth.checkPassword2
auth.sentCode auth.signUp channel channel_layer133 channelFull chatInvitePreview chatPhoto_layer126 clientRequestAPK
config eitaaAppInfo eitaaIosObject eitaaObject eitaaRefreshToken eitaa_token_updating eitaa_updates_expire_token
eitaa_updates_token eitta_error getSocketToken inputPeerPhotoFileLocation liveStream liveStreamStateBroadcasting
liveStreamStateEnded liveStreamStateEnded2 liveStreamStateInit messageMediaLiveStream messageMediaLiveStream_layer135
messages.EitaaCheckChatInvite sendTwoStepVerificationCode updateEitaaNotification upload.saveBigFilePart user
verifyTwoStepVerificationCode
"""

KNOWN = """
account.getNotifySettings 12b3ad31
auth.authorization cd050916
auth.authorizationSignUpRequired 44747e9a
auth.logOut 5717da40
auth.resendCode 3ef1a9bf
auth.sendCode a677244f
auth.sentCode 5e002502
auth.signIn bcd51581
auth.signUp 80eee427
channel c6d14312
channels.deleteMessages 84c1fd4e
channels.getChannels 0a7f6bbb
channels.getFullChannel 08736a09
channels.getMessages 93d7b347
channels.getParticipants 77ced9d0
channels.joinChannel 24b524c5
channels.readHistory cc104937
chat 41cbf256
clientRequestAPK 7abe77ee
codeSettings debebe83
config 330b4067
contacts.importContacts 2c800be5
contacts.resolveUsername f93ccba3
dialog 2c171f72
document 1e87342b
eitaaAppInfo 61796de9
eitaaIosObject 71c2d22c
eitaaObject 7abe77ed
eitaaRefreshToken dc452369
eitaa_token_updating dc252375
eitaa_updates_expire_token dc252379
eitaa_updates_token a56c1a31
error c4b9f9bb
fileLocationToBeDeprecated bc7fc6cd
getSocketToken 62933e64
help.getConfig c4f9186b
inputDocumentFileLocation bad07584
inputFile f52ff27f
inputFileBig fa4f0bb5
inputMediaUploadedDocument 5b38c6c1
inputMediaUploadedPhoto 1e287d04
inputPeerChannel 27bcbbfc
inputPeerChat 35a95cb9
inputPeerSelf 7da07ec9
inputPeerUser dde8a54c
inputPhotoFileLocation 40181ffe
message 85d6cbe2
messageFwdHeader 5f777dce
messageMediaDocument 9cb070d7
messageMediaPhoto 695150d7
messageReactions b87a24d1
messageReplyHeader a6d57763
messageService 2b085862
messages.EitaaCheckChatInvite 1e3bfa75
messages.deleteMessages e58e95d2
messages.editMessage 48f71778
messages.forwardMessages d9fee60e
messages.getDialogs a0f4cb4f
messages.getFullChat aeb00b34
messages.getHistory 4423e6c5
messages.getMessages 4222fa74
messages.getMessagesReactions 8bba90e6
messages.importChatInvite 6c50051c
messages.readHistory 0e306d3a
messages.sendMedia 3491eba9
messages.sendMessage 520c3870
messages.sendMultiMedia cc0110cb
messages.sendReaction 25690ce4
messages.uploadMedia 519bc2b1
peerChannel a2a5371e
peerChat 36c6019a
peerUser 59511722
photo fb197a65
photoSize 75c78e60
photoSize_layer127 77bfb61b
reactionCount 6fb250d1
rpc_error 2144ca19
updateChannelTooLong 108d941f
updateDeleteChannelMessages c32d5b12
updateDeleteMessages a20db0e5
updateEditChannelMessage 1b3f4df7
updateEditMessage e40370a3
updateEitaaNotification 042795d4
updateMessageReactions 154798c3
updateNewChannelMessage 62ba04d9
updateNewMessage 1f2b0afd
updateReadChannelInbox 922e6e10
updateReadChannelOutbox b75f99a9
updateReadHistoryInbox 9c974fdf
updateReadHistoryOutbox 2f2f21bf
updateShort 78d4dec1
updateShortChatMessage 4d6deea5
updateShortMessage 313bc7f8
updateShortSentMessage 9015e101
updateUserTyping c01e857f
updates 74ae4240
updates.channelDifference 2064674e
updates.channelDifferenceEmpty 3e11affb
updates.channelDifferenceTooLong a4bcc6fe
updates.difference 00f49ca0
updates.differenceEmpty 5d75a138
updates.differenceSlice a8fb1981
updates.differenceTooLong 4afe8f6d
updates.getChannelDifference 03173d78
updates.getDifference 25939651
updates.getState edd4882a
updates.state a56c2a3e
updatesCombined 725b04c3
updatesTooLong e317af7e
upload.file 096a18d5
upload.getFile b15a9afc
upload.saveBigFilePart de7b673d
upload.saveFilePart b304a621
user ecd26dcb
users.getFullUser ca30a5b1
users.getUsers 0d91a548
"""
"""Ids as they were seen on Eitaa's wire and in its clients, not computed from our lines."""


def checksum(line: str) -> int:
    """The id that TL gives to a definition: the CRC-32 of its text without ids, bits and brackets."""
    text = re.sub(r"#[0-9a-f]{8}", "", line.partition(";")[0], count=1)
    text = re.sub(r" \w+:\w+\.\d+\?true\b", "", text)
    text = re.sub(r"(:|\?)bytes\b", r"\1string", text)
    return zlib.crc32(text.replace("<", " ").replace(">", "").encode())


def test_every_line_is_a_definition_that_the_parser_sees() -> None:
    assert len(LINES) == len(SCHEMA.by_key)


def test_an_id_is_its_lines_checksum_unless_a_remark_says_that_it_is_eitaas() -> None:
    written = {int(line.partition("#")[2][:8], 16): line for line in LINES}
    differing = {each.name for each in SCHEMA if checksum(written[each.id]) != each.id}
    assert differing == {each.name for each in SCHEMA if each.is_eitaas} == set(EITAAS.split())


@pytest.mark.parametrize(("name", "id"), [line.split() for line in KNOWN.strip().splitlines()])
def test_a_name_has_the_id_that_was_seen(name: str, id: str) -> None:
    assert f"{SCHEMA.by_name[name].id:08x}" == id


def test_what_the_reader_knows_by_itself_has_the_ids_that_tl_gives() -> None:
    assert zlib.crc32(b"vector t:Type # [ t ] = Vector t").to_bytes(4, "little") == reading.VECTOR
    assert zlib.crc32(b"boolTrue = Bool").to_bytes(4, "little") == reading.TRUE
    assert zlib.crc32(b"boolFalse = Bool").to_bytes(4, "little") == reading.FALSE
    assert zlib.crc32(b"gzip_packed packed_data:string = Object").to_bytes(4, "little") == reading.GZIP_PACKED


def test_every_field_can_be_read_and_named() -> None:
    types = (
        {each.type for each in SCHEMA if not each.is_method} | set(reading.FIXED) | {"string", "bytes", "true", "Bool"}
    )
    for definition in SCHEMA:
        words: set[str] = set()
        names = [field.name for field in definition.fields]
        assert len(names) == len(set(names)) == len(definition.body.split()), definition.name
        for field in definition.fields:
            kind = field.type
            while (inner := element(kind)) is not None:
                kind = inner
            assert kind in types, f"{definition.name}.{field.name}"
            assert not iskeyword(field.name)
            assert not field.name.startswith("tl_")
            assert field.word in words | {"", REST}, f"{definition.name}.{field.name} stands before its word"
            words |= {field.name} if field.is_word else set()


def test_only_what_stands_alone_may_end_with_the_data() -> None:
    """`rest?` asks whether data is left, which means nothing inside another object."""
    ending = [each for each in SCHEMA if any(field.word == REST for field in each.fields)]
    used = {field.type for each in SCHEMA for field in each.fields}
    for each in ending:
        words = [field.word for field in each.fields]
        assert words == sorted(words, key=lambda word: word == REST), each.name
        assert not used & {each.type, f"Vector<{each.type}>"}


def test_a_schema_with_a_name_or_an_id_twice_is_refused() -> None:
    line = "peerUser#59511722 user_id:long = Peer;\n"
    for twice in (line * 2, line + line.replace("59511722", "00000001"), line + line.replace("peerUser", "peer")):
        with pytest.raises(ValueError, match="twice"):
            Schema(twice + "---functions---\n")


def test_a_start_does_not_wait_for_the_schema() -> None:
    def seconds() -> float:
        started = time.perf_counter()
        Codec()
        return time.perf_counter() - started

    assert min(seconds() for _ in range(5)) < 0.05

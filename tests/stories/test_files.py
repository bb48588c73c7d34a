"""Pictures, voices and files reach every app as they were sent, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bridge.model import MediaKind
from bridge.sandbox.control import NewFile, Seen
from bridge.sandbox.conversation import Conversation
from bridge.sandbox.reading import copied
from bridge.sandbox.verdict import MATRIX
from bridge.sandbox.world import World
from tests.platforms.files import FILES, Made
from tests.stories.conftest import TALKATIVE, nothing_that_people_said_was_kept

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHATS = ("rubika", "bale", "soroush", "eitaa")
SPEAKERS = {"rubika": "رضا", "bale": "سارا", "soroush": "سهراب", "eitaa": "الهام", MATRIX: "مینا"}
KINDS: tuple[MediaKind, ...] = ("photo", "voice", "video", "audio", "document")
MSGTYPES = {"photo": "m.image", "voice": "m.audio", "video": "m.video", "audio": "m.audio", "document": "m.file"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talk(tmp_path_factory: pytest.TempPathFactory, synapse_template: Path) -> AsyncIterator[Conversation]:
    folder = tmp_path_factory.mktemp("files") / "world"
    async with World(folder, template=synapse_template, accounts=("eitaa",), config=TALKATIVE) as world:
        mina = await world.matrix_manager("mina")
        talk = Conversation(world, await world.share("عکس‌ها", *CHATS, host=mina), mina)
        await talk.introduce("rubika", "رضا")
        await talk.rename("مینا")
        yield talk
        await nothing_that_people_said_was_kept(world)


async def shows(talk: Conversation, place: str, made: Made, body: bytes, words: str) -> None:
    """Somebody sends a file with words below it."""
    if place != MATRIX:
        messenger, group = talk.world[place], talk.shared.groups[place]
        messenger.said.append(words)
        person = await messenger.person(SPEAKERS[place])
        # Rubika's apps name their voice notes so, and nothing else tells them from music.
        name = f"voice_{made.name}" if (place, made.kind) == ("rubika", "voice") else made.name
        file = NewFile(body, name, made.mime)
        await messenger.control.say(group.id, person, words, kind=made.kind, file=file)
        return
    assert talk.host is not None
    talk.world.said.append(words)
    info = {"mimetype": made.mime, "size": len(body)}
    content: dict[str, Any] = {"msgtype": MSGTYPES[made.kind], "body": words, "filename": made.name, "info": info}
    if made.kind == "voice":
        content["org.matrix.msc3245.voice"] = {}
    await talk.host.person.send_file(talk.room, body, content, made.mime)


def unlike(made: Made, source: str) -> bytes:
    """The same kind of file, and another one for each who sends it."""
    return made.body + source.encode()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source", [*CHATS, MATRIX])
async def test_a_file_is_the_same_in_every_app(talk: Conversation, source: str, kind: MediaKind) -> None:
    made, words = FILES[kind], f"از {source}: {kind}"
    body = unlike(made, source)
    await shows(talk, source, made, body, words)
    label = talk.label(source, SPEAKERS[source])
    for place in CHATS:
        if place == source:
            continue

        def is_it(seen: Seen) -> bool:
            return seen.by == "api" and (copied(seen.text) or ("", ""))[1] == words

        seen = await talk.world[place].wait_for(talk.shared.groups[place], is_it)
        assert copied(seen.text) == (label, words)
        assert seen.file is not None, place
        assert (seen.file.size, seen.file.sha256) == (len(body), hashlib.sha256(body).hexdigest()), place
    if source != MATRIX:
        assert talk.host is not None
        event = await talk.host.person.first(talk.room, lambda event: event.body == words)
        assert await talk.host.person.file_of(event) == body
        assert event.content["msgtype"] == MSGTYPES[kind]
        assert event.content["info"]["size"] == len(body)
        assert ("org.matrix.msc3245.voice" in event.content) == (kind == "voice")


async def test_a_channel_that_is_only_written_to_gets_the_same_files(world: World) -> None:
    talk = Conversation(world, await world.share("پوشه", "bale", "eitaa"))
    for kind in KINDS:
        made, words = FILES[kind], f"برای کانال: {kind}"
        body = unlike(made, "channel")
        await shows(talk, "bale", made, body, words)
        seen = await world["eitaa"].copy_of(talk.shared.groups["eitaa"], words)
        assert copied(seen.text) == (talk.label("bale", SPEAKERS["bale"]), words)
        assert seen.file is not None
        assert (seen.file.size, seen.file.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    await world.settled()


async def test_corrected_words_below_a_photo_are_corrected_everywhere(talk: Conversation) -> None:
    messenger, group = talk.world["eitaa"], talk.shared.groups["eitaa"]
    await shows(talk, "eitaa", FILES["photo"], unlike(FILES["photo"], "corrected"), "باق ما")
    (said,) = [seen for seen in await messenger.transcript(group) if seen.text == "باق ما"]
    copies = {}
    for place in ("rubika", "bale", "soroush"):
        copies[place] = await talk.world[place].wait_for(
            talk.shared.groups[place], lambda seen: seen.text.endswith("باق ما")
        )
    await messenger.corrects(group, said.message_id, "باغ ما")
    assert talk.host is not None
    await talk.host.person.first(talk.room, lambda event: event.corrected == "باغ ما")
    await talk.world.settled()
    for place, copy in copies.items():
        (now,) = [
            seen
            for seen in await talk.world[place].transcript(talk.shared.groups[place])
            if seen.message_id == copy.message_id
        ]
        assert (copied(now.text) or ("", ""))[1] == "باغ ما", place
        assert now.file == copy.file


async def test_files_survive_a_kill_and_come_once(talk: Conversation) -> None:
    bodies = {source: unlike(FILES["document"], f"killed {source}") for source in ("bale", "eitaa")}
    await talk.world.bridge_kill()
    for source, body in bodies.items():
        await shows(talk, source, FILES["document"], body, f"پس از مرگ {source}")
    await talk.world.bridge_start()
    for source in bodies:
        await talk.world["rubika"].copy_of(talk.shared.groups["rubika"], f"پس از مرگ {source}")
    await talk.world.settled()
    for source, body in bodies.items():
        hashes = [
            seen.file.sha256
            for seen in await talk.world["soroush"].transcript(talk.shared.groups["soroush"])
            if seen.file is not None and "پس از مرگ" in seen.text
        ]
        assert hashes.count(hashlib.sha256(body).hexdigest()) == 1, source

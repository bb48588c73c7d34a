"""Our own words to the chats of a login: in order for each chat, at least once, some with a picture above them."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from dataclasses import replace

from bridge.core.lanes import Lanes, backoff
from bridge.core.pacing import CHANGE, FILE, Pacer
from bridge.core.people.qr import qr_png
from bridge.core.render import measure
from bridge.errors import InDoubt, Refused, Retry
from bridge.outgoing import Outgoing, OutgoingFile
from bridge.ports import Session
from bridge.store.database import Store
from bridge.store.doubts import Doubts
from bridge.store.inbox import Login
from bridge.store.ledger import Ledger
from bridge.store.ledger_rows import Key, Route
from bridge.store.notices import Notice, Notices

log = logging.getLogger("hampayam.outbox")

_TRIES = 3
"""How often a picture is tried. The words matter more, and others wait behind them."""
_MIME = "image/png"


class Noticing:
    """`drain` is the work of a lane for each chat. `clock` tells Unix milliseconds."""

    def __init__(
        self,
        login: Login,
        session: Session,
        store: Store,
        ledger: Ledger,
        notices: Notices,
        lanes: Lanes,
        pacer: Pacer,
        clock: Callable[[], int],
    ) -> None:
        self._login = login
        self._session = session
        self._store = store
        self._doubts = Doubts(store)
        self._ledger = ledger
        self._notices = notices
        self._lanes = lanes
        self._pacer = pacer
        self._clock = clock
        self.stopping = False
        """Nothing more is begun: the next run goes on."""

    async def drain(self, chat: str) -> None:
        while not self.stopping and (notice := await self._notices.next(self._login.id, chat)):
            ids = await self._sent(chat, notice) if notice.text else []
            async with self._store.transaction():
                await self._notices.done(notice.id)
                if ids and notice.about is not None:
                    await self._doubts.put(self._login.id, chat, ids[-1], notice.about)
                if ids:  # a channel may tell us our own words without saying whose they are
                    keys = [Key(self._login.id, chat, id) for id in ids]
                    await self._ledger.route([Route(key, "withheld", self._clock(), reason="notice") for key in keys])

    async def _sent(self, chat: str, notice: Notice) -> list[str]:
        """The ids of what surely arrived. A picture that does not go is not missed: the words say the same."""
        words = Outgoing(
            notice.text,
            notice.reply_to,
            client_id=f"notice-{notice.id}",
            buttons=notice.buttons,
            bar=notice.bar,
        )
        ids: list[str] = []
        if notice.qr and (picture := self._drawn(notice.qr)) is not None:
            able = self._session.capabilities
            below = measure(notice.text, able.text_unit) <= min(able.caption_limit, able.text_limit)
            shown = await self._shown(chat, picture, words, below)
            if shown is not None:
                ids.append(shown)
                if below:
                    return ids
        attempt = 0
        while True:
            try:
                async with self._pacer.turn(chat, CHANGE):
                    if not self._store.held:
                        raise Retry("another bridge may have the database")
                    return [*ids, await self._session.send(chat, words)]
            except Retry as error:
                await self._rest(error, attempt)
                attempt += 1
            except (InDoubt, Refused) as error:
                log.info("a notice to %s was not confirmed: %s", self._login.platform, type(error).__name__)
                return ids

    async def _rest(self, error: Retry, attempt: int) -> None:
        """Before the next try; after a flood that is when its turn comes."""
        if not error.flood:
            await self._lanes.sleep(backoff(attempt) if error.after is None else error.after)

    def _drawn(self, text: str) -> bytes | None:
        """None: it fits into no picture, or into none that the app shows."""
        able = self._session.capabilities
        if "photo" not in able.files or _MIME not in able.formats.get("photo", (_MIME,)):
            return None
        try:
            picture = qr_png(text)
        except ValueError:
            log.warning("a QR code could not be made of %s characters", len(text))
            return None
        return picture if len(picture) <= able.files["photo"] else None

    async def _shown(self, chat: str, picture: bytes, words: Outgoing, below: bool) -> str | None:
        """The id of the picture's message, with the words `below` it; None where it does not go, or may not have."""
        message = replace(words, caption=True) if below else Outgoing("", client_id=f"{words.client_id}/qr")
        for attempt in range(_TRIES):
            file = OutgoingFile("photo", "qr.png", _MIME, len(picture), io.BytesIO(picture))
            try:
                async with self._pacer.turn(chat, FILE):
                    return (await self._session.send_file(chat, file, message)).id
            except Retry as error:
                if attempt < _TRIES - 1:
                    await self._rest(error, attempt)
            except (InDoubt, Refused) as error:
                log.info("a picture to %s was not confirmed: %s", self._login.platform, type(error).__name__)
                return None
        return None

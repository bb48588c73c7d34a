"""What people and chats look like on the simulated Bale: getChat alone tells.

picture {of, base64}: of a person or a chat, by its id; without base64 it is taken away.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bridge.platforms.simulation import Upload, Verb

from .simulator_media import StoredFile

if TYPE_CHECKING:
    from .simulator import BaleSimulator


class Faces:
    def __init__(self, sim: BaleSimulator) -> None:
        self._sim = sim
        self._pictures: dict[str, StoredFile] = {}

    def verbs(self) -> Mapping[str, Verb]:
        return {"picture": self.picture}

    def picture(self, body: dict[str, Any]) -> dict[str, Any]:
        of = str(body["of"])
        self._pictures.pop(of, None)
        if body.get("base64") is not None:
            upload = Upload(None, "image/jpeg", base64.b64decode(str(body["base64"])))
            self._pictures[of] = self._sim.files.add("photo", "photo", upload)
        return {}

    def of(self, id: str) -> dict[str, Any]:
        """The field of ChatFullInfo, if there is one."""
        stored = self._pictures.get(id)
        if stored is None:
            return {}
        names = stored.ids()
        small = {"small_file_id": f"{names['file_id']}0", "small_file_unique_id": f"{names['file_unique_id']}s"}
        big = {"big_file_id": names["file_id"], "big_file_unique_id": names["file_unique_id"]}
        return {"photo": small | big}

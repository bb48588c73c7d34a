"""The two other hosts of the simulated Rubika: where files go up, and where they come from.

Whoever has an address needs no token there. What the page leaves open is in the options: how long addresses live,
whether one takes a second upload, in which form too much is refused.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from bridge.platforms.simulation import FormError, TooLarge, Upload, read_form

from .simulator_forms import INVALID_ACCESS, INVALID_INPUT

if TYPE_CHECKING:
    from .simulator import RubikaSimulator

MB = 1024 * 1024
LIMITS = {
    "File": 50 * MB,
    "Image": 10 * MB,
    "Video": 50 * MB,
    "Voice": 50 * MB,
    "Music": 50 * MB,
    "Gif": 50 * MB,
}
"""Largest sizes in bytes by the type of an upload; documented for File, Image and Video, assumed for the others."""
SHOWN_AS = {
    "File": "document",
    "Image": "photo",
    "Video": "video",
    "Voice": "voice",
    "Music": "audio",
    "Gif": "animation",
}
"""As what people see a file: its upload alone decides that, not the call that sends it."""
BROWSER = "Mozilla/"


@dataclass(frozen=True, slots=True)
class StoredFile:
    file_id: str
    kind: str
    upload: Upload

    def shown(self) -> dict[str, str]:
        """No type, no kind, no measures: Rubika tells none."""
        name = self.upload.filename or ""
        return {"file_id": self.file_id, "file_name": name, "size": str(len(self.upload.body))}


class Files:
    """What was uploaded, and the addresses that were given out."""

    def __init__(self, simulator: RubikaSimulator) -> None:
        self._sim = simulator
        self._files: dict[str, StoredFile] = {}
        self._slots: dict[str, str] = {}
        self._links: dict[str, tuple[StoredFile, float]] = {}

    def upload_url(self, upload_type: str) -> str:
        key = secrets.token_hex(16)
        self._slots[key] = upload_type
        return f"{self._sim.url}/upload/{key}"

    def download_url(self, stored: StoredFile) -> str:
        key = secrets.token_hex(16)
        self._links[key] = (stored, self._sim.world.clock())
        return f"{self._sim.url}/download/{key}"

    def keep(self, kind: str, upload: Upload) -> StoredFile:
        stored = StoredFile(secrets.token_hex(16), kind, upload)
        self._files[stored.file_id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    async def on_upload(self, request: web.Request) -> web.StreamResponse:
        async def work() -> web.Response:
            key, options = request.match_info["key"], self._sim.options
            if (upload_type := self._slots.get(key)) is None:
                return self._sim.error(INVALID_ACCESS, "unknown upload_url")
            if upload_type == "Voice" and options.voices_refused:
                return self._sim.error("SERVER_ERROR", "internal error")
            try:
                form = await read_form(request, LIMITS[upload_type] + 65536)
            except TooLarge:
                return self._too_large(upload_type)
            except FormError:
                return self._sim.error(INVALID_INPUT, "unreadable")
            if (file := form.files.get("file")) is None or not file.filename:
                return self._sim.error(INVALID_INPUT, "one part named file, with a file name, is needed")
            if len(file.body) > LIMITS[upload_type]:
                return self._too_large(upload_type)
            if options.upload_urls_once:
                del self._slots[key]
            data = {"file_id": self.keep(SHOWN_AS[upload_type], file).file_id}
            bare = self._sim.faults.take({"bare_file_id"}, "upload")
            return web.json_response(data if bare else {"status": "OK", "data": data})

        return await self._sim.call(request, "upload", None, work)

    def _too_large(self, upload_type: str) -> web.Response:
        if self._sim.options.too_large_as_page:
            return _page(413, "Request Entity Too Large")
        return self._sim.error(INVALID_INPUT, f"too large for {upload_type}")

    async def on_download(self, request: web.Request) -> web.StreamResponse:
        async def work() -> web.Response:
            stored, given = self._links.get(request.match_info["key"], (None, 0.0))
            options, faults = self._sim.options, self._sim.faults
            if options.browsers_only and not request.headers.get("User-Agent", "").startswith(BROWSER):
                return _page(403, "Forbidden")
            late = self._sim.world.clock() - given > options.link_seconds
            if stored is None or late or faults.take({"expired_link"}, "download"):
                return _page(404, "Not Found")
            body = stored.upload.body
            response = web.Response(body=body, content_type="application/octet-stream")
            if faults.take({"half_a_file"}, "download"):
                headers = {"Content-Length": str(len(body))}
                response = web.Response(body=body[: len(body) // 2], headers=headers)
                response.force_close()
            return response

        return await self._sim.call(request, "download", None, work)


def _page(status: int, title: str) -> web.Response:
    return web.Response(status=status, text=f"<html><h1>{status} {title}</h1></html>", content_type="text/html")

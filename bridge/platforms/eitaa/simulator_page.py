"""placeholder"""

from __future__ import annotations
from typing import TYPE_CHECKING
from collections.abc import Iterable
from aiohttp import web

if TYPE_CHECKING:
    from .simulator import EitaaSimulator


class Page:
    def __init__(self, sim: EitaaSimulator) -> None:
        self._sim = sim

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        return []

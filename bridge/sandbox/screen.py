"""What the demo and the sandbox write into a terminal; plain lines where there is none."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

BOLD, DIM, RED, GREEN, CYAN = "1", "2", "31", "32", "36"


class Screen:
    """Lines with the seconds since the beginning in front. Colours only for a terminal, and not with NO_COLOR."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out if out is not None else sys.stdout
        self.live = self._out.isatty()
        """Whether somebody is looking."""
        self._colours = self.live and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._began = time.monotonic()

    def step(self, text: str) -> None:
        """One step of the start, with the time it was reached."""
        self.line(self.painted(f"{self.seconds:6.1f} s", DIM) + f"  {text}")

    def line(self, text: str = "") -> None:
        print(text, file=self._out, flush=True)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def painted(self, text: str, *codes: str) -> str:
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self._colours else text

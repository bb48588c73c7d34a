"""`launcher.py FILE …` runs the bridge with a clock that can be set while it runs: what it takes for the time is off by
as many seconds as stand in FILE (`tests/soak/clock.py`). Clocks that only count what has passed stay as they are."""

from __future__ import annotations

import mmap
import runpy
import struct
import sys
import time


def main() -> None:
    with open(sys.argv.pop(1), "rb") as file:
        seconds = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    true = time.time

    def told() -> float:
        return true() + float(struct.unpack_from("d", seconds)[0])

    time.time = told
    time.time_ns = lambda: int(told() * 1e9)
    del sys.path[0]  # this folder
    runpy.run_module("bridge", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

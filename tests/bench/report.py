"""docs/benchmarks.md: what was measured, on what, with which command."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.bench.figures import Finding
from tests.bench.stage import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("matrix-synapse", "mautrix", "aiohttp", "uvloop", "asyncpg", "cryptography")

_INTRODUCTION = """\
# Benchmarks

Written by the command below; nothing here is typed by hand. Run it on your own machine.

How to read it: absolute figures change by a factor of two with the mood of a machine, so everything that can be is a
ratio within one run. Chunks alternate (bare loop, bridge, bare loop again); a round's ratio is the bridge's chunk
against the mean of the two around it, and the two against each other (A/A) say what chance does. A ratio within that
noise counts as equal. Every chunk is also a proof: each line must arrive exactly once and in order, or there are no
figures at all.

- The *bare loop* is the homeserver's own ceiling: a plain aiohttp program, an appservice like the bridge, that puts the
  same events into rooms of the same shape, one request in flight for each room, and waits for them to come back. It
  runs on asyncio's own event loop; the bridge and the simulators run as they are shipped, on uvloop.
- *Said* is when a person's words are in a chat of one simulated messenger, *seen* when the copy is in the chat of the
  other. Both simulators, the homeserver, and the bridge are processes of their own, and share the machine's cores.
- *Throughput* is counted from the moment when a pile of messages is handed over to the bridge until the last is seen.
- The fake homeserver does next to nothing for a request; it shows what the bridge itself can do, and nothing else.
- *Then* (p) is the bridge of an earlier commit, which has the same simulators and a fake homeserver like it of its own
  and takes turns with today's: how much more, or less, a plain text costs by now.
- *All well*, *flooded*, *switched off* (o): two messengers while a third takes what is said to it, takes far less, or
  is suspended by an admin. The same is said everywhere in all of them.
- *After a kill* (k): people talk on; counted is from the start of the process, or with a second bridge from the kill
  of the first, to the first message that is seen on the other messenger.
- *Large : small* (h) is the same work beside little and beside much: a consent decision among few people and among
  many, random pairs, every other one with a grant; and a private chat with few conversations and with many, where one
  is answered and the bot says something with its bar. Chunks alternate (small, large, small again), in the bench's own
  process, and what an answer writes is rolled back. PostgreSQL's tables are analysed, SQLite's are not, as in earnest.
"""


def page(findings: Sequence[Finding], command: str) -> str:
    met = sum(target.met for finding in findings for target in finding.targets)
    targets = sum(len(finding.targets) for finding in findings)
    lines = [
        _INTRODUCTION,
        "## This run",
        "",
        f"- Command: `{command}`",
        f"- Date: {datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M} UTC",
        f"- Machine: {machine()}",
        f"- Versions: {versions()}",
        f"- Targets met: {met} of {targets}",
        "",
        "## Figures",
        "",
    ]
    for finding in findings:
        lines += finding.markdown()
    return "\n".join(lines)


def write(findings: Sequence[Finding], command: str) -> Path:
    PAGE.write_text(page(findings, command), encoding="utf-8")
    return PAGE


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.release()}"


def _processor() -> str:
    try:
        for each in Path("/proc/cpuinfo").read_text().splitlines():
            if each.startswith("model name"):
                return each.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def versions() -> str:
    packages = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return ", ".join([f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}", *packages])

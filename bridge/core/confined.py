"""Run a program that reads bytes of strangers: nice to others, with limits, and no longer than who started it.

    python -I -S confined.py PARENT_PID CPU_SECONDS LARGEST_FILE PROGRAM [ARGUMENT ...]

It replaces itself by the program, so the process id stays. It is a program of its own and not a function between fork
and exec, because that is unsafe in a process with threads. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys

PR_SET_PDEATHSIG = 1
MEMORY = 1_500_000_000
"""Bytes of address space."""


def main(parent: int, seconds: int, largest: int, program: list[str]) -> None:
    os.nice(10)
    for kind, most in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, largest),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(kind, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == parent:
        os.execv(program[0], program)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])

"""Run a program on a leash: it ends when the process that started it does, however that one ends.

    python -I -S leash.py PARENT_PID DEATH_SIGNAL USER_OR_EMPTY PROGRAM [ARGUMENT ...]

It replaces itself by the program, so the process id stays. It is a program of its own and not a function
between fork and exec, because that is unsafe in a process with threads. Standard library only: it runs
without site-packages.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import sys

PR_SET_PDEATHSIG = 1


def main(parent: int, death_signal: int, user: str, program: list[str]) -> None:
    if user:
        account = pwd.getpwnam(user)
        os.initgroups(user, account.pw_gid)
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
        os.environ.update(HOME=account.pw_dir, USER=user, LOGNAME=user)
    # After the change of user, which would clear it.
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        return  # the parent ended before the leash was on
    try:
        os.execvp(program[0], program)
    except OSError as error:
        sys.exit(f"cannot run {program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])

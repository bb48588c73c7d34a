"""A disk of a few megabytes, to be filled."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Not a byte more goes onto it."""
        with self._filler.open("ab", buffering=0) as filler, contextlib.suppress(OSError):
            while filler.write(bytes(4096)):
                pass

    def make_room(self) -> None:
        self._filler.unlink()


class NoDisk(Exception):
    """None can be mounted here: only root may."""


@contextlib.contextmanager
def disk_of(folder: Path, megabytes: int) -> Iterator[SmallDisk]:
    """Mounts it at `folder`, which everybody can enter. Raises NoDisk."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=755"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        raise NoDisk
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int = 16) -> Iterator[SmallDisk]:
    """Mounts it at `folder`; where that cannot be the test is skipped."""
    try:
        with disk_of(folder, megabytes) as disk:
            yield disk
    except NoDisk:
        pytest.skip("a small disk cannot be mounted here")


def can_be_mounted() -> bool:
    try:
        with tempfile.TemporaryDirectory() as folder, disk_of(Path(folder), 1):
            return True
    except (NoDisk, FileNotFoundError):
        return False

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.core.fakes import Hold
from tests.core.kit import Core
from tests.core.opening import opened


@pytest.fixture
async def core(tables_url: str) -> AsyncIterator[Core]:
    """On both databases."""
    async with opened(tables_url) as core:
        yield core


@pytest.fixture
async def small_core(tmp_path: Path) -> AsyncIterator[Core]:
    """On SQLite alone, where the database is not what is looked at."""
    async with opened(f"sqlite:///{tmp_path / 'bridge.db'}") as core:
        yield core


@pytest.fixture
def hold() -> Hold:
    return Hold()

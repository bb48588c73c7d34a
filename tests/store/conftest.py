from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.keys import Keys
from bridge.store import Store


@pytest.fixture
async def store(tables_url: str) -> AsyncIterator[Store]:
    """An open, empty database of either kind."""
    store = Store(tables_url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def keys() -> Keys:
    return Keys(b"k" * 32)

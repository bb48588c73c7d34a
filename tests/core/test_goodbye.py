"""/export and /forget in a private chat."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bridge.errors import Refused
from tests.core.kit import Core
from tests.core.office import office
from tests.core.parlour import SARA, Parlour


@pytest.fixture
async def parlour(small_core: Core) -> AsyncIterator[Parlour]:
    async with office(small_core) as bureau:
        made = Parlour(bureau)
        await made.open()
        yield made


async def test_an_export_comes_as_one_page_into_the_persons_own_chat(parlour: Parlour) -> None:
    session = parlour.office.sessions["bale"]
    session.able(files={"document": 1_000_000})
    parlour.office.live.leg("bale").able = session.capabilities
    await parlour.befriended()
    await parlour.says(SARA, "something that stands nowhere")
    await parlour.says(SARA, "/export")
    ((chat, file, body),) = session.files
    assert (chat, file.name, file.mime) == (SARA, "hampayam.html", "text/html")
    page = body.decode()
    assert parlour.mxid(SARA) in page
    assert "Reza" in page
    assert "something that stands nowhere" not in page


async def test_where_no_file_can_go_it_is_said_so(parlour: Parlour) -> None:
    await parlour.starts(SARA)
    await parlour.says(SARA, "/export")
    assert "Files cannot be sent here" in parlour.last(SARA)
    session = parlour.office.sessions["bale"]
    session.able(files={"document": 1_000_000})
    session.will_not_change(Refused("not today"))
    await parlour.says(SARA, "/export")
    assert "Files cannot be sent here" in parlour.last(SARA)


async def test_nobody_is_forgotten_by_a_slip(parlour: Parlour) -> None:
    await parlour.starts(SARA)
    await parlour.says(SARA, "/forget")
    assert "cannot be undone" in parlour.last(SARA)
    assert parlour.office.town.forgotten == []
    await parlour.taps(SARA, "🗑")
    assert parlour.office.town.forgotten == [parlour.mxid(SARA)]
    assert "it has begun" in parlour.last(SARA)

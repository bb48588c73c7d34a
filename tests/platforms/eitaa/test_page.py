"""The public page of a channel, simulated: what somebody sees who only reads HTML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.platforms.eitaa.conftest import Scene


@dataclass(frozen=True)
class News:
    scene: Scene
    channel: str

    async def read(self, path: str, **more: Any) -> tuple[int, str, Any]:
        async with self.scene.wire.session.get(f"{self.scene.wire.url}/{path}", **more) as answer:
            return answer.status, await answer.text(), answer.headers

    async def page(self, path: str = "demo_news") -> str:
        status, page, _ = await self.read(path)
        assert status == 200
        return page

    async def says(self, text: str, **more: Any) -> str:
        return (await self.scene.hand.say(self.channel, self.scene.sara, text, **more)).message_id


@pytest.fixture
async def news(scene: Scene) -> News:
    channel = await scene.hand.chats("channel", "اخبار <نو>", username="demo_news", creator=scene.sara)
    return News(scene, channel)


def posts(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'data-post="demo_news/(\d+)"', page)]


async def test_a_page_has_the_last_twenty_posts_and_older_ones_before_them(news: News) -> None:
    for number in range(1, 46):
        await news.says(f"خبر {number}")
    assert posts(await news.page()) == list(range(26, 46))
    assert posts(await news.page("s/demo_news?before=26")) == list(range(6, 26))
    assert posts(await news.page("demo_news?before=6")) == list(range(1, 6))
    assert posts(await news.page("Demo_News?before=1")) == []
    assert posts(await news.page("demo_news/7")) == posts(await news.page("s/demo_news/7")) == [7]


async def test_a_page_shows_what_a_reader_looks_for(news: News) -> None:
    first = await news.says("سطر یک\nسطر <دو> https://example.org/a?b=1&c=2 @someone 🙂")
    await news.says("پاسخ", reply_to=first)
    await news.scene.hand.own("views", chat=news.channel, message_id=first, views=1233)
    page = await news.page()
    assert "<span>اخبار &lt;نو&gt;</span>" in page
    assert 'سطر یک<br/>سطر &lt;دو&gt; <a href="https://example.org/a?b=1&amp;c=2"' in page
    assert '<a href="/someone"' in page
    assert "<b>🙂</b></i>" in page
    assert 'class="etme_widget_message_views" data-count="1234"' in page
    assert f'class="etme_widget_message_reply" href="/demo_news/{first}"' in page
    assert re.search(r'<time class="time" datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00">', page)
    assert page.count('class="etme_widget_message_service_date"') == 1


async def test_edits_show_and_deleted_posts_are_gone(news: News) -> None:
    first, second = await news.says("غلط"), await news.says("دوم")
    await news.scene.hand.edit(news.channel, first, "درست")
    await news.scene.hand.delete(news.channel, second)
    page = await news.page()
    assert (posts(page), "درست" in page, "غلط" in page) == ([int(first)], True, False)
    assert "etme_widget_message_error" in await news.page(f"demo_news/{second}")


async def test_entities_and_forwards_are_shown(news: News) -> None:
    other = await news.scene.hand.chats("channel", "دیگر", username="other_news", creator=news.scene.sara)
    bold = [
        {"type": "messageEntityBold", "offset": 2, "length": 2},
        {"type": "messageEntityTextUrl", "offset": 5, "length": 1, "url": 'https://x.y/"'},
    ]
    text = {"text": "🙂مت ن", "entities": bold}
    said = await news.scene.hand.own("post", chat=other, person=news.scene.sara, **text)
    where = {"chat": news.channel, "person": news.scene.sara, "from": other, "message_id": said["message_id"]}
    await news.scene.hand.own("forward", **where)
    page = await news.page()
    assert '<b>مت</b> <a href="https://x.y/&quot;" target="_blank">ن</a>' in page
    assert f'class="etme_widget_message_forwarded_from_name" href="/other_news/{said["message_id"]}">دیگر<' in page


async def test_photos_come_as_bytes_in_preview_size(news: News) -> None:
    await news.says("در کوه", kind="photo")
    await news.says("", kind="video")
    page = await news.page()
    [path, thumb] = re.findall(r"background-image:url\('(/photo/\d+\.jpg)'\)", page)
    assert 'class="etme_widget_message_video_thumb"' in page
    assert '<time class="message_video_duration">0:03</time>' in page
    async with news.scene.wire.session.get(news.scene.wire.url + path) as answer:
        assert (answer.content_type, len(await answer.read())) == ("image/jpeg", 1500)
    assert thumb != path
    await news.scene.hand.options(page_relative_photos=False)
    assert f"url('{news.scene.wire.url}{path}')" in await news.page()


async def test_the_older_prefix_and_missing_views_can_be_had(news: News) -> None:
    await news.says("x")
    await news.scene.hand.options(page_prefix="tgme", page_views=False)
    page = await news.page()
    assert 'class="tgme_widget_message" data-post' in page
    assert "etme_" not in page
    assert "_views" not in page


async def test_other_names_have_a_card_or_nothing(news: News) -> None:
    await news.scene.hand.chats("group", "گروه", username="open_group", creator=news.scene.sara)
    await news.scene.hand.chats("group", "بسته", username="joinchat/AbC123", creator=news.scene.sara)
    for path, title in (("sara_here", "Sara"), ("open_group", "گروه"), ("joinchat/AbC123", "بسته")):
        page = await news.page(path)
        assert f'<div class="etme_page_title"><span>{title}</span></div>' in page
        assert "data-post" not in page
    assert '<meta property="og:description" content="2 عضو">' in await news.page("joinchat/AbC123")
    for path in ("nobody_here", "joinchat/none", "nobody_here/3"):
        assert "etme_page_title" not in await news.page(path)


async def test_posts_by_eitaayar_and_by_accounts_are_on_the_page(news: News) -> None:
    scene = news.scene
    url = f"{scene.wire.url}/api/{scene.simulator.world.bots[scene.me].token}/sendMessage"
    async with scene.wire.session.post(url, json={"chat_id": "demo_news", "text": "از ایتایار"}) as answer:
        assert answer.status == 200
    assert "از ایتایار" in await news.page()


@pytest.mark.parametrize(
    ("kind", "ask"),
    [
        ("etag", lambda h: {"If-None-Match": h["ETag"]}),
        ("modified", lambda h: {"If-Modified-Since": h["Last-Modified"]}),
        ("both", lambda h: {"If-None-Match": h["ETag"], "If-Modified-Since": "nonsense"}),
    ],
)
async def test_a_page_that_has_not_changed_is_not_sent_again(
    news: News, kind: str, ask: Callable[[Any], dict[str, str]]
) -> None:
    await news.scene.hand.options(page_validators=kind)
    await news.says("یک")
    _, _, headers = await news.read("demo_news")
    status, body, _ = await news.read("demo_news", headers=ask(headers))
    assert (status, body) == (304, "")
    await news.says("دو")
    status, body, _ = await news.read("demo_news", headers=ask(headers))
    assert (status, posts(body)) == (200, [1, 2])


async def test_without_validators_a_page_always_comes_whole_and_it_can_fail(news: News) -> None:
    await news.scene.hand.options(page_validators="none")
    _, _, headers = await news.read("demo_news")
    assert "ETag" not in headers
    assert "Last-Modified" not in headers
    await news.scene.hand.fault("status", method="page", chat=news.channel, status=503)
    await news.scene.hand.fault("flood", method="page", chat=news.channel, retry_after=9)
    assert (await news.read("demo_news"))[0] == 503
    status, _, headers = await news.read("demo_news")
    assert (status, headers["Retry-After"]) == (429, "9")
    assert [call.status for call in await news.scene.hand.calls("page")] == [200, 503, 429]

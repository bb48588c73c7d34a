"""What the link of an address leads to: the code, and a button for each messenger. For people's browsers.

Whether anybody has that code is not looked up, so the page is the same for every code that can be one, and tells
nothing. It has no scripts, loads nothing and keeps nothing.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Callable, Mapping, Sequence

from aiohttp import web

from bridge.ports import Door
from bridge.texts import LANGUAGES, say

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1b22; --paper: #faf9fc; --card: #fff; --line: #d8d5e0; --soft: #5c5866;
  --button: #3b4cca; --on: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #eceaf2; --paper: #17161c; --card: #23222a; --line: #413e4c;
  --soft: #b3afbf; --button: #9aa6ff; --on: #14163a } }
* { box-sizing: border-box }
body { margin: 0; padding: 1.25rem; background: var(--paper); color: var(--ink); line-height: 1.8;
  font-family: Vazirmatn, Vazir, "Noto Sans Arabic", Tahoma, system-ui, sans-serif }
main { max-width: 30rem; margin: 0 auto }
h1 { font-size: 1.35rem; line-height: 1.5; margin: .5rem 0 }
p { margin: .5rem 0; overflow-wrap: anywhere }
[lang=en] { color: var(--soft); font-size: .925rem; line-height: 1.6 }
.code { font: 600 2rem/1.2 ui-monospace, monospace; letter-spacing: .08em; text-align: center; padding: 1rem;
  margin: 1rem 0; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  user-select: all; -webkit-user-select: all }
.typed { font-size: 1.125rem; letter-spacing: 0 }
a { display: block; margin: .75rem 0; padding: .75rem 1rem; min-height: 3.5rem; border-radius: .75rem;
  background: var(--button); color: var(--on); text-align: center; text-decoration: none; font-weight: 600 }
a span { display: block }
a [lang=en] { color: inherit; font-weight: 400 }
a:focus-visible { outline: 3px solid var(--ink); outline-offset: 3px }
ul { list-style: none; margin: .5rem 0; padding: 0 }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


class AddressPage:
    """`read` gives a code and how it is shown, None for what can be none; `doors` tells where it leads to now."""

    def __init__(self, read: Callable[[str], tuple[str, str] | None], doors: Callable[[str], Sequence[Door]]) -> None:
        self._read = read
        self._doors = doors

    def add_to(self, app: web.Application, path: str) -> None:
        app.router.add_get(path + "{code:.*}", self._answer)  # and HEAD

    async def _answer(self, request: web.Request) -> web.Response:
        known = self._read(request.match_info["code"])
        if known is None:
            return _page(404, _said("p", "me_unknown"))
        code, shown = known
        doors = self._doors(code)
        typed = f"/to {shown}"
        return _page(
            200,
            _said("h1", "me_title", second="p"),
            f'<p class="code" dir="ltr">{html.escape(shown)}</p>',
            _said("p", "me_intro"),
            *(_button(door) for door in doors if door.link.startswith("https://")),
            _said("p", "me_type"),
            f'<p class="code typed" dir="ltr">{html.escape(typed)}</p>',
            "<ul>",
            *(f"<li>{_name(door)}: <bdi>@{html.escape(door.username)}</bdi></li>" for door in doors),
            "</ul>",
        )


def _button(door: Door) -> str:
    return f'<a href="{html.escape(door.link)}" rel="noreferrer">{_said("span", "me_open", platform=door.titles)}</a>'


def _name(door: Door) -> str:
    names = dict.fromkeys(door.titles[language] for language in LANGUAGES)
    return " · ".join(f"<bdi>{html.escape(name)}</bdi>" for name in names)


def _said(tag: str, key: str, second: str = "", **values: object) -> str:
    """A sentence in each language. `second` is the element of the others."""
    lines = []
    for number, language in enumerate(LANGUAGES):
        name = second or tag if number else tag
        direction = "rtl" if language == "fa" else "ltr"
        words = html.escape(say(key, (language,), "\n", **values))
        lines.append(f'<{name} lang="{language}" dir="{direction}">{words}</{name}>')
    return "\n".join(lines)


def _page(status: int, *parts: str) -> web.Response:
    body = "\n".join(part for part in parts if part)
    page = f"""<!doctype html>
<html lang="fa" dir="rtl">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>هم‌پیام · Hampayam</title>
<style>{_STYLE}</style>
</head>
<body><main>
{body}
</main></body>
</html>
"""
    return web.Response(status=status, text=page, content_type="text/html", headers=_HEADERS)

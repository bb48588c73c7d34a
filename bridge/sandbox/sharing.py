"""Links groups to one room, by nothing but the commands that people have for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bridge.sandbox.control import Seen
from bridge.sandbox.manager import Manager
from bridge.sandbox.messenger import Group, Messenger
from bridge.sandbox.reading import heard

PEOPLE: Mapping[str, tuple[str, ...]] = {
    "rubika": ("رضا", "ریحانه"),
    "bale": ("سارا", "بابک"),
    "soroush": ("سهراب", "سیما"),
    "eitaa": ("الهام",),
}
"""An admin and a member for each platform's groups; in a channel only admins write."""


class NotLinked(RuntimeError):
    """The bridge answered otherwise than a link needs; the message has its words."""


@dataclass(frozen=True)
class Shared:
    """A room that groups share. `number` is the bridge's own for it, `room` the Matrix id."""

    title: str
    number: int
    room: str
    groups: Mapping[str, Group]
    """By the messenger's name."""


async def share(
    title: str,
    messengers: Mapping[str, Messenger],
    people: Mapping[str, Sequence[str]],
    operator: Manager,
    host: Manager | None = None,
) -> Shared:
    """A new group on each of `people`'s messengers, all in one room. The first person named is the group's admin.

    With a `host` the room begins on Matrix, and they are in it; else the first two-way group asks for it. Returns
    when every chat has been told that it is linked. Raises NotLinked, TimeoutError.
    """
    groups = {
        name: await messengers[name].group(f"{title} · {messengers[name].titles['en']}".replace(" · ", " "), *who)
        for name, who in people.items()
    }
    two_way = [name for name in people if messengers[name].two_way]
    others = [name for name in people if name not in two_way]
    number, room = 0, ""
    if host is not None:
        number, _ = _code_for_room(await host.command("link"))
        room = await host.person.invited()
        await host.person.join(room)
    for name in two_way:
        messenger, group = messengers[name], groups[name]
        if host is not None:
            _, code = _code_for_room(await host.command(f"link {number}"))
        elif name == two_way[0]:
            continue
        else:
            code = await ask_for_code(messengers[two_way[0]], groups[two_way[0]], operator)
        await join(messenger, group, code, operator)
    if host is None:
        first = groups[two_way[0]]
        if len(two_way) == 1:
            await ask_for_code(messengers[two_way[0]], first, operator)  # the room begins with the first request
        number, _ = (await operator.rooms())[first.title]
    for name in others:
        await link_one_way(messengers[name], groups[name], number, operator)
    if host is None:
        await linked(messengers[two_way[0]], first)
        _, room = (await operator.rooms())[first.title]
    return Shared(title, number, room, groups)


def _code_for_room(answer: str) -> tuple[int, str]:
    told = heard("code_for_room", answer)
    if told is None:
        raise NotLinked(f"link: {answer}")
    return int(told["number"]), told["code"]


async def ask_for_code(messenger: Messenger, group: Group, operator: Manager) -> str:
    """`/link` in a group; where the messenger cannot tell who is an admin, the operator approves it."""
    answer = await messenger.answer_to(group, group.admin, "/link")
    if heard("wait_for_operator", answer.text) is not None:
        await approve(group, operator)
        answer = await messenger.wait_for(
            group, lambda seen: heard("approved_code", seen.text) is not None, after=answer.index
        )
    told = heard("code", answer.text) or heard("approved_code", answer.text)
    if told is None:
        raise NotLinked(f"{messenger.name}: {answer.text}")
    return told["code"]


async def join(messenger: Messenger, group: Group, code: str, operator: Manager) -> None:
    """`/join CODE` in a group, up to the word that it is linked."""
    said = await messenger.says(group, group.admin, f"/join {code}")

    def told(seen: Seen) -> bool:
        return seen.by == "api" and (seen.reply_to == said or heard("link_made", seen.text) is not None)

    answer = await messenger.wait_for(group, told)
    if heard("wait_for_operator", answer.text) is not None:
        await approve(group, operator)
    elif heard("link_made", answer.text) is None:
        raise NotLinked(f"{messenger.name}: {answer.text}")
    await linked(messenger, group)


async def approve(group: Group, operator: Manager) -> None:
    answer = await operator.command(f"approve {(await operator.pending())[group.title]}")
    if heard("approved", answer) is None:
        raise NotLinked(f"approve: {answer}")


async def link_one_way(messenger: Messenger, group: Group, room: int, operator: Manager) -> None:
    """The operator ties a channel that we only post in; the code that is posted there proves that it is theirs."""
    answer = await operator.command(f"link {messenger.name} {group.username or group.id} {room}")
    if heard("proof_posted", answer) is None:
        raise NotLinked(f"link {messenger.name}: {answer}")
    posted = await messenger.wait_for(group, lambda seen: heard("proof", seen.text) is not None)
    answer = await operator.command("approve " + (heard("proof", posted.text) or {})["code"])
    if heard("approved", answer) is None:
        raise NotLinked(f"approve: {answer}")
    await messenger.wait_for(group, lambda seen: heard("link_made_one_way", seen.text) is not None)


async def linked(messenger: Messenger, group: Group) -> Seen:
    return await messenger.wait_for(group, lambda seen: heard("link_made", seen.text) is not None)

"""What Eitaa's apps show in another look, and the entities by which they tell one another. Offsets count UTF-16."""

from __future__ import annotations

from typing import Any

from bridge.platforms.simulation import ControlError, Look

ENTITIES = {
    "messageEntityBold": "bold",
    "messageEntityItalic": "italic",
    "messageEntityUnderline": "underline",
    "messageEntityStrike": "strike",
    "messageEntityCode": "code",
    "messageEntityPre": "pre",
    "messageEntityTextUrl": "link",
    "messageEntityMentionName": "mention",
    "messageEntityBlockquote": "quote",
}
VALUES = {"pre": "language", "link": "url", "mention": "user_id"}


def looks_of(text: str, entities: list[dict[str, Any]]) -> tuple[Look, ...]:
    units = text.encode("utf-16-le", "surrogatepass")
    looks = []
    for entity in entities:
        if (kind := ENTITIES.get(entity["type"])) is not None:
            first, last = entity["offset"], entity["offset"] + entity["length"]
            words = units[2 * first : 2 * last].decode("utf-16-le", "replace")
            looks.append(Look(kind, words, str(entity.get(VALUES.get(kind, ""), ""))))
    return tuple(looks)


def made_entities(text: str, looks: tuple[Look, ...]) -> list[dict[str, Any]]:
    """What a person's app makes of it. There is no spoiler."""
    names = {kind: name for name, kind in ENTITIES.items()}
    made = []
    for look in looks:
        if look.kind not in names:
            raise ControlError(f"people cannot write {look.kind} here")
        before = text[: text.index(look.words)].encode("utf-16-le", "surrogatepass")
        entity: dict[str, Any] = {
            "type": names[look.kind],
            "offset": len(before) // 2,
            "length": len(look.words.encode("utf-16-le", "surrogatepass")) // 2,
        }
        if look.kind in VALUES:
            entity[VALUES[look.kind]] = int(look.value) if look.kind == "mention" else look.value
        made.append(entity)
    return made

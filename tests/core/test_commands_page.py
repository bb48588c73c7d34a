"""docs/commands.md and the declarations say the same."""

from __future__ import annotations

from pathlib import Path

from bridge.core.commands.declared import DECLARED, page
from bridge.texts.sentences import SENTENCES

DOCS = Path(__file__).parents[2] / "docs" / "commands.md"


def test_the_page_about_the_commands_is_what_the_declarations_say() -> None:
    assert DOCS.read_text(encoding="utf-8") == page(), "python -m bridge.core.commands.declared > docs/commands.md"


def test_every_command_has_a_persian_word_and_a_help_in_both_languages() -> None:
    for command in DECLARED:
        assert any("\u0600" <= word[0] <= "\u06ff" for word in command.words)
        assert set(SENTENCES[f"help_{command.name}"]) == {"fa", "en"}
        assert not command.arguments or command.arguments in SENTENCES

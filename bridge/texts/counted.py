"""Sentences that have forms by number. The value named `count` chooses the form; a language that needs none (a Persian
noun behind a number never changes) has just a sentence."""

from __future__ import annotations

from collections.abc import Mapping

COUNTED: Mapping[str, Mapping[str, str | Mapping[str, str]]] = {}

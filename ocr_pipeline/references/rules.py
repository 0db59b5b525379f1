"""The word lists and patterns of references.toml and relations.toml, parsed."""

from __future__ import annotations

import functools
from typing import Any, Final

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import unify
from ocr_pipeline.references.pinpoints import PinpointRules
from ocr_pipeline.references.relations import RelationRules

_WORD: Final = regex.compile(r"[^\s,;:.“”\"‘’()\[\]\n…]+")


class ReferenceRules:
    """The rules of one folder; words are unified, so that hoà and hòa, Ủy and ủy are one."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        rules: dict[str, Any] = dictionaries.toml("references.toml")
        issuers = rules["issuers"]
        self.heads = _phrases(issuers["heads"])
        self.stops = _phrases(issuers["stops"])
        self.small_stops = frozenset(unify(word) for word in issuers["small_stops"])
        self.capital_stops = frozenset(issuers["capital_stops"])
        self.small_words = frozenset(unify(word) for word in issuers["small_words"])
        self.complete = _phrases(issuers["complete"])
        self.extensions = frozenset(unify(word) for word in issuers["extensions"])
        self.after_and = _phrases(issuers["after_and"])
        self.after_comma = _phrases(issuers["after_comma"])
        self.before_number = frozenset(unify(word) for word in issuers["before_number"])
        self.lead = frozenset(unify(word) for word in issuers["lead"])
        self.connections = _phrases(rules["before"]["connections"])
        self.bodies = {body: _phrases(heads) for body, heads in rules["bodies"].items()}
        self.pinpoints = PinpointRules(rules["pinpoint"])
        self.unnumbered = regex.compile(rules["unnumbered"]["pattern"])
        self.relations = RelationRules(dictionaries.toml("relations.toml"))


def _phrases(texts: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(unify(word.strip(",")) for word in text.split()) for text in texts)


def words_between(text: str, start: int, end: int) -> list[regex.Match[str]]:
    """The words of a stretch, without the signs around them."""
    return list(_WORD.finditer(text, start, end))


@functools.cache
def reference_rules(dictionaries: Dictionaries) -> ReferenceRules:
    """The rules of one folder, read once."""
    return ReferenceRules(dictionaries)

"""The word lists and patterns of references.toml and relations.toml, parsed, and what a text is read with."""

from __future__ import annotations

import functools
from typing import Any, Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import split_tone, unify
from ocr_pipeline.references.pinpoints import PinpointRules
from ocr_pipeline.references.relations import Heads, RelationRules
from ocr_pipeline.symbols.issuer_names import IssuerNames, issuer_names

_WORD: Final = regex.compile(r"[^\s,;:.“”\"‘’()\[\]\n…]+")
_SYLLABLE: Final = regex.compile(r"(?<![\p{L}\d])\p{Ll}{2,}(?![\p{L}\d])")
# In running Vietnamese three words in four have a mark; so many words are looked at, so few are too few to tell.
_MARKED, _LOOKED_AT, _FEWEST = 0.45, 4000, 8


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
        self.extensions = frozenset(unify(word) for word in issuers["extensions"])
        self.after_and = _phrases(issuers["after_and"])
        self.after_comma = _phrases(issuers["after_comma"])
        self.before_number = frozenset(unify(word) for word in issuers["before_number"])
        self.terms = tuple((numeral, day) for numeral, day in issuers["terms"])
        self.lead = frozenset(unify(word) for word in issuers["lead"])
        before = rules["before"]
        self._connections = _phrases(
            [*before["connections"], *(f"{a} {v}".strip() for a in ("", *before["adverbs"]) for v in before["verbs"])]
        )
        self.bodies = {body: _phrases(heads) for body, heads in rules["bodies"].items()}
        self.pinpoints = PinpointRules(rules["pinpoint"])
        self.unnumbered = regex.compile(rules["unnumbered"]["pattern"])
        self.relations = RelationRules(dictionaries.toml("relations.toml"))
        self.places = _phrases([row[0] for row in dictionaries.rows("places.tsv")] + issuers["places"])
        self.surnames = frozenset(unify(row[0]) for row in dictionaries.rows("surnames.tsv"))

    def connects(self, words: tuple[str, ...]) -> bool:
        """Whether the words stand between an issuer and a document that it issues."""
        return words in self._connections


def _phrases(texts: list[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(unify(word.strip(",")) for word in text.split()) for text in texts)


def words_between(text: str, start: int, end: int) -> list[regex.Match[str]]:
    """The words of a stretch, without the signs around them."""
    return list(_WORD.finditer(text, start, end))


class Context(NamedTuple):
    """What a text is read with: the rules, the known names, whether its words have lost their marks, its enumerations."""

    dictionaries: Dictionaries
    rules: ReferenceRules
    names: IssuerNames
    damaged: bool
    heads: Heads


def context_of(flowing: str, dictionaries: Dictionaries) -> Context:
    """The rules of a folder for one text."""
    rules = reference_rules(dictionaries)
    return Context(dictionaries, rules, issuer_names(dictionaries), is_damaged(flowing), Heads(flowing, rules.relations))


def is_damaged(text: str) -> bool:
    """Whether most words of a text have lost their marks, as they do under a recogniser of another language.

    >>> is_damaged("Can cu Nghi dinh cua Chinh phu quy dinh chi tiet mot so dieu")
    True
    """
    found = _SYLLABLE.finditer(text)
    words = [word.group() for word, _ in zip(found, range(_LOOKED_AT), strict=False)]
    marked = sum(_is_marked(word) for word in words)
    return len(words) >= _FEWEST and marked < _MARKED * len(words)


@functools.lru_cache(maxsize=1 << 15)
def _is_marked(word: str) -> bool:
    base, tone = split_tone(word)
    return bool(tone) or not base.isascii()


@functools.cache
def reference_rules(dictionaries: Dictionaries) -> ReferenceRules:
    """The rules of one folder, read once."""
    return ReferenceRules(dictionaries)

"""How far the name of an issuer goes, as its sentence writes it."""

from __future__ import annotations

from typing import Final, NamedTuple

import regex

from ocr_pipeline.orthography import unify
from ocr_pipeline.references.rules import ReferenceRules, words_between

# Names are read up to this many words and characters.
_MOST_WORDS, _REACH = 24, 220
_LONGEST_PHRASE, _LONGEST_NAME = 3, 9
_AND: Final = unify("và")
_TRAILING: Final = frozenset({_AND, "-", "–", "của", "&"})
_JOINING: Final = frozenset({_AND, "-", "–", "&"})
_NUMERALS: Final = frozenset(map(unify, ("nhất", "hai", "ba", "tư", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười", "một")))
_LEADING, _LED, _WORK = unify("chỉ"), frozenset(map(unify, ("đạo", "huy"))), unify("tác")
# After these a word with a capital is a name, whatever it means elsewhere: Bộ Kế hoạch và Đầu tư.
_KINDS: Final = frozenset(
    map(unify, ("bộ", "sở", "ban", "cục", "vụ", "phòng", "viện", "tâm", "tổ", "đoàn", "khoa", "trường", "báo"))
)
# Heads that are also written small.
_SMALL_HEADS: Final = frozenset(map(unify, ("sở", "bộ", "tỉnh", "ủy", "huyện", "thành")))
_PAUSE: Final = regex.compile(r"[;:“”\"()\[\]\n…]|\.(?=\s|$)")


class Named(NamedTuple):
    """The name of an issuer and its place."""

    start: int
    end: int
    name: str


class _Walk:
    """Reads a name word by word until it ends."""

    def __init__(self, text: str, start: int, rules: ReferenceRules, *, joint: bool) -> None:
        self._text, self._rules, self._joint = text, rules, joint
        self._words = words_between(text, start, min(len(text), start + _REACH))[: _MOST_WORDS + 2]
        self._keys = [unify(word.group()) for word in self._words]

    def end(self) -> int | None:
        """Where the name ends; None where no issuer's name begins here."""
        if not self._words or not self._begins(0):
            return None
        k = 1
        while k < len(self._words) and k < _MOST_WORDS and self._goes_on(k):
            k += 1
        while k > 1 and self._keys[k - 1] in _TRAILING:
            k -= 1
        return self._words[k - 1].end()

    def _begins(self, k: int) -> bool:
        return self._phrase(k, self._rules.heads) and not self._phrase(k, self._rules.stops)

    def _phrase(self, k: int, phrases: frozenset[tuple[str, ...]]) -> bool:
        return any(tuple(self._keys[k : k + n]) in phrases for n in range(1, _LONGEST_PHRASE + 1))

    def _goes_on(self, k: int) -> bool:
        """Whether word ``k`` belongs to the name that the words before it are."""
        between = self._text[self._words[k - 1].end() : self._words[k].start()]
        word, key, last = self._words[k].group(), self._keys[k], self._keys[k - 1]
        if _PAUSE.search(between) or ("." in between and last not in ("tp", "tx", "tt")):
            return False
        if self._complete(k):
            return key in self._rules.extensions or self._joined(k, between)
        if "," in between:
            return self._joins(k, self._rules.after_comma)
        if last in _JOINING:
            return self._joins(k, self._rules.after_and)
        if last in self._rules.before_number and (word.isdigit() or word[:1].isupper() or key in _NUMERALS):
            return True
        if any(c.isdigit() for c in word) and not word[0].isalpha():
            return False
        return not self._stops(k)

    def _complete(self, k: int) -> bool:
        """Whether the words before ``k`` end with a name that is whole."""
        if self._keys[k - 1] in _JOINING:
            return False
        return any(tuple(self._keys[k - n : k]) in self._rules.complete for n in range(1, min(k, _LONGEST_NAME) + 1))

    def _joined(self, k: int, between: str) -> bool:
        """Whether another organ follows a whole name, where several issue together."""
        if not self._joint or not (self._keys[k] in _JOINING or "," in between):
            return False
        return self._begins(k + 1 if self._keys[k] in _JOINING else k)

    def _joins(self, k: int, phrases: frozenset[tuple[str, ...]]) -> bool:
        """After "và", a dash or a comma: the rest of the name, or another organ where several issue together."""
        if self._phrase(k, phrases):
            return True
        another = self._begins(k)
        comma = "," in self._text[self._words[k - 1].end() : self._words[k].start()]
        return self._joint if another else self._words[k].group()[0].isupper() and not comma and not self._stops(k)

    def _stops(self, k: int) -> bool:
        word, key, rules = self._words[k].group(), self._keys[k], self._rules
        if key == _LEADING and self._words[k + 1 : k + 2] and self._keys[k + 1] in _LED and self._keys[k - 1] in ("ban", "bộ"):
            return False
        if key == "công" and self._keys[k + 1 : k + 2] == [_WORK] and self._keys[k - 1] == "ban":
            return False
        if self._phrase(k, rules.stops):
            # With a capital after the kind of the organ the words are its name: Bộ Kế hoạch và Đầu tư.
            return word[0].islower() or self._keys[k - 1] not in _KINDS
        if word[0].islower():
            return key in rules.small_stops or key not in rules.small_words
        return word in rules.capital_stops


def issuer_at(text: str, start: int, rules: ReferenceRules, *, joint: bool = False) -> Named | None:
    """The issuer whose name begins at an offset; ``joint``: several may be named one after the other."""
    end = _Walk(text, start, rules, joint=joint).end()
    if end is None:
        return None
    words = words_between(text, start, end)
    return Named(words[0].start(), end, " ".join(text[words[0].start() : end].split()))


def issuer_before(text: str, low: int, end: int, rules: ReferenceRules) -> Named | None:
    """The issuer whose name ends at an offset: the longest one that begins after ``low``."""
    words = words_between(text, low, end)
    for word in words[-_MOST_WORDS:]:
        first = word.group()[0]
        if not first.isupper() and unify(word.group()) not in _SMALL_HEADS:
            continue
        named = issuer_at(text, word.start(), rules)
        if named and not text[named.end : end].strip(" ,"):
            return named
    return None

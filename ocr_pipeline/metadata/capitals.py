"""Names printed in capitals, as they are written in running text."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.orthography import fold, is_syllable, split_tone, unify

_TOKEN = regex.compile(r"\p{L}+\.?|[^\p{L}\s]+")
_LONGEST = 5
# Words of a place behind a damaged tỉnh, that word counted.
_LONGEST_PLACE = 5
# Cost of a word that was never counted in an organ's name, and of one written small that should not be: natural
# logarithms, as the costs of the counted stretches are.
_UNKNOWN = 14.0
# What it costs to take a stretch whose marks were recognised otherwise: only where nothing fits as printed.
_REPAIR = 6.0
_VOWELS = frozenset("aăâeêioôơuưy")


class Capitals:
    """Writes a name printed in capitals as office practice does: Bộ Giáo dục và Đào tạo."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        rows = [(segment.split(), int(count)) for segment, count in dictionaries.rows("organ_words.tsv")]
        total = math.log(sum(count for _, count in rows))
        self._costs: dict[tuple[str, ...], float] = {}
        self._folded: dict[tuple[str, ...], tuple[float, list[str]]] = {}
        for words, count in rows:
            cost = total - math.log(count)
            _keep_least(self._costs, tuple(map(unify, words)), cost)
            if len(words) > 1:
                _keep_least(self._folded, tuple(map(fold, words)), (cost + _REPAIR, words))
        organs = dictionaries.toml("metadata.toml")["organs"]
        self._small = {unify(w) for w in organs["small"]}
        self._kinds = [tuple(map(unify, k.split())) for k in sorted(organs["place_kinds"], key=len, reverse=True)]
        names = [_TOKEN.findall(row[0]) for row in dictionaries.rows("places.tsv")]
        self._places: dict[tuple[str, ...], list[str]] = {tuple(map(unify, name)): name for name in names}
        self._folded_places: dict[tuple[str, ...], list[str]] = {tuple(map(fold, name)): name for name in names}

    def lowered(self, text: str) -> str:
        """The text with its capitals where a name has them; acronyms and text that is not in capitals stay.

        Places come first, then what stands behind tỉnh, huyện, xã; the rest is cut into the stretches that were
        counted in names of organs, most probable cut first.
        """
        tokens = [(m[0], m.start()) for m in _TOKEN.finditer(text)]
        words = self._written([t for t, _ in tokens])
        out, last = [], 0
        for (token, start), word in zip(tokens, words, strict=True):
            out += [text[last:start], word]
            last = start + len(token)
        return "".join([*out, text[last:]])

    def _written(self, tokens: Sequence[str]) -> list[str]:
        keys = [unify(t) for t in tokens]
        out: list[str] = []
        proper = False
        while len(out) < len(tokens):
            i = len(out)
            place, kind = self._place_at(keys, i), self._kind_at(keys, i)
            if place:
                out += [p if p[0].isalpha() else tokens[i + j] for j, p in enumerate(place)]
            elif kind and (i or len(tokens) > kind) and not self._is_organ(keys, i, kind):
                out += [_kind(t) for t in tokens[i : i + kind]]
                proper = True
                continue
            elif proper and tokens[i].isalpha() and keys[i] not in self._small and not self._costs_at(keys, i):
                out.append(_proper(tokens[i]))
                continue
            else:
                out += self._stretch(tokens, keys, i)
            proper = False
        return [_first_capital(out[0]), *out[1:]] if out else out

    def _place_at(self, keys: Sequence[str], i: int) -> list[str] | None:
        for n in (5, 4, 3, 2):
            key = tuple(keys[i : i + n])
            place = self._places.get(key) or self._folded_places.get(tuple(map(fold, key)))
            if place:
                return place
        return None

    def _kind_at(self, keys: Sequence[str], i: int) -> int:
        kind = next((len(k) for k in self._kinds if tuple(keys[i : i + len(k)]) == k), 0)
        near_end = 1 < len(keys) - i < _LONGEST_PLACE or self._place_at(keys, i + 1) is not None
        damaged = i > 0 and not kind and fold(keys[i]) == "tinh" and near_end
        return 1 if damaged else kind

    def _is_organ(self, keys: Sequence[str], i: int, kind: int) -> bool:
        """Tỉnh ủy, Thành đoàn, Xã hội: what looks like the kind of a place begins another word."""
        return kind == 1 and self._costs_at(keys, i)

    def _costs_at(self, keys: Sequence[str], i: int) -> bool:
        """Whether an organ's name of two and more words begins here: the proper name is over."""
        return any(tuple(keys[i : i + n]) in self._costs for n in (2, 3, 4))

    def _stretch(self, tokens: Sequence[str], keys: Sequence[str], i: int) -> list[str]:
        """The best first stretch from here to the next place or kind."""
        end = next((j for j in range(i + 1, len(keys)) if self._place_at(keys, j) or self._kind_at(keys, j)), len(keys))
        best: list[tuple[float, int]] = [(0.0, 0)] * (end - i + 1)
        for j in range(end - 1, i - 1, -1):
            lengths = range(1, min(_LONGEST, end - j) + 1)
            best[j - i] = min((self._cost(keys[j : j + n]) + best[j + n - i][0], n) for n in lengths)
        length = best[0][1]
        repaired = tuple(keys[i : i + length]) not in self._costs and self._folded.get(tuple(map(fold, keys[i : i + length])))
        if repaired:
            return repaired[1]
        word = tokens[i]
        head = word.lower() if keys[i] in self._small else _named(word)
        return [head, *(_acronym_or(t, t.lower()) for t in tokens[i + 1 : i + length])]

    def _cost(self, key: Sequence[str]) -> float:
        if len(key) == 1 and (key[0] in self._small or not key[0][:1].isalpha()):
            return 0.5
        known = self._costs.get(tuple(key))
        if known is None and len(key) > 1:
            known, _ = self._folded.get(tuple(map(fold, key)), (math.inf, []))
        return _UNKNOWN if known is None else known


def _keep_least(table: dict[tuple[str, ...], Any], key: tuple[str, ...], value: Any) -> None:
    table[key] = min(table.get(key, value), value)


def _kind(word: str) -> str:
    return word if "." in word else "tỉnh" if fold(word) == "tinh" else word.lower()


def _named(word: str) -> str:
    return _acronym_or(word, _first_capital(word.lower()))


def _proper(word: str) -> str:
    """Names of places need no Vietnamese syllables: Krông Pắk; what has no vowel is an acronym."""
    return _first_capital(word.lower()) if any(split_tone(c)[0] in _VOWELS for c in word.lower()) else word


def _first_capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _acronym_or(word: str, otherwise: str) -> str:
    """UBND, HĐND and words that already are in small letters stay as they are."""
    if not word.isupper() or not word.isalpha():
        return word if not word.isupper() else (word if word.rstrip(".").isupper() and len(word) <= 3 else otherwise)
    return otherwise if is_syllable(word) or len(word) > 6 else word


@functools.cache
def capitals(dictionaries: Dictionaries) -> Capitals:
    """The table of one folder, read once."""
    return Capitals(dictionaries)

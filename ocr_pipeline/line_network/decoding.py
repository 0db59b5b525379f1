"""From the chances of a line's steps to its text, with the place and the certainty of each sign."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.line_network.kernels import prefixes
from ocr_pipeline.line_network.kernels.prefixes import BEAM, CANDIDATES, ENDS, FREE, Beam, Placing, Texts, Words

_best_text: Final = Kernel(prefixes.best_text)
_place_text: Final = Kernel(prefixes.place_text)
# What a text counts for each word that is not known, and for each sign that documents hardly have.
_UNKNOWN: Final = 0.3
_UNUSUAL: Final = 0.1
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzđ0123456789")
_MARKS: Final = frozenset(unicodedata.normalize("NFD", "ăâêôơưàáãảạ")) - _LETTERS
_SIGNS: Final = frozenset(' .,:;-–—/()"“”%+&*')
# Letters that look like a digit.
_ALIKE: Final = {"0": "Oo", "1": "lI|"}
_MOST_ALIKE: Final = 3

Array = npt.NDArray[Any]


class Sign(NamedTuple):
    """A sign of a line: the first and the last step at which it was said, and how sure it is."""

    text: str
    first: int
    last: int
    chance: float


class Decoder:
    """Makes texts of chances, for one alphabet.

    A text of which a word is none of ``words`` (in small letters) counts less; words with digits, and signs, are never unknown.
    """

    def __init__(self, texts: Sequence[str], nothing: int, words: Iterable[str]) -> None:
        self._texts, self._nothing = tuple(texts), nothing
        self._words = Flat(_tree(self._texts, words))
        self._beam = Flat(_beam(BEAM))
        numbers = {text: number for number, text in enumerate(self._texts)}
        self._digits_alike = {
            digit: ([numbers[letter] for letter in letters if letter in numbers] + [-1] * _MOST_ALIKE)[:_MOST_ALIKE]
            for digit, letters in _ALIKE.items()
        }
        self._more = Flat(_beam(CANDIDATES))

    def signs(self, chances: Array) -> list[Sign]:
        """The signs of a line; ``chances`` is [steps, outputs], 4 bytes each, contiguous."""
        most = len(chances) * BEAM + 1
        made = Texts(np.zeros(most, np.int64), np.zeros(most, np.int64))
        found = np.zeros(len(chances), np.int64)
        count = _best_text(chances, self._nothing, made, self._beam, self._more, self._words, found)
        if not count:
            return []
        labels = found[:count]
        states = 2 * count + 1
        came, score = np.zeros((len(chances), states), np.int8), np.zeros((2, states))
        work = Placing(came, score, np.zeros(count), self._alike(labels))
        steps, sure = np.zeros((count, 2), np.int64), np.zeros(count)
        if not _place_text(chances, self._nothing, labels, work, steps, sure):
            return []
        rows = zip(labels.tolist(), steps.tolist(), sure.tolist(), strict=True)
        return [Sign(self._texts[label], first, last, chance) for label, (first, last), chance in rows if self._texts[label]]

    def _alike(self, labels: Array) -> Array:
        """For each sign the outputs that mean the same there: beside a digit, an l is a one."""
        found = np.full((len(labels), _MOST_ALIKE), -1, np.int64)
        texts = [self._texts[label] for label in labels.tolist()]
        for k, text in enumerate(texts):
            if text in self._digits_alike and any(
                other.isdigit() for other in (*texts[max(0, k - 1) : k], *texts[k + 1 : k + 2])
            ):
                found[k] = self._digits_alike[text]
        return found


def _beam(size: int) -> Beam:
    text, parent, label, word = np.zeros((4, size), np.int64)
    quiet, said = np.zeros((2, size))
    return Beam(text, parent, label, word, quiet, said)


def _tree(texts: Sequence[str], words: Iterable[str]) -> Words:
    letters = sorted({text.lower() for text in texts if text.isalpha()})
    kinds = {letter: number for number, letter in enumerate(letters, max(ENDS, FREE) + 1)}
    kind = [kinds[t.lower()] if t.isalpha() else FREE if t.isalnum() else ENDS for t in texts]
    follows: list[dict[int, int]] = [{}]
    known = []
    for word in words:
        if all(letter in kinds for letter in word):
            place = 0
            for letter in word:
                if kinds[letter] not in follows[place]:
                    follows[place][kinds[letter]] = len(follows)
                    follows.append({})
                place = follows[place][kinds[letter]]
            known.append(place)
    table = np.zeros((len(follows), len(letters) + max(ENDS, FREE) + 1), np.int32)
    for place, after in enumerate(follows):
        table[place, list(after)] = list(after.values())
    worth = np.full(len(follows) + 1, _UNKNOWN)
    worth[known] = 1.0
    usual = np.array([1.0 if _is_usual(t) else _UNUSUAL for t in texts])
    return Words(table, worth, np.array(kind, np.int64), usual)


def _is_usual(text: str) -> bool:
    return text in _SIGNS or set(unicodedata.normalize("NFD", text.lower())) <= _LETTERS | _MARKS

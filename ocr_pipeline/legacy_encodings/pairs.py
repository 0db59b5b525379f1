"""Which words stand beside which: probabilities of pairs, from counts."""

from __future__ import annotations

import functools
import math
from typing import Final

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.spelling import Spelling

# Pairs that are not in the table may still have been seen some dozens of times.
_SMOOTHING: Final = 1000.0


class Pairs:
    """Pairs of words in lower case, by the counts of ``legacy_pairs.tsv``; a row is parsed when it is asked for."""

    def __init__(self, rows: dict[str, str], spelling: Spelling) -> None:
        self._rows = rows
        self._counts: dict[str, dict[str, int]] = {}
        self._spelling = spelling

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> Pairs:
        """The pairs that came with the package; read once."""
        rows = dict(dictionaries.rows("legacy_pairs.tsv"))
        return Pairs(rows, Spelling.load(dictionaries))

    def count(self, left: str, right: str) -> int:
        """How often a common or telling pair was counted; 0 for others."""
        if left not in self._counts:
            self._counts[left] = _rights(self._rows.get(left, ""))
        return self._counts[left].get(right, 0)

    def cost(self, left: str | None, right: str) -> float:
        """Nats of a word behind another, or behind no word."""
        alone = self._spelling.word_cost(right, False)
        before = self._spelling.count(left) if left else 0
        if not before or left is None:
            return alone
        seen = self.count(left, right) + _SMOOTHING * math.exp(-alone)
        return -math.log(seen / (before + _SMOOTHING))


def _rights(row: str) -> dict[str, int]:
    """The second words of a row, ``word:count`` with spaces between."""
    return {word: int(count) for word, _, count in (entry.partition(":") for entry in row.split())}

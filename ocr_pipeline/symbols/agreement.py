"""Organs that a text names once damaged and elsewhere sound: its symbols correct each other, digits apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

from ocr_pipeline.symbols.form import parts_of
from ocr_pipeline.symbols.repair import skeleton
from ocr_pipeline.symbols.tables import SymbolTables

# What an organ may cost to be read as one that the text names soundly elsewhere; shorter ones resemble each other too much.
_BEARABLE: Final = 2.3
_SHORTEST: Final = 3
# A symbol is sound from this confidence on.
_SOUND: Final = 0.9
# So many organs, the most often named, are compared with; a text that names more unknown ones is a list of all sorts.
_LOOKED_AT, _MOST_UNKNOWN = 40, 80


class LocalOrgans:
    """The organs that a text names soundly, and how often."""

    def __init__(self, tails: Sequence[tuple[str, float]], tables: SymbolTables) -> None:
        self._tables = tables
        self._counts: Counter[str] = Counter()
        for tail, confidence in tails:
            for part in parts_of(tail):
                sound = self._known(part) or confidence >= _SOUND
                self._counts[part] += 1 if sound and len(part) >= _SHORTEST else 0

        unknown = [part for part in self._counts if not self._known(part)]
        usual = self._counts.most_common(_LOOKED_AT) if len(unknown) <= _MOST_UNKNOWN else []
        self._usual = [(other, count, skeleton(other)) for other, count in usual if not tables.is_code(other)]

    def _known(self, part: str) -> bool:
        return self._tables.is_body(part) or self._tables.is_code(part) or self._tables.is_department(part)

    def candidates(self, part: str) -> list[str]:
        """Organs that a part may have been: the text names them, and more often than the part as it stands."""
        if len(part) < _SHORTEST or self._known(part):
            return []
        own = self._counts[part]
        seen = skeleton(part)
        near = [(other, shape) for other, count, shape in self._usual if count > max(own, self._enough(other)) and other != part]
        return [other for other, shape in near if Levenshtein.distance(shape, seen, score_cutoff=1) <= 1]

    def _enough(self, other: str) -> int:
        """An organ that no table knows is believed from the second time on."""
        return 0 if self._known(other) else 1

    @staticmethod
    def bearable(cost: float) -> bool:
        """Whether a repair to an organ of the text is near enough."""
        return cost <= _BEARABLE

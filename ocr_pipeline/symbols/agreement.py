"""Organs that a text names once damaged and elsewhere sound: its symbols correct each other, digits apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from ocr_pipeline.symbols.form import parts_of
from ocr_pipeline.symbols.tables import SymbolTables

# What an organ may cost to be read as one that the text names soundly elsewhere; shorter ones resemble each other too much.
_BEARABLE: Final = 2.3
_SHORTEST: Final = 3
# A symbol is sound from this confidence on.
_SOUND: Final = 0.9
# So many organs, the most often named, are compared with: a text names few.
_LOOKED_AT: Final = 60


class LocalOrgans:
    """The organs that a text names soundly, and how often."""

    def __init__(self, tails: Sequence[tuple[str, float]], tables: SymbolTables) -> None:
        self._tables = tables
        self._counts: Counter[str] = Counter()
        for tail, confidence in tails:
            for part in parts_of(tail):
                sound = self._known(part) or confidence >= _SOUND
                self._counts[part] += 1 if sound and len(part) >= _SHORTEST else 0

        self._usual = self._counts.most_common(_LOOKED_AT)

    def _known(self, part: str) -> bool:
        return self._tables.is_body(part) or self._tables.is_code(part) or self._tables.is_department(part)

    def candidates(self, part: str) -> list[str]:
        """Organs that a part may have been: the text names them, and more often than the part as it stands."""
        if len(part) < _SHORTEST or self._known(part):
            return []
        own = self._counts[part]
        near = [other for other, count in self._usual if count > own and other != part]
        return [other for other in near if abs(len(other) - len(part)) <= 2 and not self._tables.is_code(other)]

    @staticmethod
    def bearable(cost: float) -> bool:
        """Whether a repair to an organ of the text is near enough."""
        return cost <= _BEARABLE

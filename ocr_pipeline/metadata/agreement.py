"""A place that the whole document prints: what the letterhead says once, the body says often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import regex
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.metadata.pieces import Piece

_NAME = regex.compile(r"(?<!\p{L})(?:\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)+|\p{Lu}{2,}(?: \p{Lu}{2,})+)")
# The other form is printed so often at least, and more often.
_AT_LEAST = 2


class PlaceNames:
    """How often each name of two and more words in title case is printed."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._counts: Counter[tuple[str, ...]] = Counter()
        for piece in pieces:
            for found in _NAME.finditer(piece.text):
                words = found[0].title().split()
                self._counts.update(tuple(words[i : i + n]) for n in range(2, 5) for i in range(max(0, len(words) - n + 1)))

    def agreed(self, name: str) -> str:
        """The name, or the one that differs in one letter and is printed more often."""
        words = tuple(name.split())
        if len(words) < 2:
            return name
        own = self._counts[words]
        for other, count in self._counts.most_common():
            if count < max(_AT_LEAST, own + 1):
                return name
            if len(other) == len(words) and Levenshtein.distance(" ".join(other), name) == 1:
                return " ".join(other)
        return name

    def agreed_at_end(self, name: str | None) -> str | None:
        """An organ's name with the place it ends in agreed."""
        words = (name or "").split()
        last = len(words) - next((i for i, w in enumerate(reversed(words)) if not w.istitle()), len(words))
        start = max(last, len(words) - 3)
        if len(words) - start < 2 or start == 0:
            return name
        return " ".join([*words[:start], self.agreed(" ".join(words[start:]))])

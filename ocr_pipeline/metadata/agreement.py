"""What the whole document prints: a place or a phrase that the first page says once, damaged, the body says often."""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import regex
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.metadata.pieces import Piece
from ocr_pipeline.orthography import fold

_NAME = regex.compile(r"(?<!\p{L})(?:\p{Lu}\p{Ll}+(?: \p{Lu}\p{Ll}+)+|\p{Lu}{2,}(?: \p{Lu}{2,})+)")
# The other form is printed so often at least, and more often.
_AT_LEAST = 2
_WORD = regex.compile(r"\p{L}+")
# Words read with less confidence are compared with the body, where two neighbours are printed otherwise so often.
_DOUBTFUL, _OFTEN = 0.93, 3


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

    @staticmethod
    def marked(name: str | None, place: str | None) -> str | None:
        """An organ's name that ends in the place of the date line, with the marks that capitals have lost there."""
        words, known = (name or "").split(), (place or "").split()
        own = words[len(words) - len(known) :]
        if not known or len(words) <= len(known) or [*map(fold, own)] != [*map(fold, known)]:
            return name
        lost = [b if fold(a) == a.lower() else a for a, b in zip(own, known, strict=True)]
        return " ".join([*words[: -len(known)], *lost])


class Phrases:
    """How often two words stand beside one another, by their letters without marks."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces

    @functools.cached_property
    def _pairs(self) -> dict[tuple[str, str], Counter[tuple[str, str]]]:
        pairs: dict[tuple[str, str], Counter[tuple[str, str]]] = defaultdict(Counter)
        for piece in self._pieces:
            words = [w.lower() for w in _WORD.findall(piece.text)]
            for pair in itertools.pairwise(words):
                pairs[fold(pair[0]), fold(pair[1])][pair] += 1
        return pairs

    def agreed(self, piece: Piece) -> Piece:
        """The piece with its doubtful words as the document prints them elsewhere, where marks alone differ."""
        words = list(_WORD.finditer(piece.text))
        text = piece.text
        for i, word in enumerate(words) if piece.measured else ():
            if piece.confidence(*word.span()) < _DOUBTFUL and word[0].islower():
                near = [words[j][0] if 0 <= j < len(words) else None for j in (i - 1, i + 1)]
                text = text[: word.start()] + self._printed(word[0], *near) + text[word.end() :]
        return replace(piece, text=text)

    def _printed(self, word: str, before: str | None, after: str | None) -> str:
        pairs = [((before, word), 1)] if before else []
        pairs += [((word, after), 0)] if after else []
        for (a, b), place in pairs:
            own, forms = (a.lower(), b.lower()), self._pairs[fold(a), fold(b)]
            other, count = forms.most_common(1)[0]
            if count >= _OFTEN and forms[own] <= 1 and other[1 - place] == own[1 - place] and len(other[place]) == len(word):
                return other[place]
        return word

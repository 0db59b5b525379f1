"""The incoming stamp (ĐẾN) that a receiving office sets beside the title: what was read across it is cut off."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterator, Sequence

from ocr_pipeline.metadata.pieces import Piece
from ocr_pipeline.metadata.types import DocumentTypes
from ocr_pipeline.orthography import is_syllable

# The title stands within so many lines, and takes so many.
_WITHIN, _TITLE = 40, 8
# White between stamp and title, in heights of the line's words.
_WHITE = 2.0
# Stamped letters are read with less confidence than this.
_DOUBTFUL = 0.5


def without_stamp(pieces: Sequence[Piece], types: DocumentTypes) -> list[Piece]:
    """The lines of the document; where the type's name shares its line with a stamp, that line and the title's cut."""
    for i, piece in enumerate(pieces[:_WITHIN]):
        if piece.page != pieces[0].page or types.heading(piece.text):
            break
        heading = next((part for part in _parts(piece) if types.heading(part.text)), None)
        if heading:
            title = map(_legible, pieces[i + 1 : i + 1 + _TITLE])
            return [*pieces[:i], heading, *title, *pieces[i + 1 + _TITLE :]]
    return list(pieces)


def _parts(piece: Piece) -> Iterator[Piece]:
    """The stretches of a line between wide white, where there is any."""
    words = piece.words()
    if len(words) < 2:
        return
    height = statistics.median(w.y1 - w.y0 for w in words)
    start = 0
    for before, word in itertools.pairwise(words):
        if word.x0 - before.x1 > _WHITE * height:
            yield piece.cut(start, before.end - piece.start)
            start = word.start - piece.start
    if start:
        yield piece.cut(start, len(piece.text))


def _legible(piece: Piece) -> Piece:
    """The line without doubtful words at its beginning that are no syllables."""
    for word in piece.words():
        start, end = word.start - piece.start, word.end - piece.start
        if word.confidence >= _DOUBTFUL or is_syllable(piece.text[start:end]):
            return piece.cut(start, len(piece.text))
    return piece

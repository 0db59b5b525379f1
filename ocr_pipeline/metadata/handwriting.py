"""Whether digits of the letterhead can be trusted: on most state documents number and day are written by hand.

Tesseract reads handwritten digits right once in eleven and wrong in ways that look plausible, at confidences up to
0.8. What tells them from printed ones is their height: they stand out from the printed digits of the same line.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ocr_pipeline.document import Word
from ocr_pipeline.metadata.pieces import Piece

_LEAST_CONFIDENCE = 0.80
# Without printed digits near by to compare with.
_SURE = 0.88
# Height against printed digits: a word of digits only, and one that holds slash or letters with marks as well.
_TALLEST, _TALLEST_MIXED = 1.14, 1.42
_LOWEST = 0.80


def digit_height(pieces: Sequence[Piece]) -> float | None:
    """Height of printed digits near by: words of digits only that were recognised surely; None without such."""
    heights = [
        w.y1 - w.y0
        for piece in pieces
        for w in piece.words()
        if w.confidence >= _SURE and piece.line.text[w.start : w.end].strip(".,;").isdigit() and w.end - w.start >= 2
    ]
    return statistics.median(heights) if heights else None


def doubtful(piece: Piece, start: int, end: int, printed_height: float | None) -> bool:
    """Whether the digits at ``start`` to ``end`` of a piece may be handwritten or misread."""
    digits = piece.text[start:end]
    if not digits.isascii() or not digits.isdigit():
        return True
    if not piece.measured:
        return False
    words = piece.words(start, end)
    if not words:
        return piece.line.confidence < _LEAST_CONFIDENCE
    return any(w.confidence < _LEAST_CONFIDENCE or _stands_out(piece, w, printed_height) for w in words)


def _stands_out(piece: Piece, word: Word, printed_height: float | None) -> bool:
    if not printed_height:
        return word.confidence < _SURE
    ratio = (word.y1 - word.y0) / printed_height
    if piece.line.text[word.start : word.end].strip(".,;").isdigit():
        return not _LOWEST <= ratio <= _TALLEST
    return ratio > _TALLEST_MIXED

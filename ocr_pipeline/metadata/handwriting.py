"""Whether digits of the letterhead can be trusted: on most state documents number and day are written by hand.

What the reader of handwriting is sure of (``blanks``) is taken. Otherwise:

Tesseract reads handwritten digits right once in eleven and wrong in ways that look plausible, at confidences up to
0.8. What tells them from printed ones is their height: they stand out from the printed digits of the same line.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import regex

from ocr_pipeline.document import Word
from ocr_pipeline.metadata.pieces import Piece

_LEAST_CONFIDENCE = 0.80
# As tall as print, and the same to the reader of handwriting.
_LEAST_AGREED = 0.70
_YEAR = regex.compile("(?:19|20)[0-9]{2}")
# Without printed digits near by to compare with.
_SURE = 0.88
# Height against printed digits: a word of digits only, and one that holds slash or letters with marks as well.
_LOWEST, _TALLEST, _TALLEST_MIXED = 0.80, 1.14, 1.32
# The stroke and Q of some faces are taller: where the reader of handwriting sees the same digits, one that holds them may be.
_TALLEST_AGREED = 1.45
# In one word with the symbol it is mostly the symbol that lowers the confidence: no gap, no odd sign, not too tall.
_LEAST_MIXED = 0.50
# In one word with "Số:", which is taller than digits and surely recognised where those are.
_LEAD = regex.compile(r"\W{0,3}[SŚs§]\S{1,2}[:;.,](?=\d)")
_LEAST_LED, _TALLEST_LED = 0.70, 1.40
# A printed 1 or 0 that was taken for a letter or a stroke lowers the confidence of its word: then the height must
# be that of print, and the rest of the word a digit.
_LOOKALIKES = str.maketrans({"l": "1", "I": "1", "|": "1", "]": "1", "!": "1", "O": "0", "o": "0"})
_LEAST_WITH_LOOKALIKE, _LOWEST_PRINT, _TALLEST_PRINT = 0.50, 0.86, 1.06


def digit_height(pieces: Sequence[Piece]) -> float | None:
    """Height of printed digits near by: words of digits only that were recognised surely; None without such."""
    found = [(_bare(piece, w), w) for piece in pieces for w in piece.words() if not piece.is_blank(w)]
    heights = [
        w.y1 - w.y0
        for text, w in found
        if _is_digits(text) and ((w.confidence >= _SURE and len(text) > 1) or _YEAR.fullmatch(text))
    ]
    return statistics.median(heights) if heights else None


def printed_digits(piece: Piece, start: int, end: int, printed_height: float | None) -> str | None:
    """The digits at ``start`` to ``end`` of a piece; None where they may be handwritten or misread."""
    text = piece.text[start:end]
    if written := piece.written(start, end):
        # Two readers, of print and of handwriting: where both are sure and differ, neither is believed.
        return text if set(written) == {text} else None
    repaired = text.translate(_LOOKALIKES)
    if piece.foreign or (piece.disputed(start, end) and not piece.agreed(start, end, repaired)):
        return None
    if _is_digits(text):
        return None if _doubtful(piece, start, end, printed_height) else text
    # Of look-alikes alone ("lI" for 11) only the reader of handwriting can say that they are digits.
    if not _is_digits(repaired) or not (any(c.isdigit() for c in text) or piece.agreed(start, end, repaired)):
        return None
    if not piece.measured:
        # What is written by hand is misread as other signs than these.
        return repaired
    if not printed_height:
        return None
    words = piece.words(start, end)
    same = [_is_print(piece, w, printed_height) for w in words]
    return repaired if same and all(same) else None


def _doubtful(piece: Piece, start: int, end: int, printed_height: float | None) -> bool:
    if not piece.measured:
        return False
    words = piece.words(start, end)
    if not words:
        return piece.line.confidence < _LEAST_CONFIDENCE
    if printed_height and piece.agreed(start, end) and all(_is_print(piece, w, printed_height) for w in words):
        return any(w.confidence < _LEAST_AGREED for w in words)
    mixed = _TALLEST_AGREED if piece.agreed(start, end) else _TALLEST_MIXED
    return any(w.confidence < _least(piece, w, printed_height) or _stands_out(piece, w, printed_height, mixed) for w in words)


def _least(piece: Piece, word: Word, printed_height: float | None) -> float:
    if not printed_height or _is_digits(_bare(piece, word)):
        return _LEAST_CONFIDENCE
    return _LEAST_LED if _LEAD.match(_bare(piece, word)) else _LEAST_MIXED


def _stands_out(piece: Piece, word: Word, printed_height: float | None, mixed: float) -> bool:
    if not printed_height:
        return word.confidence < _SURE
    ratio = (word.y1 - word.y0) / printed_height
    if _is_digits(_bare(piece, word)):
        return not _LOWEST <= ratio <= _TALLEST
    return ratio > (_TALLEST_LED if _LEAD.match(_bare(piece, word)) else mixed)


def _is_print(piece: Piece, word: Word, printed_height: float) -> bool:
    """Whether a word of digits and look-alikes, and of nothing else, is as tall as print."""
    alone = _is_digits(_bare(piece, word).translate(_LOOKALIKES))
    ratio = (word.y1 - word.y0) / printed_height
    return alone and word.confidence >= _LEAST_WITH_LOOKALIKE and _LOWEST_PRINT <= ratio <= _TALLEST_PRINT


def _bare(piece: Piece, word: Word) -> str:
    return piece.line.text[word.start : word.end].strip(".,;")


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()

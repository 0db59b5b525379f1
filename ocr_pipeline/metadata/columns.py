"""Two columns that were read across one line: cut where the white between two words is too wide for a space.

A seal or a signature over the gutter makes the recogniser read Nơi nhận and the signature, or two signatures, as one
line each.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence

import regex

from ocr_pipeline.metadata.pieces import Piece, is_capitals

# White in heights of the line's words: between the columns of a list, and between two offices in capitals.
_LIST, _OFFICES = 5.0, 1.8
_WIDE_GAP = regex.compile(r"(?<=\S)[ \t]{3,}(?=\S)")


def cut_at_white(piece: Piece, least: float = _LIST) -> tuple[Piece, Piece | None]:
    """The piece up to its widest white of at least so many heights, and what stands behind it."""
    words = piece.words()
    if len(words) < 2:
        return piece, None
    height = statistics.median(w.y1 - w.y0 for w in words)
    white, at = max((b.x0 - a.x1, i) for i, (a, b) in enumerate(itertools.pairwise(words), 1))
    if white < least * height:
        return piece, None
    start = words[at].start - piece.start
    return piece.cut(0, start), piece.cut(start, len(piece.text))


def in_columns(pieces: Sequence[Piece]) -> list[Piece]:
    """Two signature blocks that were read across: the left one, then the right one.

    They begin with a line of capitals; the lines below it are told by the same gutter, without boxes by wide gaps.
    """
    out: list[Piece] = []
    right: list[Piece] = []
    gutter: float | None = None
    for piece in pieces:
        if right and piece.page != right[0].page:
            out, right, gutter = out + right, [], None
        parts = _parts(piece, gutter, bool(right))
        if parts is None:
            out, right, gutter = [*out, *right, piece], [], None
            continue
        left, behind = parts
        out += [left] if left else []
        right += [behind] if behind else []
        gutter = _gutter(left, behind) or gutter
    return out + right


def _parts(piece: Piece, gutter: float | None, within: bool) -> tuple[Piece | None, Piece | None] | None:
    """What stands left and right of the gutter; None for a line that is none of two columns."""
    if not piece.text:
        return (piece, None) if within and gutter is None else None
    gap = _WIDE_GAP.search(piece.text)
    if gap and (within or is_capitals(piece.text)):
        return piece.cut(0, gap.start()), piece.cut(gap.end(), len(piece.text))
    box = piece.box() if piece.line.words else None
    if gutter is not None and box and (box.x0 >= gutter or box.x1 <= gutter):
        return (None, piece) if box.x0 >= gutter else (piece, None)
    left, behind = cut_at_white(piece, _OFFICES)
    over = gutter is not None and behind is not None and _is_between(left, behind, gutter)
    begins = behind is not None and not within and is_capitals(left.text) and is_capitals(behind.text)
    return (left, behind) if over or begins else None


def _is_between(left: Piece, right: Piece, gutter: float) -> bool:
    a, b = left.box(), right.box()
    return a is not None and b is not None and a.x1 <= gutter <= b.x0


def _gutter(left: Piece | None, right: Piece | None) -> float | None:
    """The middle of the white between two parts, in pixels."""
    if left is None or right is None or not right.line.words:
        return None
    a, b = left.box(), right.box()
    return (a.x1 + b.x0) / 2 if a and b else None

"""The title (trích yếu): from the line of the type to the first line of the body."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

from ocr_pipeline.metadata.issuers import Organs
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.pieces import Piece, is_capitals
from ocr_pipeline.metadata.types import DocumentTypes, Heading
from ocr_pipeline.orthography import fold

_MOST_LINES = 12
# A line this long against the body's lines is a full one: its successor may be the same sentence.
_FULL = 0.82


class Title(NamedTuple):
    """The type that its own line names, the lines of the title, and the pieces behind them."""

    heading: Heading | None
    heading_piece: Piece | None
    lines: tuple[Piece, ...]
    rest: tuple[Piece, ...]


def read_title(pieces: Sequence[Piece], marks: Marks, types: DocumentTypes, organs: Organs) -> Title:
    """The line that names the type and the title below it; without such a line, no title is taken from here."""
    at = next((i for i, p in enumerate(pieces[:12]) if types.heading(p.text)), None)
    if at is None or any(marks.match("addressees", p.text) for p in pieces[:at]):
        return Title(None, None, (), tuple(pieces))
    heading = types.heading(pieces[at].text)
    start = at + 1
    while start < len(pieces) and (not pieces[start].text or _is_of_line(pieces[start].text, organs)):
        start += 1
    end = title_end(pieces, start, marks, organs)
    return Title(heading, pieces[at], tuple(p for p in pieces[start:end] if p.text), tuple(pieces[end:]))


def _is_of_line(text: str, organs: Organs) -> bool:
    """CỦA BỘ CHÍNH TRỊ below NGHỊ QUYẾT names the issuer, not the subject."""
    flat = fold(text)
    return is_capitals(text) and flat.startswith("cua ") and organs.begins(flat[4:])


def title_end(pieces: Sequence[Piece], start: int, marks: Marks, organs: Organs) -> int:
    """Index of the first piece that is not the title's."""
    width = _body_width(pieces[start:])
    capitals = start < len(pieces) and is_capitals(pieces[start].text)
    if capitals and _is_promulgator(pieces[start].text, marks, organs):
        return start
    for i in range(start, min(start + _MOST_LINES, len(pieces))):
        before = pieces[i - 1].text if i > start else ""
        if _stops(pieces[i], before, marks) or (before and _is_body(pieces[i].text, before, width, capitals, marks)):
            return i
    return min(start + _MOST_LINES, len(pieces))


def _is_promulgator(text: str, marks: Marks, organs: Organs) -> bool:
    flat = fold(text)
    return flat.startswith(marks.roles) or organs.begins(flat)


def _stops(piece: Piece, before: str, marks: Marks) -> bool:
    text = piece.text
    if not text:
        return bool(before)
    if marks.full("separator", text) or marks.match("addressees", text) or piece.flat in marks.urgency:
        return True
    return bool(before) and marks.match("heading", text) is not None


def _is_body(text: str, before: str, width: float, capitals: bool, marks: Marks) -> bool:
    """Whether a line begins something new after a line of the title."""
    if is_capitals(text) != capitals and is_capitals(text):
        return True
    if capitals and not is_capitals(text, 0.5):
        return True
    last = before.split()[-1].strip("“”\"'").lower() if before.split() else ""
    if not (text[:1].isupper() or text[:1] in "-–“\"") or before.endswith((",", "-", "–")):
        return False
    if _opens(text, marks) and (last not in marks.unfinished or text.startswith(("Căn cứ", "Thực hiện", "Kính gửi"))):
        return True
    if last in marks.unfinished or before.count("(") > before.count(")"):
        return False
    return len(text) >= _FULL * width and (len(before) < _FULL * width or before.endswith("."))


def _opens(text: str, marks: Marks) -> bool:
    return any(text.startswith(o) and not text[len(o) : len(o) + 1].isalpha() for o in marks.openings)


def _body_width(pieces: Sequence[Piece]) -> float:
    lengths = [len(p.text) for p in pieces[:40] if len(p.text) > 30]
    return statistics.quantiles(lengths, n=4)[2] if len(lengths) > 3 else 75.0

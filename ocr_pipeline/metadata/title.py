"""The title (trích yếu): from the line of the type to the first line of the body."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import NamedTuple

import regex
from rapidfuzz import fuzz

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.metadata.issuers import Organs
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.pieces import Piece, is_capitals, joined
from ocr_pipeline.metadata.types import DocumentTypes, Heading
from ocr_pipeline.orthography import fold
from ocr_pipeline.symbols import find_symbols
from ocr_pipeline.symbols.issuer_names import issuer_names

_MOST_LINES = 12
# "Về việc" run together by the recogniser; what stands before an organ.
_GLUED_ABOUT = regex.compile(r"^\W?[VNW][ềêếểễeéè]vi[ệêeéế][cec]\s+")
_OF = regex.compile(r"(?<!\p{L})(?:của|do)\s+")
_EDGES = " .,;:-–—_*`|~"
_STROKE = regex.compile(r"(?<=[\p{Ll}\d])\s+[ijlrt]$")
# Signs that may open a quotation, with those that may close it.
_QUOTES = {"'": "'’", "‘": "’'", "’": "’'", '"': '"”', "“": '”"', "”": '"”'}
_SUBJECT = ("về ", "Về ", "V/v ")
_SURE = 0.8
# A title above a row of dashes has no more lines.
_RULED_LINES = 6
# Likeness of a line and the issuer's name.
_LIKE = 90
# A line this long against the body's lines is a full one: its successor may be the same sentence.
_FULL = 0.82
# Lines of a text longer than this are not printed lines but paragraphs: each begins something new.
_LONGEST_PRINTED = 110
# Behind a line of the title a shorter one is another.
_SHORT_LINE = 60
# Shares of the column's width: how far a full line may end from the margin, how far an indented one is off the centre.
_MARGIN, _OFF_CENTRE = 0.03, 0.025


class Title(NamedTuple):
    """The type that its own line names, the lines of the title, and the pieces behind them."""

    heading: Heading | None
    heading_piece: Piece | None
    lines: tuple[Piece, ...]
    rest: tuple[Piece, ...]


def read_title(pieces: Sequence[Piece], marks: Marks, types: DocumentTypes, organs: Organs, issuers: Sequence[str] = ()) -> Title:
    """The line that names the type and the title below it; without such a line, no title is taken from here.

    A title in capitals ends before the line that names who issues the document.
    """
    at = next((i for i, p in enumerate(pieces[:12]) if types.heading(p.text)), None)
    if at is None or any(marks.match("addressees", p.text) for p in pieces[:at]):
        return Title(None, None, (), tuple(pieces))
    heading = types.heading(pieces[at].text)
    start = at + 1
    while start < len(pieces) and (not pieces[start].text or _is_of_line(pieces, start, marks, organs)):
        start += 1
    end = title_end(pieces, start, marks, organs)
    end = next((i for i in range(start + 1, end) if _is_issuing(pieces[i], pieces[i - 1], marks, issuers)), end)
    return Title(heading, pieces[at], tuple(p for p in pieces[start:end] if p.text), tuple(pieces[end:]))


def written_title(lines: Sequence[Piece], dictionaries: Dictionaries) -> str:
    """The title in one line: numbers and known organs in it put right where they are damaged, the rest as it stands."""
    title = _GLUED_ABOUT.sub("Về việc ", _without_specks(joined(lines)))
    for match in reversed(find_symbols(title, dictionaries)):
        if match.confidence >= _SURE:
            title = title[: match.span.start] + match.repaired + title[match.span.end :]
    for lead in reversed(list(_OF.finditer(title))):
        found = issuer_names(dictionaries).at(title, lead.end())
        for repair in reversed(found.repairs if found else ()):
            title = title[: repair.start] + repair.text + title[repair.end :]
    return title


def _without_specks(text: str) -> str:
    """The text without signs at its ends that open or close nothing, and without a stroke: specks read as such."""
    text = _STROKE.sub("", text.strip(_EDGES)).strip(_EDGES)
    while text and text[0] in _QUOTES and not any(q in text[1:] for q in _QUOTES[text[0]]):
        text = text[1:].strip(_EDGES)
    while text and text[-1] in "”’" and not any(text[-1] in closing and q in text[:-1] for q, closing in _QUOTES.items()):
        text = text[:-1].strip(_EDGES)
    return text


def _is_of_line(pieces: Sequence[Piece], i: int, marks: Marks, organs: Organs) -> bool:
    """CỦA BỘ CHÍNH TRỊ, HỘI NGHỊ LẦN THỨ NĂM ... below NGHỊ QUYẾT name the issuer, not the subject, which begins with "về"."""
    text, flat = pieces[i].text, fold(pieces[i].text)
    if not is_capitals(text):
        return False
    if flat.startswith("cua ") and organs.begins(flat[4:]):
        return True
    following = next((p.text for p in pieces[i + 1 : i + 4] if p.text and not is_capitals(p.text)), "")
    return _is_promulgator(text, marks, organs) and following.startswith(_SUBJECT)


def title_end(pieces: Sequence[Piece], start: int, marks: Marks, organs: Organs) -> int:
    """Index of the first piece that is not the title's."""
    if (ruled := _to_separator(pieces, start, marks)) is not None:
        return ruled
    column = _column(pieces[start:])
    capitals = start < len(pieces) and is_capitals(pieces[start].text)
    if capitals and _is_promulgator(pieces[start].text, marks, organs):
        return start
    for i in range(start, min(start + _MOST_LINES, len(pieces))):
        before = pieces[i - 1] if i > start else None
        if _stops(pieces[i], before, marks) or (before and _is_body(pieces[i], before, column, capitals, marks)):
            return i
    return min(start + _MOST_LINES, len(pieces))


def _to_separator(pieces: Sequence[Piece], start: int, marks: Marks) -> int | None:
    """Index of the row of dashes that ends a title of a few lines; None where there is none."""
    for i in range(start, min(start + _RULED_LINES + 1, len(pieces))):
        text = pieces[i].text
        if i > start and marks.full("separator", text):
            return i
        if not text or text.startswith(marks.sure_openings) or marks.match("addressees", text) or marks.match("heading", text):
            return None
    return None


def _is_issuing(piece: Piece, before: Piece, marks: Marks, issuers: Sequence[str]) -> bool:
    """Whether a line of capitals is an issuer, or his office, that the line above does not lead to."""
    if not is_capitals(piece.text) or not before.text.split() or _is_unfinished(before, marks):
        return False
    flat = fold(piece.text)
    return any(fuzz.ratio(flat, fold(name)) >= _LIKE or (marks.is_role(flat) and fold(name) in flat) for name in issuers)


def _is_unfinished(piece: Piece, marks: Marks) -> bool:
    last = piece.text.split()[-1].strip("“”\"'").lower()
    return last in marks.unfinished or piece.text.endswith((",", "-", "–", "("))


def _is_promulgator(text: str, marks: Marks, organs: Organs) -> bool:
    flat = fold(text)
    return flat.startswith(marks.roles) or organs.begins(flat)


def _stops(piece: Piece, before: Piece | None, marks: Marks) -> bool:
    text = piece.text
    if not text:
        return before is not None
    if marks.full("separator", text) or marks.match("addressees", text) or piece.flat in marks.urgency:
        return True
    return before is not None and marks.match("heading", text) is not None


def _is_body(piece: Piece, before: Piece, column: _Column, capitals: bool, marks: Marks) -> bool:
    """Whether a line begins something new after a line of the title."""
    text = piece.text
    if is_capitals(text) != capitals and (is_capitals(text) or (text[:1].isupper() and not is_capitals(text, 0.5))):
        return True
    last, unfinished = before.text.split()[-1].strip("“”\"'").lower(), _is_unfinished(before, marks)
    if not text[:1].isupper() and text[:1] not in '-–“"':
        return False
    if _opens(text, marks) and (not unfinished or text.startswith(marks.sure_openings)):
        return True
    if unfinished or last in marks.halves or before.text.count("(") > before.text.count(")"):
        return False
    return _is_indented(piece, before, column)


def _opens(text: str, marks: Marks) -> bool:
    return any(text.startswith(o) and not text[len(o) : len(o) + 1].isalpha() for o in marks.openings)


class _Column(NamedTuple):
    """The body's column: its margins in pixels where there are boxes, and the usual length of a line."""

    left: float
    right: float
    length: float


def _column(pieces: Sequence[Piece]) -> _Column:
    long = [p for p in pieces[:40] if len(p.text) > 30]
    lengths = [len(p.text) for p in long]
    length = statistics.quantiles(lengths, n=4)[2] if len(lengths) > 3 else 75.0
    boxes = [box for p in long if p.page == long[0].page and (box := p.box())]
    if len(boxes) < 4:
        return _Column(0, 0, length)
    left = statistics.quantiles([b.x0 for b in boxes], n=4)[0]
    return _Column(left, statistics.quantiles([b.x1 for b in boxes], n=4)[2], length)


def _is_indented(piece: Piece, before: Piece, column: _Column) -> bool:
    """Whether a line is the first of a paragraph: indented and full, where lines of a title are centred.

    Without boxes: a full line after one that is not.
    """
    box, width = piece.box(), column.right - column.left
    if not box or width <= 0:
        if column.length > _LONGEST_PRINTED:
            return len(piece.text) > _SHORT_LINE or piece.text.endswith((".", ":", ";"))
        ends_early = len(before.text) < _FULL * column.length or before.text.endswith(".")
        return len(piece.text) >= _FULL * column.length and ends_early
    lead, trail = (box.x0 - column.left) / width, (column.right - box.x1) / width
    return trail < _MARGIN and lead - trail > _OFF_CENTRE

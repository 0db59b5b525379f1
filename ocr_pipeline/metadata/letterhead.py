"""The letterhead: issuer, number, place and date, however its two columns were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import regex

from ocr_pipeline.document import System
from ocr_pipeline.metadata.marks import Formula, Marks
from ocr_pipeline.metadata.pieces import Piece, is_capitals
from ocr_pipeline.metadata.types import DocumentTypes
from ocr_pipeline.orthography import fold

# A letterhead with its stamps above and a long issuer takes fewer lines than this.
_MOST_LINES = 40
_PLACE = regex.compile(
    r"(?P<left>.*?)(?P<place>(?:T\.?[Pp]\.?\s?|[Tt]hành phố )?\p{Lu}\p{Ll}+(?:(?:\s|\s?[-–]\s?)\p{Lu}\p{Ll}*)*)\s*[,.;:]?\s*"
)
# A line of the issuer with specks of the rule or of a seal behind it.
_CAPITALS_AND_SPECKS = regex.compile(r"(?P<capitals>\p{Lu}+(?:[ ,-]+\p{Lu}+)+)(?:\s+(?:[^\p{L}\s]\S*|\p{L}{1,2})){1,3}")
# A telegram (công điện) says the hour before the day.
_HOUR = regex.compile(r"\b(?:hoi|luc)\s+\S{1,3}\s*(?:gio|h|g)\b[^,]{0,10}$")
_NO_PLACES = frozenset({"ngay", "den", "den ngay", "gio"})
Kind = Literal["left", "right", "number", "date", "blank", "text"]


class Part(NamedTuple):
    """A piece of the letterhead and what it is."""

    kind: Kind
    piece: Piece


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands above the title. ``rest`` are the pieces behind it, title first."""

    issuer: tuple[Piece, ...]
    number: Piece | None
    place: Piece | None
    date: Piece | None
    system: System | None
    under_number: tuple[Piece, ...]
    rest: tuple[Piece, ...]


def read_letterhead(pieces: Sequence[Piece], marks: Marks, types: DocumentTypes) -> Letterhead:
    """Cuts the lines above the title into their two columns and names their parts."""
    end = _end(pieces, marks, types)
    parts, system = _parts(pieces[:end], marks)
    last = max((i for i, p in enumerate(parts) if p.kind in ("right", "number", "date")), default=-1)
    number = _number(parts, marks)
    under = _under_number(parts, number, marks)
    place, date = _place_and_date(parts)
    used = {id(piece) for piece in under}
    behind = [p.piece for p in parts[last + 1 :] if p.kind in ("text", "left", "blank") and id(p.piece) not in used]
    return Letterhead(
        issuer=_issuer_lines(parts, number, last, marks),
        number=None if number is None else parts[number].piece,
        place=place,
        date=date,
        system=system,
        under_number=under,
        rest=(*behind, *pieces[end:]),
    )


def _number(parts: Sequence[Part], marks: Marks) -> int | None:
    """The first number line with a symbol, else the first one: an incoming stamp bears a number without."""
    lines = [i for i, part in enumerate(parts) if part.kind == "number"]
    return next((i for i in lines if _is_signed(parts[i].piece, marks)), lines[0] if lines else None)


def _is_signed(piece: Piece, marks: Marks) -> bool:
    rest = marks.match("number_line", piece.text) or marks.match("typed_number_line", piece.text)
    return rest is not None and marks.match("symbol", rest["rest"].strip()) is not None


def _end(pieces: Sequence[Piece], marks: Marks, types: DocumentTypes) -> int:
    """The line of the document's type, or of the addressees, or the end of the search."""
    limit = min(len(pieces), _MOST_LINES)
    for i, piece in enumerate(pieces[:limit]):
        if piece.page != pieces[0].page or types.heading(piece.text) or marks.match("addressees", piece.text):
            return i
    return next((i for i, p in enumerate(pieces[:limit]) if marks.match("heading", p.text)), limit)


def _parts(pieces: Sequence[Piece], marks: Marks) -> tuple[list[Part], System | None]:
    parts: list[Part] = []
    systems: list[System] = []
    for piece in pieces:
        if not piece.text:
            parts.append(Part("blank", piece))
            continue
        left, formulas = _cut_formulas(piece, marks)
        if not formulas:
            parts += _cut_date(piece, marks, _under_a_number(parts))
            continue
        systems += [f.system for _, f in formulas if f.system]
        parts += [_left(left, marks)] if any(c.isalnum() for c in left.text) else []
        mass = formulas[0][1].system == "mass-organisation" and not any(p.kind == "left" for p in parts)
        parts += [Part("left" if mass else "right", right) for right, _ in formulas]
    return parts, systems[0] if systems else None


def _cut_formulas(piece: Piece, marks: Marks) -> tuple[Piece, list[tuple[Piece, Formula]]]:
    """The part left of the formulas that a line ends in, and those formulas."""
    found: list[tuple[Piece, Formula]] = []
    while (formula := marks.formula(piece.text)) is not None:
        found.insert(0, (piece.cut(formula.start, formula.end), formula))
        piece = piece.cut(0, formula.start)
    return piece, found


def _under_a_number(parts: Sequence[Part]) -> bool:
    """Whether the next line may hold the abstract of a công văn on its left and the date on its right."""
    kinds = [p.kind for p in parts[-4:]]
    return "number" in kinds and not any(p.kind == "date" for p in parts)


def _cut_date(piece: Piece, marks: Marks, beside_abstract: bool) -> list[Part]:
    """The line as its left part, place and date where it holds the date of the letterhead."""
    found = marks.search("month_and_year", piece.text) or marks.search("numeric_date", piece.text)
    if found is None or len(piece.text) - found.end() > 6:
        return [_left(piece, marks)]
    before = piece.text[: found.start()]
    hour = _HOUR.search(piece.flat[: found.start()])
    before = before[: hour.start()] if hour else before
    place = _PLACE.fullmatch(before)
    left = piece.cut(0, place.end("left") if place else found.start())
    beside = is_capitals(left.text) or marks.match("number_line", left.text) or (place and beside_abstract)
    if left.text and not beside and len(left.text) >= 4:
        return [_left(piece, marks)]
    parts = [_left(left, marks)] if any(c.isalnum() for c in left.text) else []
    return [*parts, Part("date", piece.cut(place.start("place") if place else found.start(), len(piece.text)))]


def _left(piece: Piece, marks: Marks) -> Part:
    if _is_number_line(piece, marks):
        return Part("number", piece)
    if piece.flat in marks.urgency or piece.flat in marks.secrecy:
        return Part("right", piece)
    if is_capitals(piece.text):
        return Part("left", piece)
    capitals = _CAPITALS_AND_SPECKS.fullmatch(piece.text)
    return Part("left", piece.cut(0, capitals.end("capitals"))) if capitals else Part("text", piece)


def _is_number_line(piece: Piece, marks: Marks) -> bool:
    if marks.full("typed_number_line", piece.text):
        return True
    found = marks.match("number_line", piece.text)
    if found is None:
        return False
    rest = found["rest"].strip()
    return not any(c.isalpha() for c in rest) or marks.match("symbol", rest) is not None


def _under_number(parts: Sequence[Part], number: int | None, marks: Marks) -> tuple[Piece, ...]:
    """The abstract of a công văn, which stands under its number in the left column."""
    if number is None:
        return ()
    run: list[Piece] = []
    for kind, piece in parts[number + 1 :]:
        if kind in ("right", "date") or (kind == "blank" and not run):
            continue
        if kind != "text" or (not run and not _may_be_abstract(piece, marks)):
            break
        run.append(piece)
    return tuple(run)


def _may_be_abstract(piece: Piece, marks: Marks) -> bool:
    return sum(c.isalpha() for c in piece.text) > 8 and not marks.full("separator", piece.text)


def _issuer_lines(parts: Sequence[Part], number: int | None, last: int, marks: Marks) -> tuple[Piece, ...]:
    """The lines in capitals next above the number: stamps further up are not the issuer."""
    found: list[Piece] = []
    for kind, piece in reversed(parts[: number if number is not None else last + 1]):
        if kind == "left" and sum(c.isdigit() for c in piece.text) < 3:
            found.append(piece)
        elif kind == "text" and found and not marks.full("separator", piece.text):
            break
    return tuple(reversed(found))


def _place_and_date(parts: Sequence[Part]) -> tuple[Piece | None, Piece | None]:
    """Place and date of the first date line that has a place, else of the first: a stamp's has none."""
    dates = [_cut_place(piece) for kind, piece in parts if kind == "date"]
    return next((found for found in dates if found[0]), dates[0] if dates else (None, None))


def _cut_place(piece: Piece) -> tuple[Piece | None, Piece]:
    found = _PLACE.match(piece.text)
    if found and fold(found["place"]) not in _NO_PLACES:
        return piece.cut(found.start("place"), found.end("place")), piece.cut(found.end(), len(piece.text))
    return None, piece.cut(max(piece.flat.find("ng"), 0), len(piece.text))

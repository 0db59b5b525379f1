"""The document's own number: right or null, never guessed."""

from __future__ import annotations

from typing import NamedTuple

import regex

from ocr_pipeline.document import Review
from ocr_pipeline.metadata.handwriting import printed_digits
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.pieces import Piece

_FORM = regex.compile(r"(?P<digits>[\dlIoO|\]!]{1,6})(?P<letter>[a-zđA-ZĐ]?)(?P<year>\s?/\s?(?:19|20)\d\d)?")
_LONGEST_GARBAGE = 16


class Number(NamedTuple):
    """The number as printed, whole and its symbol; ``whole`` is null where blank or doubtful."""

    whole: str | None
    symbol: str | None
    party_form: bool
    review: Review | None


def read_number(piece: Piece, marks: Marks, printed_height: float | None) -> Number:
    """What the number line says."""
    rest = marks.match("number_line", piece.text) or marks.match("typed_number_line", piece.text)
    start = rest.start("rest") if rest else 0
    found = marks.match("symbol", piece.text[start:])
    if found is None or len(found["digits"]) > _LONGEST_GARBAGE:
        return Number(None, None, False, _review(piece, "unreadable-number", piece.text[start:].strip()))
    symbol = "".join(found["symbol"].split())
    party = found["sign"] != "/" and "/" in symbol
    digits = found["digits"].strip(" .,:;-–")
    if not any(c.isalnum() for c in digits):
        return Number(None, symbol, party, _review(piece, "blank-number", ""))
    form = _FORM.fullmatch(digits)
    at = start + piece.text[start:].find(digits)
    read = printed_digits(piece, at + form.start("digits"), at + form.end("digits"), printed_height) if form else None
    if form is None or read is None or _filled_in(piece, found, form):
        return Number(None, symbol, party, _review(piece, "handwritten-number", digits))
    sign = "-" if found["sign"] in "-–—" else "/"
    year = "".join((form["year"] or "").split())
    return Number(f"{read}{form['letter']}{year}{sign}{symbol}", symbol, party, None)


def _filled_in(piece: Piece, found: regex.Match[str], form: regex.Match[str]) -> bool:
    """Without confidences, a gap before the slash or a stray letter says that the digits were written in by hand."""
    gap = found["digits"].endswith((" ", "\t")) or found.string[found.end("digits") :][:1].isspace()
    state = found["sign"] == "/" and form["year"] is None
    return state and gap and (not piece.measured or bool(form["letter"]))


def _review(piece: Piece, reason: str, seen: str) -> Review:
    return Review(
        page=piece.page,
        line=piece.number,
        field="number",
        reason=reason,
        detail=f"the number line reads {piece.text!r}",
        bbox=piece.box(),
        alternatives=(seen,) if seen else (),
    )

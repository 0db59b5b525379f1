"""The document's own number: right or null, never guessed; its symbol read as the grammar of symbols allows."""

from __future__ import annotations

from typing import NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Review
from ocr_pipeline.metadata.handwriting import printed_digits
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.pieces import Piece
from ocr_pipeline.symbols import Marks as LetterMarks
from ocr_pipeline.symbols import SymbolMatch, find_symbols

_FORM = regex.compile(r"(?P<digits>[\dlIoO|\]!]{1,6})(?P<letter>[a-zđA-ZĐ]?)(?P<year>\s?/\s?(?:19|20)\d\d)?")
_LONGEST_GARBAGE = 16
# A symbol that is read less surely is for a person to look at.
_SURE = 0.75
# What the grammar gives a symbol whose units are all known; and recognition that is no more than a guess.
_KNOWN, _LEAST_RECOGNISED = 0.95, 0.6


class Number(NamedTuple):
    """The number as printed, whole and its symbol; ``whole`` is null where blank or doubtful."""

    whole: str | None
    symbol: str | None
    party_form: bool
    review: Review | None


class Around(NamedTuple):
    """What helps to read a damaged symbol: the type that the title line names, and whether the text writes Đ."""

    doc_type: str | None
    letters: LetterMarks


def read_number(piece: Piece, marks: Marks, printed_height: float | None, dictionaries: Dictionaries, around: Around) -> Number:
    """What the number line says."""
    rest = marks.match("number_line", piece.text) or marks.match("typed_number_line", piece.text)
    start = rest.start("rest") if rest else 0
    found = marks.match("symbol", piece.text[start:])
    if found is None or len(found["digits"]) > _LONGEST_GARBAGE:
        return _unreadable(piece, start)
    printed = "".join(found["symbol"].split())
    digits = found["digits"].strip(" .,:;-–")
    sign = "-" if found["sign"] in "-–—" else "/"
    form = _FORM.fullmatch(digits)
    year = "".join((form["year"] or "").split()) if form else ""
    match = _match(f"1{year}{sign}{printed}", around, dictionaries)
    symbol = match.symbol.number[1 + len(year) + 1 :] if match else printed
    party = sign == "-" and "/" in symbol
    if not any(c.isalnum() for c in digits):
        return Number(None, symbol, party, _review(piece, "blank-number", ""))
    at = start + piece.text[start:].find(digits)
    place = (at + form.start("digits"), at + form.end("digits")) if form else (at, at)
    read = printed_digits(piece, *place, printed_height) if form else None
    if form is None or read is None or (not piece.written(*place) and _filled_in(piece, found, form)):
        guesses = [f"{guess}{year}{sign}{symbol}" for guess in piece.guesses("number")]
        return Number(None, symbol, party, _review(piece, "handwritten-number", *guesses, digits))
    if _misread(piece, start, found["symbol"], match):
        return Number(None, symbol, party, _review(piece, "doubtful-symbol", f"{read}{form['letter']}{year}{sign}{symbol}"))
    doubts = match.alternatives if match and match.confidence < _SURE else ()
    review = _review(piece, "doubtful-symbol", doubts[0]) if doubts else None
    return Number(f"{read}{form['letter']}{year}{sign}{symbol}", symbol, party, review)


def _misread(piece: Piece, start: int, printed: str, match: SymbolMatch | None) -> bool:
    """Whether the symbol names units that nobody knows and was recognised with doubt: a number is right or null."""
    if not piece.measured or (match and match.confidence >= _KNOWN):
        return False
    at = piece.text.find(printed, start)
    return min((w.confidence for w in piece.words(at, at + len(printed))), default=1.0) < _LEAST_RECOGNISED


def _match(text: str, around: Around, dictionaries: Dictionaries) -> SymbolMatch | None:
    """The symbol behind a stand-in for its digits, read with the noun that the title line gives."""
    noun = f"{around.doc_type} số " if around.doc_type else "Số: "
    matches = find_symbols(noun + text, dictionaries, marks=around.letters)
    return next((m for m in matches if m.span.end == len(noun) + len(text)), None)


def _unreadable(piece: Piece, start: int) -> Number:
    return Number(None, None, False, _review(piece, "unreadable-number", piece.text[start:].strip()))


def _filled_in(piece: Piece, found: regex.Match[str], form: regex.Match[str]) -> bool:
    """Without confidences, a gap before the slash or a stray letter says that the digits were written in by hand.

    In a text layer of full confidence they were typed: electronic offices write into the same blanks.
    """
    gap = found["digits"].endswith((" ", "\t")) or found.string[found.end("digits") :][:1].isspace()
    state = found["sign"] == "/" and form["year"] is None
    sure = piece.measured or (piece.typed and piece.confidence() >= 1.0)
    return state and gap and (not sure or bool(form["letter"]))


def _review(piece: Piece, reason: str, *seen: str) -> Review:
    return Review(
        page=piece.page,
        line=piece.number,
        field="number",
        reason=reason,
        detail=f"the number line reads {piece.text!r}",
        bbox=piece.box(),
        alternatives=tuple(dict.fromkeys(filter(None, seen))),
    )

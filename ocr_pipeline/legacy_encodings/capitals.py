"""Capitals of TCVN3 text, whose fonts lack most of them: found where the words around leave no doubt."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Span
from ocr_pipeline.legacy_encodings.decoding import Piece
from ocr_pipeline.legacy_encodings.segmentation import Stretch
from ocr_pipeline.legacy_encodings.spelling import Spelling
from ocr_pipeline.legacy_encodings.words import Pieces, text_of

# The accented capitals that .VnTime has.
_HAS_CAPITAL: Final = frozenset("ăâđêôơư")
_LETTERS: Final = regex.compile(r"\p{L}+")
_CELL_GAP: Final = regex.compile(r"\t|\|| {3,}")
_SENTENCE_END: Final = (".", "!", "?")
_BULLET: Final = regex.compile(r"\W*|\d{1,2}(?:\.\d{1,2})*[.)]|[\p{L}]{1,2}[.)]|[IVX]{1,5}[.)]")
# Words of the longest heading, and of the longest line that consists of one.
_HEADING_WORDS, _FORMULA_WORDS = 14, 8
_CAPITALS_FONT: Final = regex.compile(r"\bVn[A-Z]\w*(?: \w+)?H(?=$|[,-]|Bold|Italic)")
_NOT_IN_HEADING: Final = regex.compile(r"\p{Nd}|[.;,](?!\w)|[!?]")


class Placed(NamedTuple):
    """A stretch with its number and its reading."""

    number: int
    stretch: Stretch
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class _Names:
    names: regex.Pattern[str]
    organs: regex.Pattern[str]
    headings: regex.Pattern[str]
    inside: regex.Pattern[str]
    forms: dict[str, str]


@functools.cache
def _names(dictionaries: Dictionaries) -> _Names:
    data = dictionaries.toml("legacy_capitals.toml")
    forms = {form.lower(): form for form in data["inside"]}
    return _Names(_any(data["names"]), _any(data["organs"]), _any(data["headings"]), _any([*forms]), forms)


def _any(phrases: Sequence[str]) -> regex.Pattern[str]:
    return regex.compile(rf"(?<!\p{{L}})(?:{'|'.join(map(regex.escape, phrases))})(?!\p{{L}})")


def is_capitals_font(name: str) -> bool:
    """Whether the name of a font is that of one with capitals for every TCVN3 code.

    >>> [is_capitals_font(n) for n in (".VnTimeH", "ABCDEF+.VnArial NarrowH,Bold", "VnTimeHBold", ".VnTime", "Helvetica")]
    [True, True, True, False, False]
    """
    return bool(_CAPITALS_FONT.search(name))


def capitalised(
    lines: Sequence[str], placed: Sequence[Placed], known: Sequence[Sequence[Span]], dictionaries: Dictionaries
) -> dict[int, Pieces]:
    """By number, the TCVN3 stretches of a text that are to be written with capitals; ``known`` are spans, by line."""
    by_line: dict[int, list[Placed]] = {}
    for one in placed:
        by_line.setdefault(one.stretch.line, []).append(one)
    result: dict[int, Pieces] = {}
    names, spelling = _names(dictionaries), Spelling.load(dictionaries)
    for number, row in by_line.items():
        if number < len(known) and known[number]:
            result |= {one.number: _upper(one.pieces) for one in row if _is_inside(one, known[number])}
        else:
            result |= _capitalised_row(lines, number, row, names, spelling)
    return result


def _is_inside(one: Placed, spans: Sequence[Span]) -> bool:
    """Whether most of a word is in one of the spans; numbers of documents keep their case, for it tells them apart."""
    start, end = one.stretch.start, one.stretch.end
    covered = sum(max(0, min(end, span.end) - max(start, span.start)) for span in spans)
    return covered * 2 > end - start and not any(c.isdigit() for c in one.stretch.text)


def _capitalised_row(
    lines: Sequence[str], number: int, row: Sequence[Placed], names: _Names, spelling: Spelling
) -> dict[int, Pieces]:
    result: dict[int, Pieces] = {}
    cells = list(_cells(lines[number], row))
    upper = [_is_typed_upper(cell, spelling) or _is_heading(cell, lines, number, len(cells), names) for cell in cells]
    if any(flag and names.names.search(_text(cell)) for flag, cell in zip(upper, cells, strict=True)):
        upper = [flag or bool(names.headings.match(_text(cell).lower())) for flag, cell in zip(upper, cells, strict=True)]
    for flag, cell in zip(upper, cells, strict=True):
        result |= {one.number: _upper(one.pieces) for one in cell} if flag else _single_capitals(cell, lines, number, names)
    return result


def _cells(line: str, row: Sequence[Placed]) -> Iterator[list[Placed]]:
    """The stretches of a line by cells: bars, tabs and wide gaps part them."""
    cell: list[Placed] = []
    for one in row:
        gap = line[cell[-1].stretch.end : one.stretch.start] if cell else ""
        if cell and (_CELL_GAP.search(gap) or one.stretch.text.startswith("|") or cell[-1].stretch.text.endswith("|")):
            yield cell
            cell = []
        cell.append(one)
    if cell:
        yield cell


def _text(cell: Sequence[Placed]) -> str:
    return " ".join(text_of(one.pieces) for one in cell).strip("| ")


def _upper(pieces: Pieces) -> Pieces:
    return tuple(Piece(p.seen, p.read.upper()) for p in pieces)


class _Shape(NamedTuple):
    """How the letters of a word were typed: ASCII capitals, ASCII small letters, small letters of the encoding."""

    capitals: int
    small: int
    coded: int


def _shape(pieces: Sequence[Piece]) -> _Shape:
    letters = [p for p in pieces if p.read.isalpha()]
    plain = [p.seen for p in letters if p.seen == p.read]
    coded = sum(p.read.islower() for p in letters if p.seen != p.read)
    return _Shape(sum(map(str.isupper, plain)), sum(map(str.islower, plain)), coded)


def _is_typed_upper(cell: Sequence[Placed], spelling: Spelling) -> bool:
    """Typed with capitals, small where the font has none: no small ASCII letter, and words, not abbreviations alone."""
    shapes = [_shape(one.pieces) for one in cell]
    words = [text_of(one.pieces).lower() for one, shape in zip(cell, shapes, strict=True) if shape.capitals > 1]
    mixed = any(shape.capitals > 1 and shape.coded for shape in shapes)
    return any(s.coded for s in shapes) and not any(s.small for s in shapes) and (mixed or sum(map(spelling.known, words)) > 1)


def _is_heading(cell: Sequence[Placed], lines: Sequence[str], number: int, cells: int, names: _Names) -> bool:
    """Set in a font of capitals: a heading with a name in small letters, or one that begins with a small letter."""
    text = _text(cell)
    words = _LETTERS.findall(text)
    if not 1 < len(words) <= _HEADING_WORDS or _NOT_IN_HEADING.search(text):
        return False
    rest = text[:1].lower() + text[1:]
    if rest != text.lower():
        return False
    if names.names.search(text):
        return True
    stands_alone = cells > 1 or not _goes_on(lines, number)
    begins = bool(names.headings.match(rest))
    formula = text[0].islower() and len(words) <= _FORMULA_WORDS
    return begins and stands_alone and (formula or bool(names.organs.search(text, 1)))


def _goes_on(lines: Sequence[str], number: int) -> bool:
    """Whether a line is in the middle of a paragraph: there is text right before it or right behind it."""
    return any(0 <= n < len(lines) and len(lines[n].split()) > _FORMULA_WORDS for n in (number - 1, number + 1))


def _single_capitals(cell: Sequence[Placed], lines: Sequence[str], number: int, names: _Names) -> dict[int, Pieces]:
    """Words typed in capitals, and first letters that had no capital to be typed with."""
    result: dict[int, Pieces] = {}
    fresh = cell[0].stretch.start == len(lines[number]) - len(lines[number].lstrip()) and _is_fresh(lines, number)
    capitals = set(_capitals_inside(" ".join(text_of(one.pieces) for one in cell), names))
    at = 0
    for one in cell:
        pieces = one.pieces
        shape = _shape(pieces)
        text = text_of(pieces)
        if shape.capitals > 1 and shape.coded and not shape.small:
            pieces = _upper(pieces)
        else:
            first = next((i for i, c in enumerate(text) if c.isalpha()), -1) if fresh else -1
            pieces = _upper_codes(pieces, {first} | {c - at for c in capitals})
        if pieces is not one.pieces:
            result[one.number] = pieces
        fresh = text.endswith(_SENTENCE_END) or (fresh and bool(_BULLET.fullmatch(text)))
        at += len(text) + 1
    return result


def _capitals_inside(text: str, names: _Names) -> Iterator[int]:
    """Where the capitals of known names stand in a text."""
    for found in names.inside.finditer(text.lower()):
        yield from (found.start() + i for i, c in enumerate(names.forms[found.group()]) if c.isupper())


def _is_fresh(lines: Sequence[str], number: int) -> bool:
    """Whether a line begins a sentence: the text before it has come to an end."""
    before = next((line.rstrip() for line in reversed(lines[:number]) if line.strip()), "")
    return not before or before.endswith((*_SENTENCE_END, ":", ";"))


def _upper_codes(pieces: Pieces, places: set[int]) -> Pieces:
    """With capitals at some offsets of what the pieces read, where they are codes whose capitals the fonts lack."""
    result = []
    at = 0
    for piece in pieces:
        wanted = at in places and piece.seen != piece.read and piece.read not in _HAS_CAPITAL
        result.append(Piece(piece.seen, piece.read.upper()) if wanted else piece)
        at += len(piece.read)
    return tuple(result) if tuple(result) != pieces else pieces

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
# Before the name of an organ: for whom it is signed.
_SIGNED_FOR: Final = regex.compile(r"^(?:[TtKk][MmTtLl]|[Tt][Uu][Qq]|[Qq])\.\s*")
_NO, _LIKELY, _SURE = range(3)
_CAPITALS_FONT: Final = regex.compile(r"\bVn[A-Z]\w*(?: \w+)?H(?=$|[,-]|Bold|Italic)")
_NOT_IN_HEADING: Final = regex.compile(r"\p{Nd}|[.;](?!\w)|,$|[!?]")


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
    result: dict[int, Pieces] = {}
    for one in placed:
        spans = known[one.stretch.line] if one.stretch.line < len(known) else ()
        if not spans:
            by_line.setdefault(one.stretch.line, []).append(one)
        elif _is_inside(one, spans):
            result[one.number] = _upper(one.pieces)
    names, spelling = _names(dictionaries), Spelling.load(dictionaries)
    cells = [cell for number, row in by_line.items() for cell in _cells(lines, number, row)]
    headings = {cell[0].number: _heading(cell, lines, names, alone) for cell, alone in cells}
    least = _LIKELY if _SURE in headings.values() else _SURE
    for cell, _ in cells:
        if headings[cell[0].number] >= least or _is_typed_upper(cell, spelling):
            result |= {one.number: _upper(one.pieces) for one in cell}
        else:
            result |= _single_capitals(cell, lines, names, spelling)
    return result


def _is_inside(one: Placed, spans: Sequence[Span]) -> bool:
    """Whether most of a word is in one of the spans; numbers of documents keep their case, for it tells them apart."""
    start, end = one.stretch.start, one.stretch.end
    covered = sum(max(0, min(end, span.end) - max(start, span.start)) for span in spans)
    return covered * 2 > end - start and not any(c.isdigit() for c in one.stretch.text)


def _cells(lines: Sequence[str], number: int, row: Sequence[Placed]) -> list[tuple[list[Placed], bool]]:
    """The stretches of a line by cells, each with whether it stands alone: bars, tabs and wide gaps part them."""
    cells: list[list[Placed]] = []
    for one in row:
        last = cells[-1][-1] if cells else None
        gap = lines[number][last.stretch.end : one.stretch.start] if last else ""
        if last is None or _CELL_GAP.search(gap) or one.stretch.text.startswith("|") or last.stretch.text.endswith("|"):
            cells.append([])
        cells[-1].append(one)
    alone = len(cells) > 1 or not _goes_on(lines, number)
    return [(cell, alone) for cell in cells]


def _goes_on(lines: Sequence[str], number: int) -> bool:
    """Whether a line is in the middle of a paragraph: there is text right before it or right behind it."""
    return any(0 <= n < len(lines) and len(lines[n].split()) > _FORMULA_WORDS for n in (number - 1, number + 1))


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
    plain = [p.read for p in letters if p.read.isascii()]
    coded = sum(p.read.islower() for p in letters if not p.read.isascii())
    return _Shape(sum(map(str.isupper, plain)), sum(map(str.islower, plain)), coded)


def _is_typed_upper(cell: Sequence[Placed], spelling: Spelling) -> bool:
    """Typed with capitals, small where the font has none: no small ASCII letter, and words, not abbreviations alone."""
    shapes = [_shape(one.pieces) for one in cell]
    words = [text_of(one.pieces).lower() for one, shape in zip(cell, shapes, strict=True) if shape.capitals > 1]
    mixed = any(shape.capitals > 1 and shape.coded for shape in shapes)
    return any(s.coded for s in shapes) and not any(s.small for s in shapes) and (mixed or sum(map(spelling.known, words)) > 1)


def _heading(cell: Sequence[Placed], lines: Sequence[str], names: _Names, alone: bool) -> int:
    """How surely a cell is a heading set in a font of capitals.

    Sure, with a name in small letters or where it begins with a small letter; likely, where it begins as headings do.
    """
    text = _SIGNED_FOR.sub("", _text(cell))
    words = _LETTERS.findall(text)
    rest = text[:1].lower() + text[1:]
    if not 1 < len(words) <= _HEADING_WORDS or _NOT_IN_HEADING.search(text) or rest != text.lower():
        return _NO
    if names.names.search(text):
        return _SURE
    if not names.headings.match(rest) or not (alone or names.headings.fullmatch(rest.rstrip(": "))):
        return _NO
    formula = len(words) <= _FORMULA_WORDS
    sure = (formula and text[0].islower()) or names.organs.search(text, 1)
    return _SURE if sure else _LIKELY if formula else _NO


def _single_capitals(cell: Sequence[Placed], lines: Sequence[str], names: _Names, spelling: Spelling) -> dict[int, Pieces]:
    """Words typed in capitals, and first letters that had no capital to be typed with."""
    result: dict[int, Pieces] = {}
    number = cell[0].stretch.line
    fresh = cell[0].stretch.start == len(lines[number]) - len(lines[number].lstrip()) and _is_fresh(lines, number)
    capitals = set(_capitals_inside(" ".join(text_of(one.pieces) for one in cell), names))
    shapes, words = [_shape(one.pieces) for one in cell], [text_of(one.pieces) for one in cell]
    at = 0
    for i, one in enumerate(cell):
        pieces = one.pieces
        text = words[i]
        if _is_word_in_capitals(shapes, words, i, spelling):
            pieces = _upper(pieces)
        else:
            first = next((k for k, c in enumerate(text) if c.isalpha()), -1) if fresh else -1
            pieces = _upper_codes(pieces, {first} | {c - at for c in capitals})
        if pieces is not one.pieces:
            result[one.number] = pieces
        fresh = text.endswith(_SENTENCE_END) or (fresh and bool(_BULLET.fullmatch(text)))
        at += len(text) + 1
    return result


def _is_word_in_capitals(shapes: Sequence[_Shape], words: Sequence[str], i: int, spelling: Spelling) -> bool:
    """Typed with two capitals and no small ASCII letter, or with one between words in capitals, not abbreviations."""
    this = shapes[i]
    if not this.coded or this.small:
        return False
    if this.capitals > 1:
        return True
    around = [k for k in (i - 1, i + 1) if 0 <= k < len(shapes)]
    in_capitals = all(shapes[k].capitals > 1 and not shapes[k].small and spelling.known(words[k]) for k in around)
    return this.capitals == 1 and len(around) > 1 and in_capitals


def _capitals_inside(text: str, names: _Names) -> Iterator[int]:
    """Where the capitals of known names stand in a text."""
    for found in names.inside.finditer(text.lower()):
        yield from (found.start() + i for i, c in enumerate(names.forms[found.group()]) if c.isupper())


def _is_fresh(lines: Sequence[str], number: int) -> bool:
    """Whether a line begins a sentence: the text before it has come to an end."""
    before = next((lines[n].rstrip() for n in range(number - 1, -1, -1) if lines[n].strip()), "")
    return not before or before.endswith((*_SENTENCE_END, ":", ";"))


def _upper_codes(pieces: Pieces, places: set[int]) -> Pieces:
    """With capitals at some offsets of what the pieces read, where they are codes whose capitals the fonts lack."""
    result = []
    at = 0
    for piece in pieces:
        wanted = at in places and not piece.read.isascii() and piece.read not in _HAS_CAPITAL
        result.append(Piece(piece.seen, piece.read.upper()) if wanted else piece)
        at += len(piece.read)
    return tuple(result) if tuple(result) != pieces else pieces

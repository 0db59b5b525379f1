"""The blanks of a letterhead that are filled in by hand: number, day, month (NĐ 30/2020, Phụ lục I, mục II.3 và II.4).

The printed words around tell where a blank is: ``Số:`` and the symbol, ``ngày`` and ``tháng``, ``tháng`` and ``năm``. What
stands there is read from the page as it was scanned, red ink left out, by ``handwriting``; where that is sure it takes
the place of what the recogniser of print made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import SURE_WRITTEN, Box, Filled, FilledField, PlacedWord
from ocr_pipeline.handwriting import CAPITAL, HEIGHT, DigitReader, Look, Reading
from ocr_pipeline.layout import PlacedLine
from ocr_pipeline.orthography import fold

Pixels = npt.NDArray[np.uint8]
Words = tuple[PlacedWord, ...]
# Digits that the recogniser of print is as sure of are print.
_PRINTED: Final = 0.88
_SHOWN: Final = 0.05
_NUMBER_MARK: Final = regex.compile(r"[\W_]*[s5$][o06e]?[:;.,]*", regex.IGNORECASE)
_SYMBOL: Final = regex.compile(r"(?P<before>[^/⁄\-–]*)[/⁄\-–]\s*(?:[\p{Lu}Đ]{2}|(?:19|20)\d\d\b)")
_DAY, _MONTH, _YEAR = "ngay", "thang", "nam"
_SIGNS: Final = " .,;:_"
_FOUR_DIGITS: Final = regex.compile(r"(?:19|20)\d\d")
# Widths of printed words, in heights of a capital, and what is shown of them beside the blank.
_NUMBER_MARK_WIDTH, _DAY_WIDTH = 1.9, 2.8
_CAPITAL_OF_WORD: Final = 0.72
_LEFT, _RIGHT = 1.3, 0.8
_NARROWEST, _LOWEST = 0.7, 5
# Widths of letters of a symbol, in heights of a capital; so much more is a digit.
_WIDTHS: Final = {
    "/": 0.42, "⁄": 0.42, "-": 0.5, ".": 0.38, ":": 0.42, "I": 0.5, "M": 1.35, "S": 0.85, "&": 1.18, "t": 0.42, "m": 1.1,
}  # fmt: skip
_WIDTH_OF_CAPITAL, _WIDTH_OF_OTHERS, _RUN_IN = 1.04, 0.76, 0.6
# A rule is so long and so thin; ink that ends above or begins below these heights is not of the line. In capitals.
_RULE, _ABOVE, _BELOW = (1.2, 0.25), 1.35, 3.35
# Of a blank read in two widths that differ, one is believed where it is so sure and the other is not; else neither is.
_SURE_ALONE, _UNSURE = 0.95, 0.49
_TWO, _NOWHERE = 2, Box(0, 0, 0, 0)
# What is as near to paper as this, as a share of the way to ink, is paper.
_PAPER: Final = 0.3
_NUMBER: Final = regex.compile(r"0?[1-9]|[1-9][0-9]{1,4}|0[0-9]{1,3}")


class Blank(NamedTuple):
    """A blank in a line: its field, its edges in pixels of the sheet, and the words that the recogniser saw in it."""

    field: FilledField
    left: float
    right: float
    first: int
    last: int
    # What is left of the first and of the last word once the blank is cut out of them.
    head: str = ""
    tail: str = ""


def filled_in(line: PlacedLine, page: Pixels, on_page: Callable[[Box], Box], dictionaries: Dictionaries) -> PlacedLine:
    """The line with what was written into its blanks; ``page`` is the scan, grey or BGR, ``on_page`` maps boxes to it."""
    if not line.zone.startswith("letterhead"):
        return line
    for blank in reversed(list(_blanks(line.words))):
        line = _read(line, blank, page, on_page, dictionaries)
    return line


# --- where


def _blanks(words: Words) -> Iterator[Blank]:
    flat = [fold(w.text) for w in words]
    if flat and (mark := _NUMBER_MARK.match(flat[0])):
        yield from _number(words, mark.end())
    yield from _between(words, flat, _DAY, _MONTH, "day", _DAY_WIDTH)
    yield from _between(words, flat, _MONTH, _YEAR, "month", 0.0)


def _number(words: Words, cut: int) -> Iterator[Blank]:
    """The blank between ``Số:``, ``cut`` letters long, and the symbol; either may have run into what is written."""
    alone = cut >= len(words[0].text)
    found = next(((k, m) for k, w in enumerate(words) if (m := _SYMBOL.match(w.text if k else w.text[cut:]))), None)
    if found is None:
        return
    k, before = found[0], len(found[1]["before"])
    symbol = words[k]
    left = words[0].box.x1 if alone else words[0].box.x0 + _NUMBER_MARK_WIDTH * (symbol.box.y1 - symbol.box.y0)
    head = "" if alone else words[0].text[:cut]
    if k and not before:
        yield Blank("number", left, symbol.box.x0, int(alone), k, head)
    elif k:
        width = (symbol.box.x1 - symbol.box.x0) / len(symbol.text)
        yield Blank("number", left, symbol.box.x0 + before * width, int(alone), k + 1, head, symbol.text[before:])


def _between(words: Words, flat: Sequence[str], opening: str, closing: str, field: FilledField, width: float) -> Iterator[Blank]:
    """The blank between two printed words; the first may have run into what is written."""
    last = next((k for k in range(len(flat) - 1, 0, -1) if _is(flat[k], closing)), None)
    if last is None:
        return
    first = next((k for k in range(last - 1, -1, -1) if _ends_in(flat[k], opening)), None)
    if first is not None:
        bare = words[first].text.rstrip(" .,;:_-")
        yield Blank(field, words[first].box.x1, words[last].box.x0, first, last, bare)
        return
    run_in = next((k for k in range(last - 1, -1, -1) if flat[k].startswith(opening[:3])), None)
    if run_in is not None and width:
        word = words[run_in]
        left = word.box.x0 + width * _CAPITAL_OF_WORD * (word.box.y1 - word.box.y0)
        yield Blank(field, left, words[last].box.x0, run_in, last, word.text[: len(opening) - 1] + "y")


def _is(flat: str, word: str) -> bool:
    return flat.strip(_SIGNS) == word


def _ends_in(flat: str, word: str) -> bool:
    """Whether a word is another, or ends in it behind a comma ("An,ngày")."""
    return flat.rstrip(_SIGNS).endswith(word) and not flat.rstrip(_SIGNS)[: -len(word)][-1:].isalnum()


# --- what


def _read(line: PlacedLine, blank: Blank, page: Pixels, on_page: Callable[[Box], Box], dictionaries: Dictionaries) -> PlacedLine:
    rows = _capital_rows(page, on_page(_print_beside(line.words, blank)))
    across = on_page(line.box)
    capital = (rows[1] - rows[0]) * (line.box.x1 - line.box.x0) / max(1, across.x1 - across.x0)
    edged = [(place, _edges(on_page(place), rows)) for place in _places(line, blank, capital)]
    read = [(place, _readings(page, edges, blank, dictionaries)) for place, edges in edged if edges]
    place, readings = _agreed([(place, readings) for place, readings in read if readings])
    likely = [r for r in readings if r.digits and r.confidence >= _SHOWN]
    if not likely:
        return line
    best, *others = likely
    filled = Filled(
        line=0, field=blank.field, digits=best.digits, confidence=best.confidence,
        bbox=on_page(place), alternatives=tuple(r.digits for r in others),
    )  # fmt: skip
    if best.confidence >= SURE_WRITTEN and not _is_printed(line.words, blank) and _run_in(line.words, blank) != best.digits:
        line = _with(line, blank, PlacedWord(best.digits, place, best.confidence))
    return replace(line, filled=(filled, *line.filled))


def _readings(page: Pixels, edges: Box, blank: Blank, dictionaries: Dictionaries) -> tuple[Reading, ...]:
    """What the network reads between some edges of the page, the likeliest first."""
    ink = _ink(page, edges)
    return DigitReader.load(dictionaries).read(lambda way: _look(ink, edges.y1 - edges.y0, way), _ALLOWED[blank.field])


def _agreed(read: Sequence[tuple[Box, tuple[Reading, ...]]]) -> tuple[Box, tuple[Reading, ...]]:
    """Where a blank is and what stands in it, read in one width or in two: where both agree, or only one of them is sure."""
    if len(read) < _TWO:
        return read[0] if read else (_NOWHERE, ())
    (_, (narrow, *_)), (place, (wide, *_)) = read
    if narrow.digits == wide.digits or (narrow.confidence < SURE_WRITTEN and wide.confidence >= _SURE_ALONE):
        return read[1]
    if wide.confidence < SURE_WRITTEN and narrow.confidence >= _SURE_ALONE:
        return read[0]
    return place, tuple(Reading(r.digits, min(r.confidence, _UNSURE)) for r in (wide, narrow))


def _places(line: PlacedLine, blank: Blank, capital: float) -> list[Box]:
    """The blank as the words beside it bound it, and as wide as their print lets it be; ``capital`` in pixels of the sheet.

    A digit may have run into a printed word, seen or not: then that word is wider than it is in print. So it is in the face of
    a typewriter.
    """
    words, left, right = line.words, blank.left, blank.right
    bounded = Box(round(left), line.box.y0, round(right), line.box.y1)
    if blank.field != "number" and _year_of(words) is None:
        # Only small letters tell how high a capital is, and not well.
        return [bounded]
    before, after = words[blank.first - (0 if blank.head else 1)], words[blank.last - (1 if blank.tail else 0)]
    mark, symbol = blank.head or before.text, blank.tail or after.text
    start, end = before.box.x0 + capital * _printed_width(mark), after.box.x1 - capital * _printed_width(symbol)
    if left == before.box.x1 and left - start > _RUN_IN * capital:
        left = start
    if blank.tail or (right == after.box.x0 and end - right > _RUN_IN * capital):
        right = min(max(end, after.box.x0), after.box.x1)
    wide = Box(round(left), line.box.y0, round(right), line.box.y1)
    return [bounded] if wide == bounded else [bounded, wide]


def _printed_width(text: str) -> float:
    """The width of a text in heights of a capital, as it is in faces like Times."""
    return sum(_WIDTHS.get(c, _WIDTH_OF_CAPITAL if c.isupper() else _WIDTH_OF_OTHERS) for c in text)


def _edges(place: Box, rows: tuple[int, int]) -> Box | None:
    """What is shown of the page: from some print before the blank to some after it, as high as a printed capital."""
    height = rows[1] - rows[0]
    if height < _LOWEST or place.x1 - place.x0 < _NARROWEST * height:
        return None
    return Box(round(place.x0 - _LEFT * height), rows[0], round(place.x1 + _RIGHT * height), rows[1])


def _capital_rows(page: Pixels, beside: Box) -> tuple[int, int]:
    """Top and bottom of the letters of a printed word: the usual ones, so that a tail or a mark does not count."""
    cut = page[max(0, beside.y0) : beside.y1, max(0, beside.x0) : beside.x1]
    grey = cut[:, :, 2] if cut.ndim == 3 else cut
    if min(grey.shape) < _LOWEST:
        return 0, 0
    ink = cv2.threshold(np.ascontiguousarray(grey), 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    pieces = cv2.connectedComponentsWithStats(ink)[2][1:]
    letters = pieces[pieces[:, 3] >= 0.5 * len(grey)]
    if not len(letters):
        return 0, 0
    top, bottom = np.median(letters[:, 1]), np.median(letters[:, 1] + letters[:, 3])
    return beside.y0 + round(float(top)), beside.y0 + round(float(bottom))


def _print_beside(words: Words, blank: Blank) -> Box:
    """Top and bottom of printed capitals or digits of the line: of the symbol, else of the year, else of all words."""
    beside = words[blank.last - (1 if blank.tail else 0)] if blank.field == "number" else None
    return (beside or _year_of(words) or max(words, key=lambda w: w.box.x1 - w.box.x0)).box


def _year_of(words: Words) -> PlacedWord | None:
    return next((w for w in reversed(words) if _FOUR_DIGITS.fullmatch(w.text.strip(".,;"))), None)


def _run_in(words: Words, blank: Blank) -> str:
    """What the recogniser of print saw in the blank, all of it."""
    text = "".join(w.text for w in words[blank.first : blank.last])
    return text.removeprefix(blank.head).removesuffix(blank.tail).strip(".,:;")


def _is_printed(words: Words, blank: Blank) -> bool:
    """Whether the recogniser of print is sure of digits that may stand in the blank: 45 is no day."""
    seen = words[blank.first + (1 if blank.head else 0) : blank.last]
    digits = "".join(w.text.strip(".,;") for w in seen).removesuffix(blank.tail)
    return digits.isdecimal() and _ALLOWED[blank.field](digits) and all(w.confidence >= _PRINTED for w in seen)


def _with(line: PlacedLine, blank: Blank, word: PlacedWord) -> PlacedLine:
    """The line with the word in its blank, and what was print of the words that ran into it."""
    words, parts = line.words, [word]
    if blank.tail:
        parts = [word._replace(text=word.text + blank.tail, box=word.box._replace(x1=words[blank.last - 1].box.x1))]
    if blank.head:
        head = words[blank.first]
        parts.insert(0, head._replace(text=blank.head, box=head.box._replace(x1=word.box.x0)))
    return replace(line, words=(*words[: blank.first], *parts, *words[blank.last :]))


# --- how it looks


def _ink(page: Pixels, box: Box) -> Pixels:
    """Grey of the box and twice its height above and below: blue and black ink dark, red seals, rules and other lines paper."""
    capital = box.y1 - box.y0
    margin = 2 * capital
    cut = page[max(0, box.y0 - margin) : box.y1 + margin, max(0, box.x0) : box.x1]
    grey = cut[:, :, 2] if cut.ndim == 3 else cut
    # Where a box begins above or beside the page, paper stands in for what is not there.
    grey = np.pad(grey, ((max(0, margin - box.y0), 0), (max(0, -box.x0), 0)), constant_values=255)
    grey = in_black_and_white(grey)
    grey[ink_elsewhere(grey, capital) > 0] = 255
    return grey


def in_black_and_white(grey: Pixels) -> Pixels:
    """Ink as dark and paper as white as they can be, edges grey: faint ink, print of the other side and noise look alike."""
    if grey.size == 0 or grey.min() == grey.max():
        return grey
    level = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]
    dark, light = float(grey[grey <= level].mean()), float(grey[grey > level].mean())
    white = light - _PAPER * (light - dark)
    return np.clip((grey.astype(np.float32) - dark) * (255 / max(white - dark, 1.0)), 0, 255).astype(np.uint8)


def ink_elsewhere(grey: Pixels, capital: int) -> Pixels:
    """255 over rules, and over ink that lies wholly above or below the line: the line begins at two capitals from the top."""
    ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    _, top, width, height, _ = stats.T
    rule = (width > _RULE[0] * capital) & (height < _RULE[1] * capital)
    apart = (top + height < _ABOVE * capital) | (top > _BELOW * capital)
    gone = np.where(rule | apart, 255, 0).astype(np.uint8)
    gone[0] = 0
    return cv2.dilate(gone[labels], np.ones((3, 3), np.uint8)).astype(np.uint8)


def _look(ink: Pixels, capital: int, way: Look) -> Pixels:
    """The blank as the network wants it: capitals ``CAPITAL`` high, in the middle of ``HEIGHT``."""
    ink = ink[:, round(way.left * capital) : ink.shape[1] - round(way.right * capital)]
    middle = 2 * capital + capital / 2 + way.rise * capital
    half = HEIGHT / CAPITAL * capital / way.zoom / 2
    top, bottom = round(middle - half), round(middle + half)
    cut = np.pad(ink, ((max(0, -top), max(0, bottom - ink.shape[0])), (0, 0)), constant_values=255)
    cut = cut[max(0, top) : max(0, top) + bottom - top]
    width = max(8, round(cut.shape[1] * HEIGHT / cut.shape[0]))
    smaller = cut.shape[0] > HEIGHT
    return cv2.resize(cut, (width, HEIGHT), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC).astype(np.uint8)


def _is_number(digits: str) -> bool:
    return bool(_NUMBER.fullmatch(digits))


def _is_day(digits: str) -> bool:
    return len(digits) <= 2 and 1 <= int(digits) <= 31


def _is_month(digits: str) -> bool:
    return len(digits) <= 2 and 1 <= int(digits) <= 12


_ALLOWED: Final[dict[FilledField, Callable[[str], bool]]] = {"number": _is_number, "day": _is_day, "month": _is_month}

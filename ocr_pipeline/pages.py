"""One page from source to lines: its text layer where that is good, else image, regions, recognition, reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import regex

from ocr_pipeline.blanks import filled_in
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Box, Line, Page, PlacedWord, TextSource, Word
from ocr_pipeline.errors import InputError, MissingDependency
from ocr_pipeline.fine_print import FINE_DPI, has_more
from ocr_pipeline.imaging import Sheet, prepare, turned_upright
from ocr_pipeline.layout import (
    PlacedLine,
    Region,
    RegionLines,
    arranged,
    dashes_of,
    in_regions,
    leaders_of,
    lines_of_words,
    regions_of,
    with_dashes,
    with_leaders,
)
from ocr_pipeline.missed_lines import AROUND, is_print, missed_in, shown, with_missed
from ocr_pipeline.recognition import Engine, ReadLine, mean_confidence
from ocr_pipeline.roman_numerals import with_strokes
from ocr_pipeline.second_reading import read_again
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import PageImage, SourcePage
from ocr_pipeline.tables import Ruled, Table, ruled
from ocr_pipeline.text_layer import Judgement, judge
from ocr_pipeline.views import MARGIN, SMALL_PRINT, view_of

# A page that reads worse than this may stand on its side or its head: upright ones have 0.95, on their heads up to 0.78.
_LEAST_CONFIDENCE: Final = 0.85
# A word's box against the height of its letters, and the least of a picture's that must lie on a line of text.
_LETTER_OF_BOX: Final = 0.5
# What is drawn on a page of text is darker than this, thin rules among it.
_DRAWN: Final = 215
_DIGITS: Final = regex.compile(r"\d{1,5}")
Pixels = npt.NDArray[np.uint8]
Locate = Callable[[Box], Box]


def read_page(page: SourcePage, engine: Callable[[], Engine], settings: Settings, dictionaries: Dictionaries) -> Page:
    """The page's lines in reading order; a page that cannot be read has its ``problem`` set and no lines."""
    try:
        layer = _judged(page, settings, dictionaries)
        if layer and layer.usable:
            return _from_layer(page, layer, engine, dictionaries)
        return _from_image(page, layer, engine, dictionaries)
    except InputError as error:
        return Page(number=page.number, source_page=page.number, width=0, height=0, dpi=0, confidence=0.0, problem=str(error))


# --- text layers


def _judged(page: SourcePage, settings: Settings, dictionaries: Dictionaries) -> Judgement | None:
    if not page.layer or page.glance is None or settings.text_layer == "never":
        return None
    if settings.text_layer == "always":
        return Judgement("text-layer", True, "text layer taken as asked")
    glance = page.glance()
    return judge(page.layer, page.layer_dpi, glance.pixels, glance.dpi, dictionaries)


def _from_layer(page: SourcePage, layer: Judgement, engine: Callable[[], Engine] | None, dictionaries: Dictionaries) -> Page:
    """The page from its own text, with the numbers that were laid over it as text or as pictures.

    Where the text is somebody's recognition of a scan, what was written by hand is read from that scan.
    """
    assert page.glance
    glance = page.glance()
    scale = page.layer_dpi / glance.dpi
    height, width = (round(side * scale) for side in glance.pixels.shape[:2])
    words, stamps = _laid_over(page.layer, page.stamps)
    pictured = tuple(_pictured(page, words, engine)) if engine else ()
    # What lies beyond the edges of the page is not printed on it.
    words = [w for w in (*words, *pictured) if w.box.x1 > 0 and w.box.y1 > 0 and w.box.x0 < width and w.box.y0 < height]
    boxes = np.array([w.box for w in words], np.int32).reshape(-1, 4).clip(0, [width, height, width, height])
    size = _LETTER_OF_BOX * float(np.median(boxes[:, 3] - boxes[:, 1])) if len(boxes) else 1.0
    lines: Sequence[PlacedLine] = arranged(in_regions(regions_of(boxes, size, width, height, _ruled(glance, scale)), words))
    if page.recognised:
        image = page.image()
        scale = image.dpi / page.layer_dpi
        lines = [filled_in(line, image.pixels, lambda box: _scaled(box, scale), dictionaries) for line in lines]
        lines = [replace(line, filled=tuple(replace(f, bbox=_scaled(f.bbox, 1 / scale)) for f in line.filled)) for line in lines]
    steps = (layer.why, *(f"picture read as {w.text}" for w in pictured))
    return _page(page, lines, stamps, width, height, page.layer_dpi, lambda box: box, layer.source, steps)


def _scaled(box: Box, scale: float) -> Box:
    return Box(*(round(v * scale) for v in box))


def _ruled(glance: PageImage, scale: float) -> Ruled:
    """Tables and frames of a page that is text, in pixels of its layer."""
    rules = ruled(cv2.threshold(glance.pixels, _DRAWN, 255, cv2.THRESH_BINARY_INV)[1].astype(np.uint8), glance.dpi)
    tables = (
        Table(_scaled(t.box, scale), tuple(tuple(_scaled(cell, scale) for cell in row) for row in t.rows)) for t in rules.tables
    )
    return Ruled(tuple(tables), tuple(frame._replace(box=_scaled(frame.box, scale)) for frame in rules.frames))


def _laid_over(layer: Sequence[PlacedWord], stamps: Sequence[PlacedWord]) -> tuple[list[PlacedWord], list[PlacedWord]]:
    """The words of the page, and those of stamps that are none of its text.

    An electronic office writes number and day into the blanks, or prints the whole line anew a little beside the old
    one: such a line hides the words that it covers. Other stamps (who signed, and when) stay apart.
    """
    words, apart = list(layer), list[PlacedWord]()
    for line in lines_of_words(stamps):
        hidden = [w for w in words if any(_covers(s, w) for s in line)]
        if any(w.text == s.text for w in hidden for s in line):
            words = [w for w in words if w not in hidden] + list(line)
        elif all(_DIGITS.fullmatch(s.text) for s in line) and not hidden and any(_beside(line[0].box, w.box) for w in words):
            words += line
        else:
            apart += line
    return words, apart


def _covers(over: PlacedWord, under: PlacedWord) -> bool:
    a, b = over.box, under.box
    shared = max(0, min(a.x1, b.x1) - max(a.x0, b.x0)) * max(0, min(a.y1, b.y1) - max(a.y0, b.y0))
    return shared > 0.3 * min((a.x1 - a.x0) * (a.y1 - a.y0), (b.x1 - b.x0) * (b.y1 - b.y0))


def _beside(a: Box, b: Box) -> bool:
    """Whether two boxes stand on one line, close to one another."""
    height = min(a.y1 - a.y0, b.y1 - b.y0)
    return min(a.y1, b.y1) - max(a.y0, b.y0) > 0.4 * height and max(a.x0, b.x0) - min(a.x1, b.x1) < 3 * height


def _pictured(page: SourcePage, words: Sequence[PlacedWord], engine: Callable[[], Engine]) -> Iterator[PlacedWord]:
    """Numbers that stand on a line of text as small pictures."""
    places = [
        p
        for p in page.pictures
        if any(_beside(p, w.box) for w in words) and not any(_covers(PlacedWord("", p, 1), w) for w in words)
    ]
    if not places:
        return
    try:
        reader, image = engine(), page.image()
    except MissingDependency:
        return
    scale = image.dpi / page.layer_dpi
    for place in places:
        x0, y0, x1, y1 = (max(0, round(v * scale)) for v in place)
        digits, confidence = _digits(image.pixels[y0:y1, x0:x1], image.dpi, reader)
        if digits:
            yield PlacedWord(digits, place, confidence)


def _digits(pixels: Pixels, dpi: int, engine: Engine) -> tuple[str, float]:
    """The number that a small picture shows, where it reads the same in two sizes; else an empty string."""
    grey = pixels if pixels.ndim == 2 else pixels.min(axis=2)
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    readings = [
        engine.read_digits(np.pad(cut, MARGIN, constant_values=255), size)
        for cut, size in ((grey, dpi), (small.astype(np.uint8), dpi // 2))
    ]
    texts = {"".join(w.text for w in words) for words in readings}
    (text,) = texts if len(texts) == 1 else {""}
    if not _DIGITS.fullmatch(text):
        return "", 0.0
    return text, max(w.confidence for words in readings for w in words)


# --- images


def _from_image(page: SourcePage, layer: Judgement | None, engine: Callable[[], Engine], dictionaries: Dictionaries) -> Page:
    try:
        reader = engine()
    except MissingDependency:
        if layer is None:
            raise
        why = f"{layer.why}; used all the same, for want of a recogniser"
        return _from_layer(page, layer._replace(why=why), None, dictionaries)
    image = page.image()
    sheet, read, turns = _upright(image, reader)
    height, width = image.pixels.shape[:2]
    upright = turned_upright(image.pixels, turns) if turns else image.pixels
    lines = [filled_in(line, upright, sheet.on_page, dictionaries) for line in arranged(read)]
    fine = has_more(sheet) and any(r.region.role in SMALL_PRINT for r in read)
    steps = (
        *((layer.why,) if layer else ()), *sheet.steps, *((f"small print read at {FINE_DPI} dpi",) if fine else ()),
        *(("blank page",) if sheet.blank else ()),
    )  # fmt: skip
    scale = image.dpi / page.layer_dpi if page.layer_dpi else 1.0
    stamps = [w._replace(box=_scaled(w.box, scale)) for w in page.stamps]
    made = _page(page, lines, stamps, width, height, image.dpi, sheet.on_page, "ocr", steps)
    return _turned(made, turns, sheet)


def _turned(page: Page, turns: int, sheet: Sheet) -> Page:
    width, height = (page.height, page.width) if turns % 2 else (page.width, page.height)
    return replace(page, width=width, height=height, rotation=90 * turns, skew=sheet.skew)


def _upright(image: PageImage, engine: Engine) -> tuple[Sheet, list[RegionLines], int]:
    """The sheet and what was read on it, turned by quarters where that reads better."""
    sheet = prepare(image.pixels, image.dpi)
    read = _read_regions(sheet, image.pixels, engine)
    confidence = _confidence(read)
    if sheet.blank or confidence >= _LEAST_CONFIDENCE:
        return sheet, read, 0
    turns = engine.quarter_turns(sheet.grey, sheet.dpi)
    if not turns:
        return sheet, read, 0
    upright = turned_upright(image.pixels, turns)
    turned = prepare(upright, image.dpi)
    again = _read_regions(turned, upright, engine)
    return (turned, again, turns) if _confidence(again) > confidence else (sheet, read, 0)


def _confidence(read: Sequence[RegionLines]) -> float:
    return mean_confidence([ReadLine(words) for region in read for words in region.lines])


def _read_regions(sheet: Sheet, page: Pixels, engine: Engine) -> list[RegionLines]:
    """What stands in each region of a sheet; ``page`` is the page that it was made of."""
    if sheet.blank:
        return []
    height, width = sheet.grey.shape
    stamps = [Region(frame.box, "stamp", sheet.boxes[:0], tilt=frame.tilt) for frame in sheet.stamped]
    regions = (*regions_of(sheet.boxes, sheet.size, width, height, sheet.ruled), *stamps)
    views = [view_of(region, sheet, page) for region in regions]
    read: dict[int, list[tuple[PlacedWord, ...]]] = {}
    for dpi in {view.dpi for view in views}:
        some = [k for k, view in enumerate(views) if view.dpi == dpi]
        cuts = [views[k].cut for k in some]
        first = [[line.words for line in lines] for lines in engine.read_blocks(cuts, dpi)]
        for k, lines in zip(some, read_again(first, cuts, dpi, engine), strict=True):
            placed = ([word._replace(box=views[k].on_sheet(word.box)) for word in line] for line in lines)
            read[k] = [with_strokes(line, sheet.grey) for line in placed]
    for k, line in _missed(regions, read, sheet, engine):
        read[k] = with_missed(read[k], line)
    leaders, dashes = leaders_of(sheet.boxes, sheet.size), dashes_of(sheet.boxes, sheet.size)
    found = []
    for k, region in enumerate(regions):
        own = [row for row in dashes if region.box.has_middle(row.box)]
        found.append(RegionLines(region, with_dashes([with_leaders(line, leaders) for line in read[k]], own)))
    return found


def _missed(
    regions: Sequence[Region], read: dict[int, list[tuple[PlacedWord, ...]]], sheet: Sheet, engine: Engine
) -> Iterator[tuple[int, tuple[PlacedWord, ...]]]:
    """Lines that were passed over, each with the number of its region."""
    places = [(k, box) for k, region in enumerate(regions) for box in missed_in(region, read[k], sheet.boxes, sheet.size)]
    if not places:
        return
    found = engine.read_lines([shown(sheet.grey, box) for _, box in places], sheet.dpi)
    for (k, box), words in zip(places, found, strict=True):
        if is_print(words):
            x, y = max(0, box.x0 - AROUND), max(0, box.y0 - AROUND)
            yield k, tuple(word._replace(box=word.box.moved(x, y)) for word in words)


# --- both


def _page(
    page: SourcePage,
    lines: Sequence[PlacedLine],
    stamps: Sequence[PlacedWord],
    width: int,
    height: int,
    dpi: int,
    locate: Locate,
    source: TextSource,
    steps: tuple[str, ...],
) -> Page:
    """The page with its lines, and behind them those of stamps, whose boxes are already in the page's pixels."""
    read = [ReadLine(line.words) for line in lines]
    stamped = [PlacedLine(words, "stamp") for words in lines_of_words(stamps)]
    return Page(
        number=page.number,
        source_page=page.number,
        width=width,
        height=height,
        dpi=dpi,
        text_source=source,
        confidence=round(mean_confidence(read), 4) if lines else 1.0,
        steps=steps,
        lines=(*(_line(line, locate) for line in lines), *(_line(line, lambda box: box) for line in stamped)),
        filled=tuple(replace(f, line=number) for number, line in enumerate(lines, 1) for f in line.filled),
    )


def _line(line: PlacedLine, locate: Locate) -> Line:
    """The line with its boxes on the page."""
    words, start = [], 0
    for word in line.words:
        end = start + len(word.text)
        words.append(Word(start, end, *locate(word.box), round(word.confidence, 4)))
        start = end + 1
    return Line(
        text=line.text, raw=line.text, bbox=locate(line.box), zone=line.zone,
        confidence=round(line.confidence, 4), words=tuple(words),
    )  # fmt: skip

"""One page from source to lines: its text layer where that is good, else image, regions, recognition, reading order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ocr_pipeline.document import Box, Line, Page, PlacedWord, Word
from ocr_pipeline.errors import InputError
from ocr_pipeline.imaging import Sheet, prepare, turned_upright
from ocr_pipeline.layout import PlacedLine, Region, RegionLines, arranged, regions_of
from ocr_pipeline.recognition import Engine, ReadLine, mean_confidence
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import PageImage, SourcePage

# Pixels of white around a region, so that letters at its edge are whole.
_MARGIN = 12
# A page that reads worse than this may stand on its side or its head.
_LEAST_CONFIDENCE = 0.60


def read_page(page: SourcePage, engine: Callable[[], Engine], settings: Settings) -> Page:
    """The page's lines in reading order; a page that cannot be read has its ``problem`` set and no lines."""
    try:
        image = page.image()
        return _recognised(page, image, engine(), settings)
    except InputError as error:
        return Page(number=page.number, source_page=page.number, width=0, height=0, dpi=0, confidence=0.0, problem=str(error))


def _recognised(page: SourcePage, image: PageImage, engine: Engine, settings: Settings) -> Page:
    sheet, read, turns = _upright(image, engine)
    lines = arranged(read, sheet.grey.shape[1])
    placed = tuple(_line(line, sheet) for line in lines)
    height, width = image.pixels.shape[:2]
    return Page(
        number=page.number,
        source_page=page.number,
        width=height if turns % 2 else width,
        height=width if turns % 2 else height,
        dpi=image.dpi,
        rotation=90 * turns,
        skew=sheet.skew,
        confidence=round(mean_confidence([ReadLine(line.words) for line in lines]), 4) if lines else 1.0,
        steps=sheet.steps if not sheet.blank else (*sheet.steps, "blank page"),
        lines=placed,
    )


def _upright(image: PageImage, engine: Engine) -> tuple[Sheet, list[RegionLines], int]:
    """The sheet and what was read on it, turned by quarters where that reads better."""
    sheet = prepare(image.pixels, image.dpi)
    read = _read_regions(sheet, engine)
    confidence = mean_confidence([ReadLine(words) for r in read for words in r.lines])
    if sheet.blank or confidence >= _LEAST_CONFIDENCE:
        return sheet, read, 0
    turns = engine.quarter_turns(sheet.grey, sheet.dpi)
    if not turns:
        return sheet, read, 0
    turned = prepare(turned_upright(image.pixels, turns), image.dpi)
    again = _read_regions(turned, engine)
    if mean_confidence([ReadLine(words) for r in again for words in r.lines]) <= confidence:
        return sheet, read, 0
    return turned, again, turns


def _read_regions(sheet: Sheet, engine: Engine) -> list[RegionLines]:
    if sheet.blank:
        return []
    height, width = sheet.grey.shape
    regions = regions_of(sheet.boxes, sheet.size, width, height)
    return [RegionLines(region, _read_region(region, sheet, engine)) for region in regions]


def _read_region(region: Region, sheet: Sheet, engine: Engine) -> tuple[tuple[PlacedWord, ...], ...]:
    x0, y0, x1, y1 = region.box
    cut = np.pad(sheet.grey[y0:y1, x0:x1], _MARGIN, constant_values=255)
    for a, b, c, d in (region.others - [x0, y0, x0, y0] + _MARGIN).clip(min=0).tolist():
        cut[b:d, a:c] = 255
    shift = (x0 - _MARGIN, y0 - _MARGIN)
    return tuple(tuple(_shifted(word, shift) for word in line.words) for line in engine.read(cut, sheet.dpi))


def _shifted(word: PlacedWord, shift: tuple[int, int]) -> PlacedWord:
    x, y = shift
    b = word.box
    return word._replace(box=Box(b.x0 + x, b.y0 + y, b.x1 + x, b.y1 + y))


def _line(line: PlacedLine, sheet: Sheet) -> Line:
    """The line with its boxes on the page."""
    words, start = [], 0
    for word in line.words:
        end = start + len(word.text)
        words.append(Word(start, end, *sheet.on_page(word.box), round(word.confidence, 4)))
        start = end + 1
    return Line(
        text=line.text, raw=line.text, bbox=sheet.on_page(line.box), zone=line.zone,
        confidence=round(line.confidence, 4), words=tuple(words),
    )  # fmt: skip

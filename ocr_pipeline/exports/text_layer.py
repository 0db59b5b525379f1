"""A page's restored words at their places, for a text layer beneath the page image.

Pixels of the image that is asked for, origin top left. Lines of a leaning page come as short level pieces.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from ocr_pipeline.document import Box, Line, Page

# Lines that are no text, and less lean than this in the whole is none.
_NOT_TEXT: Final = frozenset({"seal", "noise"})
_LEAST_SLOPE: Final = 0.003
_ENOUGH_WORDS, _ENOUGH_LINES = 5, 3
# By how much of the height of its letters a piece of a leaning line may be off at its ends.
_STEP: Final = 0.15


class LayerWord(NamedTuple):
    """A word and the box in which it is to be found."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    confidence: float


class LayerLine(NamedTuple):
    """Words that stand on one level baseline, ``intercept`` (0 or less) over the lower edge of the box."""

    words: tuple[LayerWord, ...]
    x0: float
    y0: float
    x1: float
    y1: float
    intercept: float


def layer_lines(page: Page, width: int, height: int) -> tuple[LayerLine, ...]:
    """The lines of a page in reading order, for an image of this size; seals and noise left out."""
    if not page.width or not page.height:
        return ()
    across, down = width / page.width, height / page.height
    lines = [tuple(_words(line, across, down)) for line in page.lines if line.zone not in _NOT_TEXT]
    slope = _slope(lines)
    return tuple(_level(part, slope) for words in lines if words for part in _steps(words, slope))


def _words(line: Line, across: float, down: float) -> Iterator[LayerWord]:
    """The words of the restored line; what an edit put between two words goes to the first, what it merged to both."""
    placed = [(w.start, w.end, Box(w.x0, w.y0, w.x1, w.y1), w.confidence) for w in line.words]
    if not placed and line.bbox:
        placed = [(0, len(line.text), line.bbox, line.confidence)]
    for start, end, box, confidence in _parted(placed, len(line.text)):
        text = " ".join(line.text[start:end].split())
        if text and box.x1 > box.x0 and box.y1 > box.y0:
            yield LayerWord(text, box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down, confidence)


_Placed = tuple[int, int, Box, float]


def _parted(placed: Sequence[_Placed], length: int) -> list[_Placed]:
    """The places so that they follow one another and leave nothing out."""
    parts: list[_Placed] = []
    for start, end, box, confidence in sorted(placed, key=lambda p: p[:2]):
        if parts and start < parts[-1][1]:
            before = parts.pop()
            box = Box(*map(min, before[2][:2], box[:2]), *map(max, before[2][2:], box[2:]))
            start, end, confidence = before[0], max(end, before[1]), min(confidence, before[3])
        parts.append((start, end, box, confidence))
    if not parts:
        return []
    ends = [start for start, *_ in parts[1:]] + [length]
    starts = [0, *(start for start, *_ in parts[1:])]
    return [(a, b, box, confidence) for a, b, (_, _, box, confidence) in zip(starts, ends, parts, strict=True)]


def _slope(lines: Sequence[Sequence[LayerWord]]) -> float:
    """How much the page's lines fall to the right, in pixels a pixel: the median over some lines of some length."""
    slopes = [_fitted(words) for words in lines if len(words) >= _ENOUGH_WORDS]
    slope = statistics.median(slopes) if len(slopes) >= _ENOUGH_LINES else 0.0
    return slope if abs(slope) >= _LEAST_SLOPE else 0.0


def _fitted(words: Sequence[LayerWord]) -> float:
    """Least squares through the lower edges of the words."""
    middles = [(w.x0 + w.x1) / 2 for w in words]
    if len(set(middles)) == 1:
        return 0.0
    return statistics.linear_regression(middles, [w.y1 for w in words]).slope


def _steps(words: Sequence[LayerWord], slope: float) -> Iterator[list[LayerWord]]:
    """A leaning line as short level pieces: readers of PDF take leaning text apart in the middle of words."""
    height = statistics.median(w.y1 - w.y0 for w in words)
    part: list[LayerWord] = []
    for word in words:
        if part and abs(slope) * (word.x1 - part[0].x0) > _STEP * height:
            yield part
            part = []
        part.append(word)
    yield part


def _level(words: Sequence[LayerWord], slope: float) -> LayerLine:
    """The words with the baseline of their middle; most stand on it, those with g, p, y reach below."""
    left, right = min(w.x0 for w in words), max(w.x1 for w in words)
    middle = (left + right) / 2
    lean = [slope * ((w.x0 + w.x1) / 2 - middle) for w in words]
    bottoms = [w.y1 - d for w, d in zip(words, lean, strict=True)]
    top, bottom = min(w.y0 - d for w, d in zip(words, lean, strict=True)), max(bottoms)
    return LayerLine(tuple(words), left, top, right, bottom, statistics.median_low(bottoms) - bottom)

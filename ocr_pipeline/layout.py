"""From ink to regions, from words to lines in reading order with their zones.

A directive has one column but for two places: the letterhead (issuer and number left, quốc hiệu and date right) and
the foot (nơi nhận left, signature right). Both are told by a gutter: white that runs down between ink on its two
sides for several lines. Each side is read apart, the rest of the page as one block, so that a table stays in rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import regex

from ocr_pipeline.document import Box, PlacedWord, Zone
from ocr_pipeline.orthography import fold, is_syllable

Boxes = npt.NDArray[np.int32]
Grid = npt.NDArray[np.bool_]
Role = Literal["letterhead-left", "letterhead-right", "body", "foot-left", "foot-right"]
_HEAD_COLUMNS: Final[tuple[Role, Role]] = ("letterhead-left", "letterhead-right")
_FOOT_COLUMNS: Final[tuple[Role, Role]] = ("foot-left", "foot-right")
# The letterhead lies in this share of the inked height, the foot below it.
_HEAD: Final = 0.4
# Where a gutter may stand, in shares of the inked width.
_MIDDLE: Final = (0.2, 0.8)
# Grid cells are half a letter high. A gutter is as wide, as high, and has ink on both sides in as many rows of cells.
_CELL: Final = 0.5
_WIDTH, _HEIGHT, _BOTH_SIDES = 2, 16, 8
_WIDE: Final = 4
_NEAR: Final = 6
# Rows with ink on both sides times width (up to so many cells) must reach this.
_WIDEST, _LEAST_WORTH = 6, 15
_PAGE_NUMBER: Final = regex.compile(r"[-–—.\s]*(?:\d{1,4}|[ivxl]{1,5})[-–—.\s]*", regex.IGNORECASE)
_ADDRESSEES: Final = regex.compile(r"kinh (?:gui|giri|gii)\b")
_RECIPIENTS: Final = regex.compile(r"n[oơ]?i nh[aâ]n\b")
# A line read with less confidence is noise where less than this share of its letters are in words that could be any.
_LEGIBLE, _SOUND = 0.5, 0.35
_PARTS: Final = regex.compile(r"[^\W_]+")
_DATE_LINE: Final = regex.compile(r"\b(?:thang|nam)\b")
_CENTRED: Final = 0.06


Cut = tuple[Role, tuple[int, int, int, int]]


class Region(NamedTuple):
    """A part of the page that is read by itself; ``others`` (n, 4) are pieces of ink in its box that are not its own."""

    box: Box
    role: Role
    others: Boxes


class Gutter(NamedTuple):
    """White between two columns, in grid cells or pixels."""

    worth: int
    top: int
    bottom: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """Words that stand in one line, left to right, and the zone they belong to."""

    words: tuple[PlacedWord, ...]
    zone: Zone

    @property
    def box(self) -> Box:
        """The box around the words."""
        return around([w.box for w in self.words])

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(w.text for w in self.words)

    @property
    def confidence(self) -> float:
        """Mean of the words' confidences by their letters."""
        letters = sum(len(w.text) for w in self.words)
        return sum(len(w.text) * w.confidence for w in self.words) / letters if letters else 0.0


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around some."""
    x0, y0, x1, y1 = zip(*boxes, strict=True)
    return Box(min(x0), min(y0), max(x1), max(y1))


def regions_of(boxes: Boxes, size: float, width: int, height: int) -> tuple[Region, ...]:
    """The regions of a page from its pieces of ink (n, 4) and their usual height, in reading order.

    Empty where there is no ink. A piece of ink belongs to the region that its middle lies in, so that no letter is cut.
    """
    if not len(boxes):
        return ()
    cell = size * _CELL
    grid = _occupied(boxes, cell, width, height)
    rows = np.flatnonzero(grid.any(axis=1))
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    waist = top + int(_HEAD * (bottom - top))
    crossed = _crossed(boxes, height)
    head = _in_pixels(_gutter(grid, top, waist, _WIDTH), cell, crossed)
    foot = _in_pixels(_gutter(grid, waist, bottom, _WIDE), cell, crossed)
    cuts: list[Cut] = []
    reached = 0
    for gutter, left, right in ((head, *_HEAD_COLUMNS), (foot, *_FOOT_COLUMNS)):
        if gutter:
            middle, above, below = (gutter.left + gutter.right) // 2, max(gutter.top, reached), gutter.bottom
            cuts += [
                ("body", (0, reached, width, above)),
                (left, (0, above, middle, below)),
                (right, (middle, above, width, below)),
            ]
            reached = below
    cuts.append(("body", (0, reached, width, height)))
    return tuple(region for cut in cuts if (region := _region(cut, boxes, size, width, height)))


def _crossed(boxes: Boxes, height: int) -> npt.NDArray[Any]:
    """For each row of pixels how many pieces of ink a cut there would go through."""
    edges = np.zeros(height + 1, np.int64)
    np.add.at(edges, np.clip(boxes[:, 1] + 1, 0, height), 1)
    np.add.at(edges, np.clip(boxes[:, 3], 0, height), -1)
    return np.cumsum(edges)


def _in_pixels(gutter: Gutter | None, cell: float, crossed: npt.NDArray[Any]) -> Gutter | None:
    """A gutter of cells in pixels, its ends where least ink is cut through."""
    if gutter is None:
        return None
    left, right = int(gutter.left * cell), int(gutter.right * cell)
    top, bottom = int(gutter.top * cell), int(gutter.bottom * cell)
    near = int(_NEAR * cell)
    return Gutter(gutter.worth, _least(crossed, top, top + near), _least(crossed, bottom, bottom - near), left, right)


def _least(crossed: npt.NDArray[Any], start: int, end: int) -> int:
    """The row from ``start`` towards ``end`` with the least crossings, the first of them."""
    if not 0 < start < len(crossed) - 1:
        return start
    rows = [r for r in range(start, end, 1 if end > start else -1) if 0 <= r < len(crossed)]
    return min(rows, key=lambda r: crossed[r])


def _region(cut: Cut, boxes: Boxes, size: float, width: int, height: int) -> Region | None:
    """The ink whose middle lies in a cut, with its box and some white around it."""
    role, (x0, y0, x1, y1) = cut
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    own = (middle[:, 0] >= x0) & (middle[:, 0] < x1) & (middle[:, 1] >= y0) & (middle[:, 1] < y1)
    if not own.any():
        return None
    low, high = boxes[own, :2].min(axis=0), boxes[own, 2:].max(axis=0)
    edge = int(size / 2)
    box = Box(
        max(0, int(low[0]) - edge), max(0, int(low[1]) - edge), min(width, int(high[0]) + edge), min(height, int(high[1]) + edge)
    )
    inside = (boxes[:, 0] < box.x1) & (boxes[:, 2] > box.x0) & (boxes[:, 1] < box.y1) & (boxes[:, 3] > box.y0)
    return Region(box, role, boxes[inside & ~own])


def _occupied(boxes: Boxes, cell: float, width: int, height: int) -> Grid:
    """The page in cells, true where there is ink."""
    grid = np.zeros((int(height / cell) + 2, int(width / cell) + 2), np.bool_)
    low = (boxes[:, :2] / cell).astype(int)
    high = ((boxes[:, 2:] - 1) / cell).astype(int) + 1
    for (x0, y0), (x1, y1) in zip(low.tolist(), high.tolist(), strict=True):
        grid[y0:y1, x0:x1] = True
    return grid


def _gutter(grid: Grid, top: int, bottom: int, white_above: int) -> Gutter | None:
    """The gutter of most worth between two rows of cells; ``white_above`` cells of it must stay white upwards."""
    part = grid[top:bottom]
    columns = np.flatnonzero(part.any(axis=0))
    if not len(columns):
        return None
    span = columns[-1] + 1 - columns[0]
    low, high = (int(columns[0] + share * span) for share in _MIDDLE)
    left = np.cumsum(part, axis=1)
    best = max(
        (_best_from(part, left, start, low, high) for start in np.flatnonzero(part.any(axis=1))[::2].tolist()), default=None
    )
    if best is None or best.worth < _LEAST_WORTH:
        return None
    return _lengthened(grid, best._replace(top=best.top + top, bottom=best.bottom + top), white_above)


def _lengthened(grid: Grid, gutter: Gutter, white_above: int) -> Gutter:
    """The gutter as far up and down as some of it stays white; that of the foot meets the body above it."""
    top, left, right = gutter.top, gutter.left, gutter.right
    while top and (white := _whitest(grid[top - 1, left:right], min(white_above, right - left))):
        left, right, top = left + white[0], left + white[1], top - 1
    bottom = gutter.bottom
    while bottom < len(grid) and (white := _whitest(grid[bottom, left:right], _WIDTH)):
        left, right = left + white[0], left + white[1]
        bottom += 1
    return Gutter(gutter.worth, top, bottom, left, right)


def _whitest(row: Grid, least: int) -> tuple[int, int] | None:
    """The widest stretch without ink of a row of cells, where it is wide enough."""
    return max(_runs(~row, least), key=lambda run: run[1] - run[0], default=None)


def _best_from(part: Grid, left: npt.NDArray[Any], start: int, low: int, high: int) -> Gutter:
    """The best gutter that begins in a row."""
    best = Gutter(0, 0, 0, 0, 0)
    empty = ~part[start, low:high]
    for row in range(start, len(part)):
        empty = empty & ~part[row, low:high]
        if not empty.any():
            break
        if row - start < _HEIGHT:
            continue
        for a, b in _runs(empty, _WIDTH):
            beside, whole = left[start : row + 1, low + a], left[start : row + 1, -1]
            worth = _worth(beside > 0, whole > beside, b - a)
            if worth > best.worth:
                best = Gutter(worth, start, row + 1, low + a, low + b)
    return best


def _worth(on_left: Grid, on_right: Grid, width: int) -> int:
    """Rows with ink on both sides count; of wide white, where no line of a body would stop, those on either side do."""
    both, either = int((on_left & on_right).sum()), min(int(on_left.sum()), int(on_right.sum()))
    rows = either if width >= _WIDE else both
    return rows * min(width, _WIDEST) if rows >= _BOTH_SIDES else 0


def _runs(flags: Grid, least: int) -> list[tuple[int, int]]:
    """Stretches of true of at least so many cells."""
    edges = np.diff(np.concatenate(([0], flags.view(np.int8), [0])))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= least]


class RegionLines(NamedTuple):
    """A region with the lines that were read in it, top to bottom."""

    region: Region
    lines: tuple[tuple[PlacedWord, ...], ...]


def lines_of_words(words: Sequence[PlacedWord]) -> tuple[tuple[PlacedWord, ...], ...]:
    """Words of a text layer as lines: those whose middles lie in one another's height stand in one line."""
    lines: list[list[PlacedWord]] = []
    for word in sorted(words, key=lambda w: (w.box.y0 + w.box.y1, w.box.x0)):
        middle = (word.box.y0 + word.box.y1) / 2
        home = next((line for line in reversed(lines[-3:]) if line[0].box.y0 < middle < line[0].box.y1), None)
        if home is None:
            lines.append([word])
        else:
            home.append(word)
    return tuple(tuple(sorted(line, key=lambda w: w.box.x0)) for line in lines)


def in_regions(regions: Sequence[Region], words: Sequence[PlacedWord]) -> list[RegionLines]:
    """Words of a text layer, by the region that their middle lies in."""
    found = []
    for region in regions:
        x0, y0, x1, y1 = region.box
        inside = [w for w in words if x0 <= (w.box.x0 + w.box.x1) / 2 < x1 and y0 <= (w.box.y0 + w.box.y1) / 2 < y1]
        found.append(RegionLines(region, lines_of_words(inside)))
    return found


def arranged(read: Sequence[RegionLines], page_width: int) -> tuple[PlacedLine, ...]:
    """All lines in reading order, each in its zone."""
    by_role: dict[Role, list[tuple[PlacedWord, ...]]] = {}
    body: list[PlacedLine] = []
    out: list[PlacedLine] = []
    for region, lines in read:
        if region.role != "letterhead-right":
            by_role.setdefault(region.role, []).extend(lines)
        if region.role == "letterhead-right":
            left, right, below = _above_title(by_role.get("letterhead-left", []), lines)
            out += [PlacedLine(line, "letterhead-left") for line in left]
            out += [PlacedLine(line, "letterhead-right") for line in right]
            body = [PlacedLine(line, "body") for line in below]
        elif region.role == "body":
            out += [*body, *(PlacedLine(line, "body") for line in lines)]
            body = []
        elif region.role in ("foot-left", "foot-right"):
            out += [*body, *_foot(lines, region.role)]
            body = []
    return tuple(_numbered(_without_noise(_titled([*out, *body], page_width))))


def _without_noise(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """Lines that hold nothing which could be a word are what was read into specks, seals and signatures."""
    return [PlacedLine(line.words, "noise") if _is_noise(line) else line for line in lines]


def _is_noise(line: PlacedLine) -> bool:
    if line.confidence >= _LEGIBLE:
        return False
    signs = sum(len(w.text) for w in line.words)
    return sum(len(part) for part in _PARTS.findall(line.text) if _could_be_word(part)) < _SOUND * signs


def _could_be_word(text: str) -> bool:
    """Whether a token is a syllable, a number or an abbreviation, and long enough to be no accident."""
    if sum(c.isdigit() for c in text) >= 2:
        return True
    return len(text) > 1 and (is_syllable(text) or (text.isalpha() and text.isupper() and len(text) > 2))


def _above_title(
    left: Sequence[tuple[PlacedWord, ...]], right: Sequence[tuple[PlacedWord, ...]]
) -> tuple[list[tuple[PlacedWord, ...]], list[tuple[PlacedWord, ...]], list[tuple[PlacedWord, ...]]]:
    """The columns of a letterhead, and the lines below it, where a title or "Kính gửi" lets the gutter through."""
    starts = [line[0].box.y0 for line in (*left, *right) if _ADDRESSEES.match(_folded(line))]
    dated = next((i for i, line in enumerate(right) if _DATE_LINE.search(_folded(line, len(line)))), len(right))
    starts += [line[0].box.y0 for line in right[dated + 1 :] if _in_capitals(line)]
    if not starts:
        return list(left), list(right), []
    below = lines_of_words(
        [w for line in (*left, *right) for w in line if w.box.y1 > min(starts) and w.box.y0 >= min(starts) - 6]
    )
    gone = {id(w) for line in below for w in line}
    kept = [[tuple(w for w in line if id(w) not in gone) for line in column] for column in (left, right)]
    return [line for line in kept[0] if line], [line for line in kept[1] if line], list(below)


def _foot(lines: Sequence[tuple[PlacedWord, ...]], role: Role) -> list[PlacedLine]:
    """The lines of a column of the foot: body until "Nơi nhận" on the left, signature on the right."""
    start = next((i for i, line in enumerate(lines) if _RECIPIENTS.match(_folded(line))), None)
    if start is None:
        return [PlacedLine(line, "signature" if role == "foot-right" or _in_capitals(line) else "body") for line in lines]
    before = [PlacedLine(line, "signature" if _in_capitals(line) else "body") for line in lines[:start]]
    return [*before, *(PlacedLine(line, "recipients") for line in lines[start:])]


def _folded(line: Sequence[PlacedWord], words: int = 3) -> str:
    return fold(" ".join(w.text for w in line[:words]))


def _in_capitals(line: Sequence[PlacedWord]) -> bool:
    letters = [c for w in line for c in w.text if c.isalpha()]
    return sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _titled(lines: Sequence[PlacedLine], page_width: int) -> list[PlacedLine]:
    """The centred lines right behind a letterhead are the title."""
    at = next((i for i, line in enumerate(lines) if i and lines[i - 1].zone == "letterhead-right" and line.zone == "body"), None)
    if at is None:
        return list(lines)
    body = [line.box for line in lines if line.zone == "body"]
    left, right = min(b.x0 for b in body), max(b.x1 for b in body)
    width = max(right - left, 1)

    def centred(line: PlacedLine) -> bool:
        lead, trail = (line.box.x0 - left) / width, (right - line.box.x1) / width
        return line.zone == "body" and abs(lead - trail) < 2 * _CENTRED and min(lead, trail) > _CENTRED / 2

    title = list(itertools.takewhile(centred, lines[at:]))
    return [*lines[:at], *(PlacedLine(line.words, "title") for line in title), *lines[at + len(title) :]]


def _numbered(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """The first or last line where it is a page number alone."""
    out = list(lines)
    for i in {0, len(out) - 1} if out else ():
        if _PAGE_NUMBER.fullmatch(out[i].text):
            out[i] = PlacedLine(out[i].words, "page-number")
    return out

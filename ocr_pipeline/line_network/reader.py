"""Reads lines of text whose places are known: words with boxes and confidences, as Tesseract gives them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.line_network.decoding import Decoder, Sign
from ocr_pipeline.line_network.kernels.activation import POOL
from ocr_pipeline.line_network.line_images import line_image
from ocr_pipeline.line_network.model_file import ModelFile
from ocr_pipeline.line_network.network import chances_of

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
# A line is shown with so many pixels around it.
_AROUND: Final = 4
# So many lines go through the network together: more do not make it faster.
_TOGETHER: Final = 48
# A line of less mean chance is looked at as a negative too.
_DOUBTFUL: Final = 0.5
# Tesseract's confidence of a word: what it lacks to one is so much for each unit of the logarithm of the least chance in it,
# which is never thought better than this.
_A_UNIT: Final = 0.35
_AT_BEST: Final = -0.085
_LEAST_CHANCE: Final = 1e-6
# No sign reaches further from where it was said, in heights of its line.
_WIDEST: Final = 0.8


class _Row(NamedTuple):
    """A line cut out: pixels, the place of their upper left corner, and which of their rows are its own."""

    pixels: Pixels
    x: int
    y: int
    own: slice


class LineReader:
    """A network with its alphabet, and the words that are usual."""

    def __init__(self, model: ModelFile, words: Iterable[str]) -> None:
        self._layers = model.layers
        self._nothing = model.nothing
        self._decoder = Decoder(model.texts, model.nothing, words)

    def read(self, grey: Pixels, lines: Sequence[Box]) -> list[tuple[PlacedWord, ...]]:
        """The words of lines of an image, boxes in its pixels."""
        return self._read([_cut(grey, box) for box in lines])

    def read_alone(self, images: Sequence[Pixels]) -> list[tuple[PlacedWord, ...]]:
        """The words of images of one line each, which are shown as they are."""
        return self._read([_Row(grey, 0, 0, slice(0, len(grey))) for grey in images])

    def _read(self, rows: Sequence[_Row]) -> list[tuple[PlacedWord, ...]]:
        """The words of rows cut out; none where a row is too small to be read."""
        found: list[tuple[PlacedWord, ...]] = [()] * len(rows)
        wide = [k for k, row in enumerate(rows) if min(row.pixels.shape) >= POOL]
        by_width = sorted(wide, key=lambda k: rows[k].pixels.shape[1] / rows[k].pixels.shape[0])
        for start in range(0, len(by_width), _TOGETHER):
            some = by_width[start : start + _TOGETHER]
            for k, chances in zip(some, self._chances([rows[k].pixels for k in some]), strict=True):
                found[k] = tuple(_words(self._decoder.signs(chances), rows[k], POOL * len(rows[k].pixels) / self._layers.height))
        return found

    def _chances(self, cuts: Sequence[Pixels]) -> list[Floats]:
        images = [line_image(cut, self._layers.height) for cut in cuts]
        found = chances_of(images, self._layers)
        means = [self._mean(chances) for chances in found]
        doubtful = [k for k, mean in enumerate(means) if mean < _DOUBTFUL]
        if doubtful:
            negatives = chances_of([line_image(255 - cuts[k], self._layers.height) for k in doubtful], self._layers)
            for k, chances in zip(doubtful, negatives, strict=True):
                found[k] = chances if self._mean(chances) > means[k] else found[k]
        return found

    def _mean(self, chances: Floats) -> float:
        """Of the steps at which something is said: how sure that is."""
        said = chances.argmax(axis=1) != self._nothing
        return float(chances.max(axis=1)[said].mean()) if said.any() else 0.0


def _cut(grey: Pixels, box: Box) -> _Row:
    x0, y0 = max(0, box.x0 - _AROUND), max(0, box.y0 - _AROUND)
    return _Row(grey[y0 : box.y1 + _AROUND, x0 : box.x1 + _AROUND], x0, y0, slice(box.y0 - y0, box.y1 - y0))


def _words(signs: Sequence[Sign], row: _Row, step: float) -> Iterator[PlacedWord]:
    """The words of a row; ``step`` is how many pixels of it are one step of the network."""
    words = list(_split(signs))
    if not words:
        return
    _, dark = cv2.threshold(row.pixels, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    ink = dark[row.own]
    columns = ink.sum(axis=0)
    most = _WIDEST * len(ink)
    cuts = [0]
    for before, after in itertools.pairwise(words):
        cuts.append(_gap(columns, before[-1].last * step, (after[0].first + 1) * step))
    for word, left, right in zip(words, cuts, [*cuts[1:], len(columns)], strict=True):
        start = _end(columns[left : int((word[0].first + 1) * step)][::-1], step, most)
        end = _end(columns[int(word[-1].last * step) : right], step, most)
        box = _tight(ink, max(left, int((word[0].first + 1) * step) - start), int(word[-1].last * step) + end, row)
        sure = math.log(max(min(sign.chance for sign in word), _LEAST_CHANCE))
        yield PlacedWord("".join(sign.text for sign in word), box, max(0.0, 1.0 + _A_UNIT * (sure + _AT_BEST)))


def _end(columns: npt.NDArray[Any], step: float, most: float) -> int:
    """How far the sign reaches that was said at the first of these columns: to the first gap, which may not be near."""
    reach = min(len(columns), int(most))
    start = min(int(2 * step), reach)
    gaps = np.flatnonzero(columns[start:reach] == 0)
    return start + int(gaps[0]) if len(gaps) else reach


def _split(signs: Sequence[Sign]) -> Iterator[list[Sign]]:
    word: list[Sign] = []
    for sign in signs:
        if not sign.text.isspace():
            word.append(sign)
        elif word:
            yield word
            word = []
    if word:
        yield word


def _gap(columns: npt.NDArray[Any], left: float, right: float) -> int:
    """The middle of the widest gap without ink between two columns, or else the column with the least."""
    start = min(int(left), len(columns) - 1)
    between = columns[start : max(int(right), start + 1)]
    empty = np.flatnonzero(between == between.min())
    runs = np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1)
    widest = max(runs, key=len)
    return start + int(widest[0] + widest[-1] + 1) // 2


def _tight(ink: npt.NDArray[Any], left: int, right: int, row: _Row) -> Box:
    """The box of the ink between two columns; all between them where there is none."""
    x, y = row.x + left, row.y + row.own.start
    there = ink[:, left:right]
    across, down = np.flatnonzero(there.any(axis=0)), np.flatnonzero(there.any(axis=1))
    if not len(across):
        return Box(x, y, x + max(right - left, 1), y + len(ink))
    return Box(x + int(across[0]), y + int(down[0]), x + int(across[-1]) + 1, y + int(down[-1]) + 1)

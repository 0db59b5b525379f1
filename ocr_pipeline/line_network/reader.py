"""Reads lines of text whose places are known: words with boxes and confidences, as Tesseract gives them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.compiled import Kernel
from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.line_network.decoding import Decoder, Sign
from ocr_pipeline.line_network.kernels import extents
from ocr_pipeline.line_network.kernels.activation import POOL
from ocr_pipeline.line_network.line_images import line_image
from ocr_pipeline.line_network.model_file import ModelFile
from ocr_pipeline.line_network.network import Network

_find_extents: Final = Kernel(extents.find_extents)

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
# Lines, each as the pieces in which it is read.
Lines = Sequence[Sequence[Box]]
# A line is shown with so many pixels around it.
_AROUND: Final = 4
# A line lower than so much of the usual height in its block has no letters.
_LOW: Final = 0.6
# So many steps go through the network together, shorter lines filled up to the longest: 12 MB for the widest layer.
_TOGETHER: Final = 30_000
# A line of less mean chance that is dark is looked at as a negative too.
_DOUBTFUL: Final = 0.5
_DARK: Final = 128
# Tesseract's confidence of a word: what it lacks to one is so much for each unit of the logarithm of the least chance in it,
# which is never thought better than this.
_A_UNIT: Final = 0.35
_AT_BEST: Final = -0.085
_LEAST_CHANCE: Final = 1e-6


class _Row(NamedTuple):
    """A line cut out: pixels, the place of their upper left corner, and which of their rows are its own."""

    pixels: Pixels
    x: int
    y: int
    own: slice


class LineReader:
    """A network with its alphabet, and the words that are usual."""

    def __init__(self, model: ModelFile, words: Iterable[str]) -> None:
        self._network = Network(model.layers)
        self._nothing = model.nothing
        self._decoder = Decoder(model.texts, model.nothing, words)

    def read(self, blocks: Sequence[tuple[Pixels, Lines]], check: Callable[[], object]) -> list[tuple[PlacedWord, ...]]:
        """The words of all pieces of the lines of blocks of text, one after the other; boxes in the pixels of their block.

        ``check`` is called now and then, to stop what takes too long.
        """
        return self._read([_cut(grey, box, shown) for grey, lines in blocks for box, shown in _with_height(lines)], check)

    def read_alone(self, images: Sequence[Pixels], check: Callable[[], object]) -> list[tuple[PlacedWord, ...]]:
        """The words of images of one line each, which are shown as they are."""
        return self._read([_Row(grey, 0, 0, slice(0, len(grey))) for grey in images], check)

    def _read(self, rows: Sequence[_Row], check: Callable[[], object]) -> list[tuple[PlacedWord, ...]]:
        """The words of rows cut out; none where a row is too small to be read."""
        found: list[tuple[PlacedWord, ...]] = [()] * len(rows)
        for some in self._batches(rows):
            check()
            for k, chances in zip(some, self._chances([rows[k].pixels for k in some]), strict=True):
                found[k] = tuple(_words(self._decoder.signs(chances), rows[k], POOL * len(rows[k].pixels) / self._network.height))
        return found

    def _batches(self, rows: Sequence[_Row]) -> Iterator[list[int]]:
        """Numbers of rows that are read together, those of like length: so little is filled up."""
        lengths = {
            k: self._network.height * row.pixels.shape[1] / row.pixels.shape[0] / POOL
            for k, row in enumerate(rows)
            if min(row.pixels.shape) >= POOL
        }
        some: list[int] = []
        for k in sorted(lengths, key=lambda k: lengths[k]):
            if some and (len(some) + 1) * lengths[k] > _TOGETHER:
                yield some
                some = []
            some.append(k)
        if some:
            yield some

    def _chances(self, cuts: Sequence[Pixels]) -> list[Floats]:
        images = [line_image(cut, self._network.height) for cut in cuts]
        found = self._network.chances(images)
        means = [self._mean(chances) for chances in found]
        doubtful = [k for k, mean in enumerate(means) if mean < _DOUBTFUL and cuts[k].mean() < _DARK]
        if doubtful:
            negatives = self._network.chances([line_image(255 - cuts[k], self._network.height) for k in doubtful])
            for k, chances in zip(doubtful, negatives, strict=True):
                found[k] = chances if self._mean(chances) > means[k] else found[k]
        return found

    def _mean(self, chances: Floats) -> float:
        """Of the steps at which something is said: how sure that is."""
        said = chances.argmax(axis=1) != self._nothing
        return float(chances.max(axis=1)[said].mean()) if said.any() else 0.0


def _with_height(lines: Lines) -> Iterator[tuple[Box, Box]]:
    """Pieces of lines and what is shown of them: a star or a dash that is a line by itself with the height that others have."""
    usual = float(np.median([box.y1 - box.y0 for line in lines for box in line] or [0]))
    for line in lines:
        for box in line:
            low = len(line) == 1 and box.y1 - box.y0 < _LOW * usual
            lacking = round(usual - (box.y1 - box.y0)) if low else 0
            yield box, box._replace(y0=box.y0 - lacking // 2, y1=box.y1 + lacking - lacking // 2)


def _cut(grey: Pixels, box: Box, shown: Box) -> _Row:
    x0, y0 = max(0, shown.x0 - _AROUND), max(0, shown.y0 - _AROUND)
    return _Row(grey[y0 : shown.y1 + _AROUND, x0 : shown.x1 + _AROUND], x0, y0, slice(box.y0 - y0, box.y1 - y0))


def _words(signs: Sequence[Sign], row: _Row, step: float) -> Iterator[PlacedWord]:
    """The words of a row; ``step`` is how many pixels of it are one step of the network."""
    words = list(_split(signs))
    if not words:
        return
    _, dark = cv2.threshold(row.pixels, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    said = np.array([(word[0].first, word[-1].last) for word in words])
    boxes = np.zeros((len(words), 4), np.int64)
    _find_extents(np.ascontiguousarray(dark[row.own]), said, step, np.zeros(dark.shape[1], np.int64), boxes)
    boxes += [row.x, row.y + row.own.start] * 2
    for word, box in zip(words, boxes.tolist(), strict=True):
        sure = math.log(max(min(sign.chance for sign in word), _LEAST_CHANCE))
        yield PlacedWord("".join(sign.text for sign in word), Box(*box), max(0.0, 1.0 + _A_UNIT * (sure + _AT_BEST)))


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

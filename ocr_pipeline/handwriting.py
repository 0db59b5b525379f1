"""Reads digits that were written by hand into a blank: of the number line, of the date line.

A small network that we trained (``training/digit_reader.py`` says on what) gives for each column of a picture the
probabilities of the ten digits and of none; strings are weighed by all the ways in which columns can spell them (CTC,
connectionist temporal classification). Each blank is read several times, moved and scaled a little: a string that is
right stays the same.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.dictionaries import Dictionaries

Pixels = npt.NDArray[np.uint8]
FILE: Final = "digit_reader.onnx"
# What the network is shown: so many pixels high and wide, printed capitals so high, paper 255.
HEIGHT, WIDTH, CAPITAL = 56, 192, 14
_BEAM: Final = 12
_LEAST: Final = 1e-4
_SHOWN: Final = 3


class Look(NamedTuple):
    """How a blank is looked at: how large, and in heights of a capital how far down, and how much less at each end."""

    zoom: float
    rise: float
    left: float
    right: float


# A digit that stands at an end is cut by some of them: then the strings differ.
_LOOKS: Final = (
    Look(1.0, 0.0, 0.5, 0.2),
    Look(0.92, 0.12, 0.25, 0.2),
    Look(1.08, -0.12, 0.75, 0.0),
    Look(1.0, 0.2, 0.5, 0.3),
    Look(1.0, -0.2, 0.25, 0.0),
    Look(1.0, 0.0, 0.35, 0.2),
)


class Reading(NamedTuple):
    """Digits, empty where the blank is blank, and how sure they are."""

    digits: str
    confidence: float


class DigitReader:
    """The network, loaded once."""

    def __init__(self, network: bytes) -> None:
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(network, np.uint8))

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> DigitReader:
        """The reader of these dictionaries."""
        return DigitReader(dictionaries.path(FILE).read_bytes())

    def read(self, look: Callable[[Look], Pixels], allowed: Callable[[str], bool]) -> tuple[Reading, ...]:
        """The likeliest strings, best first; ``look`` gives the picture of the blank as the network wants it."""
        pictures = np.stack([_padded(look(way)) for way in _LOOKS])
        self._network.setInput((255 - pictures.astype(np.float32))[:, None] / 255)
        found = [_strings(columns.T) for columns in _softmax(self._network.forward())]
        shares = {text: sum(f.get(text, 0.0) for f in found) / len(found) for f in found for text in f}
        ranked = sorted(((p, text) for text, p in shares.items() if not text or allowed(text)), reverse=True)
        return tuple(Reading(text, round(p, 2)) for p, text in ranked[:_SHOWN])


def _padded(picture: Pixels) -> Pixels:
    """Paper to the right up to the network's width; what is wider is made narrower."""
    if picture.shape[1] > WIDTH:
        picture = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8)
    return np.pad(picture, ((0, 0), (0, WIDTH - picture.shape[1])), constant_values=255)


def _softmax(scores: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Probabilities (n, 11, columns) of scores (n, 11, columns) or (n, 11, 1, columns)."""
    raised = np.exp(scores.reshape(len(scores), 11, -1).astype(np.float64) - scores.max())
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def _strings(columns: npt.NDArray[np.float64]) -> Mapping[str, float]:
    """Probability of each likely string over columns of (none, 0, 1, ... 9): a beam over prefixes."""
    beam = {"": (1.0, 0.0)}
    for column in columns.tolist():
        grown: dict[str, tuple[float, float]] = {}
        for prefix, (ended, open_) in beam.items():
            _add(grown, prefix, (ended + open_) * column[0], open_ * column[int(prefix[-1]) + 1] if prefix else 0.0)
            for digit, p in enumerate(column[1:]):
                if p > _LEAST:
                    same = prefix.endswith(str(digit))
                    _add(grown, prefix + str(digit), 0.0, (ended if same else ended + open_) * p)
        beam = dict(sorted(grown.items(), key=lambda item: -math.fsum(item[1]))[:_BEAM])
    return {text: math.fsum(p) for text, p in beam.items()}


def _add(beam: dict[str, tuple[float, float]], text: str, ended: float, open_: float) -> None:
    before = beam.get(text, (0.0, 0.0))
    beam[text] = (before[0] + ended, before[1] + open_)

"""Runs a line recogniser on many lines at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ocr_pipeline.compiled import Bound, Kernel
from ocr_pipeline.line_network.kernels import activation
from ocr_pipeline.line_network.kernels.activation import POOL
from ocr_pipeline.line_network.model_file import Dense, Layers, Lstm

# So many columns, and steps of all lines, are multiplied at once: what fits into the processor's second cache.
_COLUMNS: Final = 1024
_STEPS: Final = 16

Floats = npt.NDArray[np.float32]
_pass_gates: Final = Kernel(activation.pass_gates)
_find_strokes: Final = Kernel(activation.find_strokes)


def chances_of(lines: Sequence[Floats], layers: Layers) -> list[Floats]:
    """What each step of each line may be: arrays [steps, outputs] of chances, a step for every three columns of pixels.

    ``lines`` are images of the network's height, -1.0 for black and 1.0 for white.
    """
    steps = [line.shape[1] // POOL for line in lines]
    order = np.argsort([-n for n in steps], kind="stable")
    lengths = np.array([steps[k] for k in order])
    width = layers.columns.last.shape[0]
    told = np.zeros((int(lengths[0]), len(lines), width), np.float32)
    blank = _strokes(np.ones((layers.height, 3 * POOL), np.float32), layers.strokes)[1]
    columns = _summed(np.concatenate([_strokes(lines[k], layers.strokes) for k in order]), blank, layers.columns)
    ends = np.cumsum(lengths)
    for place, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        told[:length, place] = columns[end - length : end]
    # Longest first: those that have so many steps are the first so many.
    counts = (lengths[None, :] > np.arange(lengths[0])[:, None]).sum(axis=1).tolist()
    for weights, backwards in zip(layers.along, layers.backwards, strict=True):
        told = _along(told, counts, weights, backwards)
    found: list[Any] = [None] * len(lines)
    for place, k in enumerate(order):
        found[k] = _chances(told[: steps[k], place], layers.letters)
    return found


def _strokes(line: Floats, weights: Dense) -> Floats:
    """[columns, rows, filters] of a line image."""
    height, width = line.shape
    found = np.empty((height // POOL, width // POOL, len(weights.bias)), np.float32)
    rimmed = np.zeros((height + 2, width + 2), np.float32)
    rimmed[1:-1, 1:-1] = line
    _find_strokes(rimmed, *weights, found, np.empty_like(weights.bias))
    return found.transpose(1, 0, 2)


def _summed(columns: Floats, blank: Floats, weights: Lstm) -> Floats:
    """[columns, outputs]: what the network has seen of each column when it came to its lower end; ``blank`` is a white one."""
    # Of white columns, six in a hundred on a dirty page and more on a clean one, one is enough.
    white = (columns == blank).all(axis=(1, 2))
    printed = np.concatenate([blank[None], columns[~white]])
    seen = np.concatenate([_down(printed[at : at + _COLUMNS], weights) for at in range(0, len(printed), _COLUMNS)])
    found = np.empty((len(columns), seen.shape[1]), np.float32)
    found[white], found[~white] = seen[0], seen[1:]
    return found


def _down(columns: Floats, weights: Lstm) -> Floats:
    rows = np.ascontiguousarray(columns.transpose(1, 0, 2))
    outputs = _Steps(len(rows), len(columns), 1, weights)
    for step, row in enumerate(rows):
        outputs.prepare(row[None])
        outputs.take(0, step, len(columns), step - 1)
    return outputs.found[-1]


def _along(told: Floats, counts: Sequence[int], weights: Lstm, backwards: bool) -> Floats:
    steps, lines, _ = told.shape
    outputs = _Steps(steps, lines, _STEPS, weights)
    starts = range(0, steps, _STEPS)
    for start in reversed(starts) if backwards else starts:
        some = np.ascontiguousarray(told[start : start + _STEPS, : counts[start]])
        outputs.prepare(some)
        within = range(start, start + len(some))
        for step in reversed(within) if backwards else within:
            outputs.take(step - start, step, counts[step], step + 1 if backwards else step - 1)
    return outputs.found


class _Steps:
    """The outputs of an LSTM, step by step, for many lines; what the inputs of some steps make is prepared together."""

    def __init__(self, steps: int, lines: int, together: int, weights: Lstm) -> None:
        width = len(weights.last)
        self.found = np.zeros((steps, lines, width), np.float32)
        self._weights = weights
        self._lines = lines
        self._inwards = np.empty((together * lines, 4 * width), np.float32)
        self._gates = np.zeros((lines, 4 * width), np.float32)
        state = np.zeros((lines, width), np.float32)
        self._pass = Bound(_pass_gates, (self._gates, self._inwards, weights.bias, state, self.found))

    def prepare(self, inputs: Floats) -> None:
        """The inputs [steps, lines, inputs] of the steps to be taken next; lines that have ended may be left out."""
        steps, self._lines, width = inputs.shape
        np.matmul(inputs.reshape(-1, width), self._weights.inputs, out=self._inwards[: steps * self._lines])

    def take(self, prepared: int, step: int, count: int, before: int) -> None:
        """The step of the first ``count`` lines, after the step ``before``; ``prepared`` says which of the prepared it is."""
        if 0 <= before < len(self.found):
            np.matmul(self.found[before, :count], self._weights.last, out=self._gates[:count])
        self._pass(prepared * self._lines, step, count)


def _chances(told: Floats, letters: Dense) -> Floats:
    found: Floats = told @ letters.inputs
    found += letters.bias
    found -= found.max(axis=1, keepdims=True)
    np.exp(found, out=found)
    found /= found.sum(axis=1, keepdims=True)
    return found

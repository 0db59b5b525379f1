"""Runs a line recogniser on many lines at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.line_network.kernels import activation
from ocr_pipeline.line_network.kernels.activation import POOL
from ocr_pipeline.line_network.model_file import Layers, Lstm

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
    columns = _summed(np.concatenate([_strokes(lines[k], layers.strokes) for k in order]), layers.columns)
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


def _strokes(line: Floats, weights: Floats) -> Floats:
    """[columns, rows, filters] of a line image."""
    height, width = line.shape
    found = np.empty((height // POOL, width // POOL, len(weights)), np.float32)
    best = np.empty(len(weights), np.float32)
    _find_strokes(np.pad(line, 1), np.ascontiguousarray(weights.T), found, best)
    return found.transpose(1, 0, 2)


def _summed(columns: Floats, weights: Lstm) -> Floats:
    """[columns, outputs]: what the network has seen of each column when it came to its lower end."""
    found = [_down(columns[at : at + _COLUMNS], weights) for at in range(0, len(columns), _COLUMNS)]
    return np.concatenate(found)


def _down(columns: Floats, weights: Lstm) -> Floats:
    rows = np.ascontiguousarray(columns.transpose(1, 0, 2))
    outputs = _Steps(len(rows), len(columns), weights)
    for step in range(len(rows)):
        outputs.take((rows[step] @ weights.inputs + weights.bias)[None], 0, step, len(columns), step - 1)
    return outputs.found[-1]


def _along(told: Floats, counts: Sequence[int], weights: Lstm, backwards: bool) -> Floats:
    steps, lines, inputs = told.shape
    outputs = _Steps(steps, lines, weights)
    starts = range(0, steps, _STEPS)
    for start in reversed(starts) if backwards else starts:
        some = told[start : start + _STEPS]
        more = (some.reshape(-1, inputs) @ weights.inputs + weights.bias).reshape(len(some), lines, -1)
        within = range(start, start + len(some))
        for step in reversed(within) if backwards else within:
            outputs.take(more, step - start, step, counts[step], step + 1 if backwards else step - 1)
    return outputs.found


class _Steps:
    """The outputs of an LSTM, step by step, for many lines."""

    def __init__(self, steps: int, lines: int, weights: Lstm) -> None:
        width = len(weights.last)
        self.found = np.zeros((steps, lines, width), np.float32)
        self._last = weights.last
        self._gates = np.zeros((lines, 4 * width), np.float32)
        self._state = np.zeros((lines, width), np.float32)
        self._flat = Flat((self._state, self.found))
        self._flat_gates = Flat(self._gates)
        self._more: tuple[Floats | None, Flat | None] = (None, None)

    def take(self, more: Floats, at: int, step: int, count: int, before: int) -> None:
        """The step of the first ``count`` lines, after the step ``before``; ``more[at]`` comes of the inputs."""
        if 0 <= before < len(self.found):
            np.matmul(self.found[before, :count], self._last, out=self._gates[:count])
        if self._more[0] is not more:
            self._more = more, Flat(more)
        _pass_gates(self._flat_gates, self._more[1], self._flat, at, step, count)


def _chances(told: Floats, letters: Floats) -> Floats:
    found = told @ letters[:, :-1].T + letters[:, -1]
    found -= found.max(axis=1, keepdims=True)
    np.exp(found, out=found)
    found /= found.sum(axis=1, keepdims=True)
    return found

"""Runs a line recogniser on many lines at a time, in whole numbers, as Tesseract does with the same models."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.compiled import Bound, Kernel
from ocr_pipeline.line_network.kernels import activation
from ocr_pipeline.line_network.kernels.activation import ONE, PARTS, POOL, ZERO
from ocr_pipeline.line_network.model_file import Dense, Layers, Lstm
from ocr_pipeline.line_network.products import Product

# So many columns, and steps of all lines, are multiplied at once: what fits into the processor's second cache.
_COLUMNS: Final = 1024
_STEPS: Final = 16
# Outputs have two bytes.
_DEPTH: Final = 2

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]
_pass_gates: Final = Kernel(activation.pass_gates)
_find_strokes: Final = Kernel(activation.find_strokes)


class Network:
    """A line recogniser made ready. What passes between its layers are bytes (``products``).

    Threads may share it; they wait for each other, because products are bound to one place in memory at a time.
    """

    def __init__(self, layers: Layers) -> None:
        self.height: Final = layers.height
        self._one_at_a_time: Final = threading.Lock()
        self._strokes: Final = _Strokes(layers.strokes)
        self._columns: Final = _Lstm(layers.columns)
        self._along: Final = tuple(map(_Lstm, layers.along))
        self._backwards: Final = layers.backwards
        self._letters: Final = _Letters(layers.letters)
        self._blank: Final = self._strokes.of(np.ones((layers.height, 3 * POOL), np.float32))[1]
        self._white: Final = self._columns.after_each(self._blank)

    def chances(self, lines: Sequence[Floats]) -> list[Floats]:
        """What each step of each line may be: arrays [steps, outputs] of chances, a step for every three columns of pixels.

        ``lines`` are images of the network's height, -1.0 for black and 1.0 for white.
        """
        with self._one_at_a_time:
            return self._chances(lines)

    def _chances(self, lines: Sequence[Floats]) -> list[Floats]:
        steps = [line.shape[1] // POOL for line in lines]
        order = np.argsort([-n for n in steps], kind="stable")
        lengths = np.array([steps[k] for k in order])
        columns = self._summed(np.concatenate([self._strokes.of(lines[k]) for k in order]))
        told = np.full((int(lengths[0]), len(lines), *columns.shape[1:]), ZERO, np.uint8)
        ends = np.cumsum(lengths)
        for place, (end, length) in enumerate(zip(ends, lengths, strict=True)):
            told[:length, place] = columns[end - length : end]
        # Longest first: those that have so many steps are the first so many.
        counts = (lengths[None, :] > np.arange(lengths[0])[:, None]).sum(axis=1).tolist()
        for lstm, backwards in zip(self._along, self._backwards, strict=True):
            told = lstm.along(told, counts, backwards=backwards)
        found: list[Any] = [None] * len(lines)
        for place, k in enumerate(order):
            found[k] = self._letters.chances(np.ascontiguousarray(told[: steps[k], place]))
        return found

    def _summed(self, columns: Bytes) -> Bytes:
        """What the network has seen of each column when it came to its lower end: [columns, bytes, outputs]."""
        # Of what is white from the top down the network thinks the same everywhere.
        inked = (columns != self._blank).any(axis=(2, 3))
        tops = np.where(inked.any(axis=1), inked.argmax(axis=1), inked.shape[1])
        order = np.argsort(tops, kind="stable")
        found = np.empty((len(columns), _DEPTH, self._columns.width), np.uint8)
        for at in range(0, len(order), _COLUMNS):
            some = order[at : at + _COLUMNS]
            found[some] = self._columns.down(columns[some], tops[some], self._white)
        return found


class _Strokes:
    """The filters that look at the image itself."""

    def __init__(self, weights: Dense) -> None:
        self._weights = np.ascontiguousarray(weights.inputs * weights.scales), weights.bias

    def of(self, line: Floats) -> Bytes:
        """[columns, rows, bytes, filters] of a line image."""
        height, width = line.shape
        filters = len(self._weights[1])
        found = np.empty((height // POOL, width // POOL, _DEPTH, filters), np.uint8)
        rimmed = np.zeros((height + 2, width + 2), np.float32)
        rimmed[1:-1, 1:-1] = line
        _find_strokes(rimmed, *self._weights, found, np.empty(filters, np.float32))
        return found.transpose(1, 0, 2, 3)


class _Begun(NamedTuple):
    """Where an LSTM stands: its last outputs [lines, bytes, outputs] and its states [lines, outputs]."""

    last: Bytes
    state: Floats


class _Lstm:
    """An LSTM, through which many lines go together, with outputs of so many bytes."""

    def __init__(self, weights: Lstm) -> None:
        self.width: Final = len(weights.last)
        self._inputs: Final = Product(weights.inputs)
        self._last: Final = Product(weights.last)
        self._gates: Final = weights.scales / np.float32(ONE * PARTS), weights.bias

    def after_each(self, column: Bytes) -> _Begun:
        """Where it stands at the outset and after each row of a column [rows, bytes, filters]."""
        now = self._fresh(1)
        lasts, states = [now.last.copy()], [now.state.copy()]
        for row in column:
            self._run(row[None, None], [1], range(1), 1, now)
            lasts.append(now.last.copy())
            states.append(now.state.copy())
        return _Begun(np.concatenate(lasts), np.concatenate(states))

    def down(self, columns: Bytes, tops: Places, white: _Begun) -> Bytes:
        """The last outputs [columns, bytes, outputs] for columns [columns, rows, bytes, filters].

        They are white down to ``tops``, which rise; ``white`` is where a white column stands after each row.
        """
        rows = np.ascontiguousarray(columns.transpose(1, 0, 2, 3))
        counts = np.searchsorted(tops, np.arange(len(rows)), side="right").tolist()
        begun = _Begun(white.last[tops], white.state[tops])
        self._run(rows, counts, range(int(tops[0]), len(rows)), 1, begun)
        return begun.last

    def along(self, told: Bytes, counts: Sequence[int], *, backwards: bool) -> Bytes:
        """The outputs for ``told`` [steps, lines, bytes, inputs]; at each step the first so many lines go on."""
        return self._run(told, counts, range(len(told))[:: -1 if backwards else 1], _STEPS, self._fresh(told.shape[1]))

    def _fresh(self, lines: int) -> _Begun:
        return _Begun(np.full((lines, _DEPTH, self.width), ZERO, np.uint8), np.zeros((lines, self.width), np.float32))

    def _run(self, told: Bytes, counts: Sequence[int], steps: range, together: int, begun: _Begun) -> Bytes:
        """Take the steps in their order; what the inputs of some make is prepared together. ``begun`` is brought forward."""
        _, lines, _, inputs = told.shape
        found = np.full((len(told), lines, _DEPTH, self.width), ZERO, np.uint8)
        gates, inwards = (np.zeros((n * lines, _DEPTH, 4 * self.width), np.int32) for n in (1, together))
        room = np.zeros(4 * self.width, np.float32)
        pass_gates = Bound(_pass_gates, (gates, inwards, *self._gates, begun.state, begun.last, found, room))
        told_last, told_inwards = (sums.reshape(-1, 4 * self.width) for sums in (gates, inwards))
        last = begun.last.reshape(-1, self.width)
        bound = 0
        for at in range(0, len(steps), together):
            some = sorted(steps[at : at + together])
            most = max(counts[some[0]], counts[some[-1]])
            rows = np.ascontiguousarray(told[some[0] : some[-1] + 1, :most]).reshape(-1, inputs)
            self._inputs.bind(rows, told_inwards[: len(rows)])
            self._inputs()
            for step in steps[at : at + together]:
                if counts[step] != bound:
                    bound = counts[step]
                    self._last.bind(last[: bound * _DEPTH], told_last[: bound * _DEPTH])
                self._last()
                pass_gates((step - some[0]) * most, step, bound)
        return found


class _Letters:
    """The choice of a letter."""

    def __init__(self, weights: Dense) -> None:
        self._product: Final = Product(weights.inputs)
        self._scales: Final = weights.scales / np.float32(ONE * PARTS)
        self._bias: Final = weights.bias

    def chances(self, told: Bytes) -> Floats:
        """[steps, outputs] of a line [steps, bytes, inputs]."""
        sums = np.empty((len(told), _DEPTH, len(self._bias)), np.int32)
        self._product.bind(told.reshape(-1, told.shape[-1]), sums.reshape(-1, len(self._bias)))
        self._product()
        found = (sums[:, 0] * PARTS + sums[:, 1]).astype(np.float32)
        found *= self._scales
        found += self._bias
        found -= found.max(axis=1, keepdims=True)
        np.exp(found, out=found)
        found /= found.sum(axis=1, keepdims=True)
        return found

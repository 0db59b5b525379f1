"""Aligns a printed word with what was recognised of it, by the operations of the channel."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Array, Steps

LONGEST: Final = 24
# Any letter may have become any other at this cost (nats), as where the channel guesses.
GUESS: Final = 9.0
_NEVER: Final = 1e9


class Aligning(NamedTuple):
    """Memory of an alignment: by letters printed and recognised the cost, and where each step came from.

    ``operations`` and ``prices`` are the steps found, from the last to the first: printed letters above 24 bits of recognised
    ones.
    """

    cost: Array
    printed_before: Array
    text_before: Array
    operations: Array
    prices: Array


def aligning() -> Aligning:
    """Room for words of ``LONGEST`` letters."""
    shape = (LONGEST + 1, LONGEST + 1)
    whole = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    return Aligning(np.zeros(shape), *whole, np.zeros(2 * LONGEST, np.int64), np.zeros(2 * LONGEST))


def _reach(space: Aligning, i: int, j: int, a: int, b: int, price: float) -> None:
    """A step from ``i, j`` over ``a`` printed and ``b`` recognised letters."""
    cost = space.cost[i, j] + price
    if cost < space.cost[i + a, j + b]:
        space.cost[i + a, j + b] = cost
        space.printed_before[i + a, j + b], space.text_before[i + a, j + b] = i, j


def _step(space: Aligning, printed: Array, text: Array, steps: Steps, i: int, j: int) -> None:
    """All operations that lead on from a place."""
    key = 0
    for b in range(min(3, len(text) - j) + 1):
        if b:
            key |= text[j + b - 1] << (8 * (b - 1))
        k = np.searchsorted(steps.keys, key)
        if k == len(steps.keys) or steps.keys[k] != key:
            continue
        if b and steps.single[k, 0] < _NEVER:
            _reach(space, i, j, 0, b, steps.single[k, 0])
        if i < len(printed) and steps.single[k, printed[i]] < _NEVER:
            _reach(space, i, j, 1, b, steps.single[k, printed[i]])
        if i + 1 < len(printed):
            both = printed[i] | printed[i + 1] << 8
            for o in range(steps.starts[k], steps.starts[k + 1]):
                if steps.double[o] == both:
                    _reach(space, i, j, 2, b, steps.costs[o])
    if i < len(printed) and j < len(text):
        _reach(space, i, j, 1, 1, GUESS)


def align(printed: Array, text: Array, steps: Steps, space: Aligning) -> int:
    """How many operations made ``text`` of ``printed`` at the least cost, put into ``space``; 0 where none do."""
    n, m = len(printed), len(text)
    space.cost[: n + 1, : m + 1] = _NEVER
    space.cost[0, 0] = 0.0
    for i in range(n + 1):
        for j in range(m + 1):
            if space.cost[i, j] < _NEVER:
                _step(space, printed, text, steps, i, j)
    found = 0
    i, j = n, m
    while (i or j) and space.cost[n, m] < _NEVER:
        a, b = space.printed_before[i, j], space.text_before[i, j]
        letters, key = 0, 0
        for k in range(a, i):
            letters |= printed[k] << (8 * (k - a))
        for k in range(b, j):
            key |= text[k] << (8 * (k - b))
        space.operations[found], space.prices[found] = letters << 24 | key, space.cost[i, j] - space.cost[a, b]
        found, i, j = found + 1, a, b
    return found

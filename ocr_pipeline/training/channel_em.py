"""Learns the operations of a noisy channel: expectation maximisation over aligned tokens.

An operation turns 0-2 printed characters into 0-3 recognised ones. Characters are small codes, an operation is one
integer; counts and probabilities lie in open-addressing tables so that the inner loop is compiled.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]
_SIZE: Final = 1 << 22
# What an operation must pay for taking more than one printed character, or none: they are the exception.
PRIOR_NONE: Final = 0.02
PRIOR_ONE: Final = 1.0
PRIOR_TWO: Final = 0.05
_LONGEST: Final = 40
_DRIFT: Final = 3


@njit(cache=True)  # type: ignore[untyped-decorator]
def _slot(keys: Array, key: int) -> int:
    """Where ``key`` lies in the table; an empty slot is taken for it."""
    at = (key * 0x9E3779B97F4A7C15) >> 20 & (_SIZE - 1)
    while keys[at] != key:
        if keys[at] == -1:
            keys[at] = key
            return at
        at = (at + 1) & (_SIZE - 1)
    return at


@njit(cache=True)  # type: ignore[untyped-decorator]
def _key(p: Array, i: int, a: int, r: Array, j: int, b: int) -> int:
    key = np.int64(0)
    for k in range(b):
        key = key << 8 | r[j + b - 1 - k]
    return key << 16 | (p[i + 1] << 8 if a == 2 else 0) | (p[i] if a else 0)  # type: ignore[return-value]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _first_guess(p: Array, i: int, a: int, r: Array, j: int, b: int, base: Array) -> float:
    """Before anything is counted: letters stay, or lose their marks."""
    if a == 1 and b == 1:
        if p[i] == r[j]:
            return 0.6
        return 0.05 if base[p[i]] == base[r[j]] else 5e-4
    if a == 0 or b == 0:
        return 1e-3
    return 2e-4 * 0.1 ** (b - 1) if a == 1 else 1e-4 * 0.1**b


@njit(cache=True)  # type: ignore[untyped-decorator]
def _one_pair(p: Array, r: Array, weight: float, first: bool, base: Array, keys: Array, probs: Array, counts: Array) -> float:
    m, n = len(p), len(r)
    forward = np.zeros((m + 1, n + 1))
    backward = np.zeros((m + 1, n + 1))
    forward[0, 0] = backward[m, n] = 1.0
    value = np.zeros((m + 1, n + 1, 3, 4))
    place = np.zeros((m + 1, n + 1, 3, 4), np.int64)
    for i in range(m + 1):
        for j in range(n + 1):
            if abs(j - i * n / m) > _DRIFT or forward[i, j] == 0.0:
                continue
            for a in range(3):
                for b in range(4):
                    if i + a > m or j + b > n or (a == 0 and b != 1) or (a == 2 and b == 0):
                        continue
                    slot = _slot(keys, _key(p, i, a, r, j, b))
                    prior = PRIOR_ONE if a == 1 else PRIOR_TWO if a == 2 else PRIOR_NONE
                    chance = _first_guess(p, i, a, r, j, b, base) if first else probs[slot]
                    value[i, j, a, b], place[i, j, a, b] = prior * chance, slot
                    forward[i + a, j + b] += forward[i, j] * prior * chance
    total = forward[m, n]
    if total <= 1e-300:
        return 0.0
    for i in range(m, -1, -1):
        for j in range(n, -1, -1):
            for a in range(3):
                for b in range(4):
                    if value[i, j, a, b] > 0.0:
                        onward = value[i, j, a, b] * backward[i + a, j + b]
                        backward[i, j] += onward
                        counts[place[i, j, a, b]] += weight * forward[i, j] * onward / total
    return weight * np.log(total)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _expect(
    codes: Array, ends: Array, weights: Array, first: bool, base: Array, keys: Array, probs: Array, counts: Array
) -> float:
    likelihood = 0.0
    for k in range(len(weights)):
        p = codes[(ends[2 * k - 1] if k else 0) : ends[2 * k]]
        r = codes[ends[2 * k] : ends[2 * k + 1]]
        likelihood += _one_pair(p, r, weights[k], first, base, keys, probs, counts)
    return likelihood


def learn(pairs: list[tuple[bytes, bytes, float]], base: Array, rounds: int = 6) -> dict[int, tuple[float, float]]:
    """Operation -> (probability given its printed part, expected count) from pairs of codes with weights."""
    pairs = [p for p in pairs if 0 < len(p[0]) <= _LONGEST and 0 < len(p[1]) <= _LONGEST]
    codes = np.frombuffer(b"".join(a + b for a, b, _ in pairs), np.uint8).astype(np.int64)
    ends = np.cumsum([len(x) for a, b, _ in pairs for x in (a, b)])
    weights = np.array([w for _, _, w in pairs], np.float64)
    keys, probs, counts = np.full(_SIZE, -1, np.int64), np.zeros(_SIZE), np.zeros(_SIZE)
    for turn in range(rounds):
        counts = np.zeros(_SIZE)
        _expect(codes, ends, weights, turn == 0, base, keys, probs, counts)
        printed = np.where(keys >= 0, keys & 0xFFFF, 0)
        totals = np.bincount(printed, weights=counts, minlength=1 << 16)
        probs = counts / np.maximum(totals[printed], 1e-9)
    used = np.flatnonzero(counts > 0)
    return {int(keys[s]): (float(probs[s]), float(counts[s])) for s in used[np.argsort(keys[used])]}

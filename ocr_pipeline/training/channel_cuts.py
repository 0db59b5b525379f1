"""Cuts recognised tokens where their printed syllables have the border of onset and rhyme; counts what became of each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numba import njit

from ocr_pipeline.orthography import is_syllable
from ocr_pipeline.restoration.channel import Array, Operations
from ocr_pipeline.restoration.lexicon import cut_syllable

Seen = dict[str, Counter[Any]]
_SIGNS: Final = "“”\"'()[],.;:-…/!?"
_LONGEST: Final = 16
# What no operation explains costs this much a character (nats).
_UNKNOWN: Final = 9.0


def bare_of_signs(token: str) -> str:
    """The token without the signs at its edges."""
    return token.strip(_SIGNS)


def piece_counts(counts: Mapping[tuple[str, str], float], operations: Operations, alphabet: str) -> tuple[Seen, Seen]:
    """For onsets and rhymes, as written: what they were recognised as, with weights."""
    code = {c: i + 2 for i, c in enumerate(alphabet)}
    keys, costs = _flat(operations)
    onsets: Seen = defaultdict(Counter)
    rhymes: Seen = defaultdict(Counter)
    for (printed, recognised), weight in sorted(counts.items()):
        word, token = bare_of_signs(printed), bare_of_signs(recognised)
        if not token or len(token) > _LONGEST or " " in token or not word.isalpha() or not is_syllable(word):
            continue
        at = len(cut_syllable(word.lower())[0])
        p, r = (np.array([code.get(c, 1) for c in text], np.int64) for text in (word, token))
        cut = int(best_cut(p, at, r, keys, costs))
        onsets[word[:at]][token[:cut]] += weight  # type: ignore[assignment]  # weighted counts
        rhymes[word[at:]][token[cut:]] += weight  # type: ignore[assignment]  # weighted counts
    return onsets, rhymes


def _flat(operations: Operations) -> tuple[Array, Array]:
    """Operations as one sorted array of recognised and printed part, with costs."""
    keys = np.repeat(operations.keys, np.diff(operations.starts)) << 16 | operations.printed.astype(np.int64)
    order = np.argsort(keys)
    return keys[order], operations.costs.astype(np.float64)[order]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _cost(p: Array, i: int, a: int, r: Array, j: int, b: int, keys: Array, costs: Array) -> float:
    key = np.int64(0)
    for k in range(b):
        key = key << 8 | r[j + b - 1 - k]
    key = key << 16 | (p[i + 1] << 8 if a == 2 else 0) | (p[i] if a else 0)
    at = np.searchsorted(keys, key)
    if at < len(keys) and keys[at] == key:
        return costs[at]
    return _UNKNOWN * max(a, b) if a < 2 and b < 2 else np.inf


@njit(cache=True)  # type: ignore[untyped-decorator]
def best_cut(p: Array, at: int, r: Array, keys: Array, costs: Array) -> int:
    """Where in ``r`` what came of ``p[:at]`` ends."""
    m, n = len(p), len(r)
    forward = np.full((m + 1, n + 1), np.inf)
    cuts = np.full((m + 1, n + 1), -1)
    forward[0, 0] = 0.0
    for i in range(m + 1):
        for j in range(n + 1):
            if i == at:
                cuts[i, j] = j
            if forward[i, j] == np.inf:
                continue
            for a in range(3):
                for b in range(4):
                    if i + a > m or j + b > n or a + b == 0 or (i < at < i + a):
                        continue
                    cost = forward[i, j] + _cost(p, i, a, r, j, b, keys, costs)
                    if cost < forward[i + a, j + b]:
                        forward[i + a, j + b] = cost
                        # An operation without printed part at the border belongs to the rhyme.
                        cuts[i + a, j + b] = cuts[i, j]
    return cuts[m, n]

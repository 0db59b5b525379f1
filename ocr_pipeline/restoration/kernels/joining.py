"""Joins what the onset and what the rhyme of a token may have been to syllables."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.channel import Array

# Syllables with their shapes that are kept of one token.
KEPT: Final = 150


class Parts(NamedTuple):
    """Onsets and rhymes of every cut of a token, one cut after the other: ``ends`` says where those of each cut end."""

    onsets: Array
    onset_shapes: Array
    onset_costs: Array
    onset_ends: Array
    rhymes: Array
    rhyme_shapes: Array
    rhyme_costs: Array
    rhyme_ends: Array


class Sounds(NamedTuple):
    """What parts make together: the syllable of onset and rhyme or -1, the shape of both shapes, half the frequency."""

    syllables: Array
    shapes: Array
    frequency: Array


class Joined(NamedTuple):
    """Memory of the joining, and its result in the first rows, likeliest first."""

    cost: Array
    stamps: Array
    met: Array
    entries: Array
    shapes: Array
    costs: Array
    worth: Array


def _insert(joined: Joined, kept: int, entry: int, shape: int, cost: float, worth: float) -> int:
    """Put a syllable among the best; returns how many there are."""
    at = min(kept, KEPT - 1)
    while at > 0 and joined.worth[at - 1] > worth:
        joined.entries[at], joined.shapes[at] = joined.entries[at - 1], joined.shapes[at - 1]
        joined.costs[at], joined.worth[at] = joined.costs[at - 1], joined.worth[at - 1]
        at -= 1
    joined.entries[at], joined.shapes[at], joined.costs[at], joined.worth[at] = entry, shape, cost, worth
    return min(kept + 1, KEPT)


def join(parts: Parts, sounds: Sounds, joined: Joined, stamp: int) -> int:
    """How many syllables, each at the cost of its best cut, stand in the first rows of ``joined``.

    ``stamp`` must be another than in the call before.
    """
    met, onset_from, rhyme_from = 0, 0, 0
    for cut in range(len(parts.onset_ends)):
        for i in range(onset_from, parts.onset_ends[cut]):
            for j in range(rhyme_from, parts.rhyme_ends[cut]):
                entry = sounds.syllables[parts.onsets[i], parts.rhymes[j]]
                shape = sounds.shapes[parts.onset_shapes[i], parts.rhyme_shapes[j]]
                if entry < 0 or shape <= 0:
                    continue
                mark, cost = entry << 3 | shape, parts.onset_costs[i] + parts.rhyme_costs[j]
                if joined.stamps[mark] != stamp:
                    joined.stamps[mark], joined.cost[mark], joined.met[met] = stamp, cost, mark
                    met += 1
                elif cost < joined.cost[mark]:
                    joined.cost[mark] = cost
        onset_from, rhyme_from = parts.onset_ends[cut], parts.rhyme_ends[cut]
    kept = 0
    for k in range(met):
        mark = joined.met[k]
        cost, entry = joined.cost[mark], mark >> 3
        worth = cost - sounds.frequency[entry]
        if kept < KEPT or worth < joined.worth[KEPT - 1]:
            kept = _insert(joined, kept, entry, mark & 7, cost, worth)
    return kept


def joined_memory(entries: int) -> Joined:
    """Memory for so many spellings."""
    marks = entries << 3
    return Joined(
        np.zeros(marks), np.zeros(marks, np.int64), np.zeros(marks, np.int64),
        np.zeros(KEPT, np.int64), np.zeros(KEPT, np.int64), np.zeros(KEPT), np.zeros(KEPT),
    )  # fmt: skip

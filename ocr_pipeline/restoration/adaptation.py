"""What a document tells of its own damage: a word read with confidence from a ruined token makes it likelier elsewhere.

Damage repeats within a document: where one face turns ``bộ`` into ``ho``, it does so on every page. The channel knows
what recognisers do in general; a first search over the document tells what happened in this one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ocr_pipeline.restoration.channel import Array
from ocr_pipeline.restoration.kernels.search import NOTHING, Lattice
from ocr_pipeline.restoration.lattice import Rows, with_costs
from ocr_pipeline.restoration.pieces import mixed_costs
from ocr_pipeline.restoration.tokens import Unit

# What the first search is less sure of tells nothing.
_LEAST_CHANCE: Final = 0.6
# Damage that the channel explains this well (nats) needs no other explanation: common confusions are undone by the
# sentence alone, and must not be outvoted by how it was undone elsewhere.
_DEAR: Final = 6.0
_MOST: Final = 0.6


def adapted(lattice: Lattice, rows: Rows, units: Sequence[Unit], chances: Array) -> tuple[Lattice, Rows]:
    """The lattice with the costs that the document's own damage gives; ``chances`` are those of its rows.

    No place counts for itself: what is told of it comes from the others.
    """
    words = np.flatnonzero((rows.owner < len(rows.placed)) & (rows.ways["second"] == NOTHING) & (rows.ways["entries"][:, 0] >= 0))
    numbers: dict[str, int] = {}
    tokens = [" ".join(u.text.lower() for u in units[p.start : p.to]) for p in rows.placed]
    token = np.array([numbers.setdefault(t, len(numbers)) for t in tokens], np.int64)
    owner, word = rows.owner[words], lattice.word[words]
    # A word may stand in several rows of one place, by its case.
    _, first, same = np.unique(owner << 16 | word, return_index=True, return_inverse=True)
    chance = np.bincount(same, chances[words])
    chance[chance < _LEAST_CHANCE] = 0.0
    own_token, own_word = token[owner[first]] << 16 | word[first], word[first]
    _, pair = np.unique(own_token, return_inverse=True)
    seen = (np.bincount(pair, chance)[pair] - chance)[same]
    total = (np.bincount(own_word, chance)[own_word] - chance)[same]
    costs = lattice.cost.copy()
    dear = costs[words] > _DEAR
    told = mixed_costs(costs[words], np.maximum(seen, 0.0), np.maximum(total, 0.0), _MOST)
    costs[words[dear]] = np.minimum(costs[words], told)[dear]
    return with_costs(lattice, rows, costs)

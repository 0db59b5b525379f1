"""Reads the units of a document: builds the lattice, searches it, and says how sure each step is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from ocr_pipeline.restoration.language_model import LanguageModel
from ocr_pipeline.restoration.lattice import Arc, Builder, Costs, packed
from ocr_pipeline.restoration.readings import Reader
from ocr_pipeline.restoration.search import (
    Cache,
    Lattice,
    best_path,
    empty_cache,
    explore,
    new_beam,
    posteriors,
)
from ocr_pipeline.restoration.tokens import Unit

Array = np.ndarray[Any, Any]
# Scores of the parts are not independent, so that paths are closer to each other than they say.
_SHARPNESS: Final = 0.7
# A step as sure as this in the first pass tells the second what the document says.
_SURE: Final = 0.9
# What a pair must be seen beyond, before its share after its first word is believed.
_DOUBT: Final = 1.0


class Step(NamedTuple):
    """One chosen arc with its posterior probability and the next best words in its place."""

    arc: Arc
    confidence: float
    others: tuple[int, ...]


class _Pass(NamedTuple):
    path: list[int]
    sums: Array


def decode(
    units: Sequence[Unit],
    lines: Sequence[str],
    restarts: Sequence[int],
    *,
    reader: Reader,
    model: LanguageModel,
    costs: Costs,
) -> list[Step]:
    """The best steps over all units, in order; a second pass knows the phrases that the first was sure of."""
    if not units:
        return []
    arcs = Builder(reader, costs).arcs(units, lines)
    lattice, origins = packed(arcs, len(units), restarts)
    found = _search(lattice, model, empty_cache(), costs)
    if costs.cache > 0.0:
        found = _search(lattice, model, _cache(found, lattice, costs.cache), costs)
    return [
        Step(arc, float(min(1.0, found.sums[row])), _others(lattice, found.sums, row))
        for row in found.path
        if (arc := origins[row]) is not None
    ]


def _search(lattice: Lattice, model: LanguageModel, cache: Cache, costs: Costs) -> _Pass:
    places, arcs = len(lattice.first) - 1, len(lattice.to)
    beam = new_beam(places, arcs)
    edges = explore(lattice, model.tables, cache, costs.language, beam)
    return _Pass(best_path(beam, places).tolist(), posteriors(beam, edges, places, arcs, _SHARPNESS))


def _cache(found: _Pass, lattice: Lattice, weight: float) -> Cache:
    """The pairs of neighbouring words that were read with confidence, with their shares after the first word."""
    pairs: Counter[int] = Counter()
    firsts: Counter[int] = Counter()
    before, sure_before = -1, False
    for row in found.path:
        sure = bool(found.sums[row] >= _SURE)
        for word in (int(lattice.word[row]), int(lattice.second[row])):
            if word < 0:
                continue
            if sure and sure_before and before >= 0:
                pairs[before << 16 | word] += 1
                firsts[before] += 1
            before, sure_before = word, sure
    keys = np.array(sorted(pairs), np.int64)
    shares = np.array([pairs[k] / (firsts[k >> 16] + _DOUBT) for k in keys.tolist()])
    return Cache(keys, shares, weight)


def _others(lattice: Lattice, sums: Array, row: int) -> tuple[int, ...]:
    """The next best words for the place of an arc."""
    place = int(np.searchsorted(lattice.first, row, "right")) - 1
    rivals = [r for r in range(lattice.first[place], lattice.first[place + 1]) if r != row and sums[r] > 0.01]
    return tuple(int(lattice.word[r]) for r in sorted(rivals, key=lambda r: -sums[r])[:3])

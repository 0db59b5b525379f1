"""Reads the units of a document: builds the lattice, searches it, and says how sure each step is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ocr_pipeline.restoration.language_model import LanguageModel
from ocr_pipeline.restoration.lattice import Arc, Builder, Costs, packed
from ocr_pipeline.restoration.readings import Reader
from ocr_pipeline.restoration.search import best_path, explore, new_beam, posteriors
from ocr_pipeline.restoration.tokens import Unit


class Step(NamedTuple):
    """One chosen arc with its posterior probability and the next best words in its place."""

    arc: Arc
    confidence: float
    others: tuple[int, ...]


# Paths are fewer and closer than the model thinks: scores are not independent.
_SHARPNESS = 0.7


def decode(
    units: Sequence[Unit],
    contexts: Sequence[str],
    lines: Sequence[str],
    restarts: Sequence[int],
    *,
    reader: Reader,
    model: LanguageModel,
    costs: Costs,
) -> list[Step]:
    """The best steps over all units, in order."""
    if not units:
        return []
    arcs = Builder(reader, costs).arcs(units, contexts, lines)
    lattice, origins = packed(arcs, len(units), restarts)
    places = len(lattice.first) - 1
    beam = new_beam(places, len(lattice.to))
    edges = explore(lattice, model.tables, costs.language, beam)
    path = best_path(beam, places)
    sums = posteriors(beam, edges, places, len(lattice.to), _SHARPNESS)
    steps = []
    for row in path.tolist():
        arc = origins[row]
        if arc is not None:
            rivals = range(lattice.first[arc_place(lattice.first, row)], lattice.first[arc_place(lattice.first, row) + 1])
            ranked = sorted((r for r in rivals if r != row and sums[r] > 0.01), key=lambda r: -sums[r])
            others = tuple(int(lattice.word[r]) for r in ranked[:3])
            steps.append(Step(arc, float(min(1.0, sums[row])), others))
    return steps


def arc_place(first: Sequence[int], row: int) -> int:
    """The place that an arc leaves."""
    low, high = 0, len(first) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if first[middle] <= row:
            low = middle
        else:
            high = middle - 1
    return low

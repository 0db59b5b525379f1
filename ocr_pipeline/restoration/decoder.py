"""Reads the units of a document: builds the lattice, searches it, and says how sure each step is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from ocr_pipeline.restoration.language_model import LanguageModel
from ocr_pipeline.restoration.lattice import Arc, Builder, packed
from ocr_pipeline.restoration.search import best_path, explore, new_beam, posteriors
from ocr_pipeline.restoration.tokens import Unit

# Scores of the parts are not independent, so that paths are closer to each other than they say.
_SHARPNESS: Final = 0.7


class Step(NamedTuple):
    """How the units ``start`` to ``to`` are read, with its posterior probability."""

    start: int
    to: int
    arc: Arc
    confidence: float


def decode(
    units: Sequence[Unit], lines: Sequence[str], restarts: Sequence[int], *, builder: Builder, model: LanguageModel
) -> list[Step]:
    """The best steps over all units, in order."""
    if not units:
        return []
    lattice, rows = packed(builder.bundles(units, lines), len(units), restarts)
    places, arcs = len(lattice.first) - 1, len(lattice.to)
    beam = new_beam(places, arcs)
    edges = explore(lattice, model.tables, builder.costs.language, beam)
    path = best_path(beam, places).tolist()
    sums = posteriors(beam, edges, places, arcs, _SHARPNESS)
    return [Step(*chosen, float(min(1.0, sums[row]))) for row in path if (chosen := rows.chosen(row)) is not None]

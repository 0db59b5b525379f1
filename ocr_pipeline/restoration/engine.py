"""Restores the lines of a document: Unicode first, then units, readings, search, and the edits of the chosen path."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ocr_pipeline import legacy_encodings
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Review
from ocr_pipeline.legacy_encodings import convert_lines
from ocr_pipeline.restoration.abbreviations import abbreviation_edits
from ocr_pipeline.restoration.belief import believed
from ocr_pipeline.restoration.channel import load_channels
from ocr_pipeline.restoration.composing import compose, told_in_raw
from ocr_pipeline.restoration.decoder import decode
from ocr_pipeline.restoration.edits import RestoredLine, apply_edits
from ocr_pipeline.restoration.families import COSTS, REACH, family_of
from ocr_pipeline.restoration.headings import heading_edits
from ocr_pipeline.restoration.language_model import LanguageModel
from ocr_pipeline.restoration.lattice import Builder
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.points import point_edits
from ocr_pipeline.restoration.readings import Reader
from ocr_pipeline.restoration.sentence_model import SentenceModel
from ocr_pipeline.restoration.slips import slip_edits
from ocr_pipeline.restoration.symbols import SymbolPiece, symbol_pieces
from ocr_pipeline.restoration.tokens import Unit, column_start, units_of
from ocr_pipeline.restoration.writing import proposals
from ocr_pipeline.settings import Settings

# The builder keeps its memory between documents, and machine code holds no lock of its own.
_ALONE: Final = threading.Lock()


@functools.cache
def _builder(dictionaries: Dictionaries, family: str) -> Builder:
    reader = Reader(Lexicon.load(dictionaries), load_channels(dictionaries)[family], REACH[family])
    return Builder(reader, COSTS[family])


def restore_lines(
    lines: Sequence[str],
    *,
    settings: Settings | None = None,
    dictionaries: Dictionaries | None = None,
    doubts: Sequence[Sequence[tuple[int, int, float]]] | None = None,
) -> list[RestoredLine]:
    """Each line restored, in order; all lines of a document together, for they tell of one another.

    ``doubts`` are the recogniser's words of each line: start, end and confidence from 0.0 to 1.0. Words recognised from an
    image have less than 1.0; those of a text layer have 1.0.
    """
    settings, dictionaries = settings or Settings(), dictionaries or Dictionaries.load()
    converted = convert_lines(lines, dictionaries)
    sources = [compose(line.text) for line in converted]
    composed = [source.text for source in sources]
    family = family_of(composed)
    pieces = symbol_pieces(composed, dictionaries)
    units, restarts = _units(composed, pieces)
    model = LanguageModel.load(dictionaries)
    with _ALONE:
        steps = decode(
            units, composed, restarts,
            builder=_builder(dictionaries, family), model=model, sentences=SentenceModel.load(dictionaries),
        )  # fmt: skip
    edits = [[edit for piece in found if (edit := piece.edit(number))] for number, found in enumerate(pieces, 1)]
    proposed = proposals(steps, units, composed, Lexicon.load(dictionaries), settings, marked=family == "vie")
    for edit in believed(proposed, len(units), COSTS[family], doubts):
        edits[edit.line - 1].append(edit)
    of_ink = [any(sure < 1.0 for *_, sure in words) for words in doubts or ()]
    points = point_edits(composed, dictionaries, marked=family == "vie", of_ink=of_ink)
    known = list(abbreviation_edits(composed, edits, doubts, dictionaries)) if doubts is not None else []
    headings = heading_edits(composed, dictionaries, of_ink=of_ink)
    for edit in [*known, *points, *slip_edits(composed, dictionaries, of_ink), *headings]:
        edits[edit.line - 1] = _with(edit, edits[edit.line - 1])
    return [
        _restored(raw, legacy_encodings.told_in_raw(raw, line, told_in_raw(source, found, number)), settings)
        for number, (raw, line, source, found) in enumerate(zip(lines, converted, sources, edits, strict=True), 1)
    ]


def _units(lines: Sequence[str], symbols: Sequence[Sequence[SymbolPiece]]) -> tuple[list[Unit], list[int]]:
    """The units of all lines, and the numbers of those before which a paragraph starts."""
    units: list[Unit] = []
    restarts: list[int] = []
    fresh = True
    for number, line in enumerate(lines):
        if not line.strip():
            fresh = True
            continue
        if fresh and units:
            restarts.append(len(units))
        found = units_of(number, line, [(p.start, p.end) for p in symbols[number]], sentence=fresh)
        if (column := column_start(line, found)) is not None:
            restarts.append(len(units) + column)
        units += found
        fresh = fresh and not found
    # Lines of signs alone have no units: two paragraphs may begin with one.
    return units, sorted({k for k in restarts if k < len(units)})


def _with(edit: Edit, others: Sequence[Edit]) -> list[Edit]:
    """The edits of a line with one more, in order; it takes the place of what it overlaps, but no number of a document's.

    One that only writes small letters leaves the word as what it overlaps had it.
    """
    over = [other for other in others if other.span.start < edit.span.end and edit.span.start < other.span.end]
    if any(other.rule == "symbol" for other in over):
        return list(others)
    if edit.after == edit.before.lower() and [other.span for other in over] == [edit.span]:
        edit = replace(edit, after=over[0].after.lower())
    return sorted([edit, *(other for other in others if other not in over)], key=lambda e: e.span)


def _restored(line: str, edits: Sequence[Edit], settings: Settings) -> RestoredLine:
    review = tuple(
        Review(page=1, line=e.line, field=None, reason="low-margin", detail=f"{e.before} -> {e.after}")
        for e in edits
        if e.confidence < settings.review_below
    )
    confidence = min([e.confidence for e in edits], default=1.0)
    return RestoredLine(apply_edits(line, edits), tuple(edits), confidence, review)

"""How far an edit is believed: the search's own probability, and how damaged the document and the word are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr_pipeline.document import Edit
from ocr_pipeline.orthography import case_shape
from ocr_pipeline.restoration.lattice import Costs

Doubts = Sequence[Sequence[tuple[int, int, float]]]
# Until a document has shown otherwise, this share of its words is wrong; it counts as much as so many words.
_USUAL_DAMAGE = 0.01
_WORTH_OF_USUAL = 60
# The share of wrong words in what the channel of the good recognisers was learned from.
_LEARNED_DAMAGE = 0.01
_MOST_RATIO = 4.0
# Odds of an edit are multiplied by this where the recogniser itself was unsure, by its confidence from 0.0 to 1.0.
_DOUBTFUL = 0.75
_DOUBTFUL_FACTOR = 2.0
# Signs that an edit of a well recognised text may take away only where it is as sure as this.
_ODD = frozenset("0123456789.&")
_ODD_LEAST = 0.98
_QUOTES = frozenset("'‘’")


def believed(edits: Sequence[Edit], words: int, costs: Costs, doubts: Doubts | None) -> list[Edit]:
    """The edits that are sure enough, with the confidence that the document's own damage leaves them.

    A clean text has no damage to repair, so that a rare word in it is a rare word; in a damaged one it is a misreading.
    """
    if not costs.least:
        return list(edits)
    damage = sum(e.confidence for e in edits) + _USUAL_DAMAGE * _WORTH_OF_USUAL
    ratio = min(_MOST_RATIO, damage / (words + _WORTH_OF_USUAL) / _LEARNED_DAMAGE)
    weighed = [replace(e, confidence=_weighed(e, ratio * _doubt(e, doubts))) for e in edits]
    return [e for e in weighed if e.confidence >= (_ODD_LEAST if _is_odd(e) else costs.least) and not _is_own(e)]


def _is_odd(edit: Edit) -> bool:
    """Whether the edit takes a digit or a point out of a word: a list number or an abbreviation oftener than damage."""
    return any(sign in edit.before and sign not in edit.after for sign in _ODD)


def _is_own(edit: Edit) -> bool:
    """Whether the edit changes what may be the page's own: capitals of a name or a whole word, a quotation mark inside a line."""
    quoted = edit.span.start > 0 and edit.before[:1] in _QUOTES and edit.after == edit.before[1:]
    recased = edit.rule == "case" and (edit.before.isascii() or case_shape(edit.before) != "mixed")
    return quoted or recased


def _weighed(edit: Edit, factor: float) -> float:
    return round(factor * edit.confidence / (factor * edit.confidence + 1.0 - edit.confidence + 1e-9), 4)


def _doubt(edit: Edit, doubts: Doubts | None) -> float:
    """More than 1 where the recogniser doubted a word that the edit touches."""
    if doubts is None or edit.line > len(doubts):
        return 1.0
    touched = [c for start, end, c in doubts[edit.line - 1] if start < edit.span.end and end > edit.span.start]
    return _DOUBTFUL_FACTOR if touched and min(touched) < _DOUBTFUL else 1.0

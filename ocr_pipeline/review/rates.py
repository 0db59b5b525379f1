"""How often a check found a field or a line wrong, over the documents that were gone through whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ocr_pipeline.corrections import FIELDS, Correction, Patch
from ocr_pipeline.document import Document

TEXT = "text"
SIGNERS = "signers"


class Rate(NamedTuple):
    """Of ``seen`` values (documents for a field, lines for the text) ``wrong`` were changed in that check."""

    check: int
    field: str
    seen: int
    wrong: int

    @property
    def share(self) -> float:
        """From 0.0 to 1.0; 0.0 where nothing was seen."""
        return self.wrong / self.seen if self.seen else 0.0


def error_rates(checked: Iterable[tuple[Document, Patch]]) -> tuple[Rate, ...]:
    """The rates of every check that has a finished document, fields in the order of the form, the text last.

    A document counts in a check once somebody has gone through it whole; what was changed and changed back is no error.
    """
    seen: dict[tuple[int, str], int] = {}
    wrong: dict[tuple[int, str], int] = {}
    for document, patch in checked:
        lines = sum(bool(line.span) for page in document.pages for line in page.lines)
        for check in {c.check for c in patch.checks}:
            for field in (*FIELDS, SIGNERS, TEXT):
                seen[check, field] = seen.get((check, field), 0) + (lines if field == TEXT else 1)
            changed = _changed([c for c in patch.corrections if c.check == check])
            for field in [f for f in changed if f == TEXT] + sorted({f for f in changed if f != TEXT}):
                wrong[check, field] = wrong.get((check, field), 0) + 1
    order = {field: i for i, field in enumerate((*FIELDS, SIGNERS, TEXT))}
    keys = sorted(seen, key=lambda key: (key[0], order[key[1]]))
    return tuple(Rate(check, field, seen[check, field], wrong.get((check, field), 0)) for check, field in keys)


def _changed(corrections: Iterable[Correction]) -> list[str]:
    """The field of each place that is another in the end; one entry a line for the text."""
    ends: dict[tuple[object, ...], tuple[Correction, Correction]] = {}
    for correction in corrections:
        first, _ = ends.get(correction.place, (correction, correction))
        ends[correction.place] = (first, correction)
    return [_field(first) for first, last in ends.values() if first.before != last.after]


def _field(correction: Correction) -> str:
    name = correction.field or TEXT
    return SIGNERS if name.startswith("signers.") else name

"""Counts of what a further recogniser made of printed words, kept in the project: ``dictionaries/word_damage.tsv``.

The English models of Tesseract differ: the small integer one, that ``shared/ocr_pairs`` was made with, reads ô as é and
Đ as D, the large one reads them as o and P. Texts of both kinds are met. The table has the large one's counts, from rows
that ``generated_pairs`` wrote and from the transcribed scans recognised in the same way; ``damage_counts`` writes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from ocr_pipeline.dictionaries import Dictionaries

FILE: Final = "word_damage.tsv"
RENDERED: Final = "rendered"


class Damage(NamedTuple):
    """Printed words, what they became, and how often, on the scans of one document or on rendered pages."""

    document: str
    printed: str
    recognised: str
    times: int


def damages(dictionaries: Dictionaries) -> Iterator[Damage]:
    """The rows of the table."""
    for document, printed, recognised, count in dictionaries.rows(FILE):
        yield Damage(document, printed, recognised, int(count))

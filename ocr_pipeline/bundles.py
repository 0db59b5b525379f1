"""Several documents in one file: a bundle (tập tài liệu) of letters, or a letter with the letter that it hands on.

A new document begins on a page that has a letterhead of its own: motto or the Party's heading, a number line with a
symbol, a date with its year. An annex (phụ lục) that has only some of these belongs to the document before it, and so
does a form that is still to be filled in, for its date has no year.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Page
from ocr_pipeline.metadata.letterhead import read_letterhead
from ocr_pipeline.metadata.marks import Marks, marks
from ocr_pipeline.metadata.pieces import pieces_of
from ocr_pipeline.metadata.types import DocumentTypes, document_types

# Filled lines within which a letterhead has its number and its date.
_TOP: Final = 16


def documents_in(pages: Sequence[Page], dictionaries: Dictionaries) -> Iterator[tuple[Page, ...]]:
    """The pages of each document, counted from 1 in each; ``source_page`` stays."""
    rules, types = marks(dictionaries), document_types(dictionaries)
    starts = [0, *(i for i, page in enumerate(pages) if i and _begins(page, rules, types)), len(pages)]
    for start, end in pairwise(starts):
        yield tuple(replace(page, number=number) for number, page in enumerate(pages[start:end], 1))


def _begins(page: Page, rules: Marks, types: DocumentTypes) -> bool:
    if page.problem or _goes_on(page):
        return False
    pieces = [piece for piece in pieces_of([page]) if piece.text][:_TOP]
    if not any(rules.formula(piece.text) for piece in pieces):
        return False
    head = read_letterhead(pieces, rules, types)
    number = head.number and rules.match("number_line", head.number.text)
    if not number or not head.date or not head.number:
        return False
    symbol = rules.match("symbol", head.number.text[number.start("rest") :])
    return symbol is not None and rules.search("month_and_year", head.date.text) is not None


def _goes_on(page: Page) -> bool:
    """Whether a printed page number says that this is not a first page."""
    numbers = ["".join(c for c in line.text if c.isdigit()) for line in page.lines if line.zone == "page-number"]
    return any(digits and int(digits[:4]) > 1 for digits in numbers)

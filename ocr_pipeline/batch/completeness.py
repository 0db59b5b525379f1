"""Whether a file came out whole: its pages, the blank ones, and printed page numbers that jump."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.batch.messages import PageFacts
from ocr_pipeline.document import Page

_NUMBER: Final = regex.compile(r"\W*(?:trang\s+)?(\d{1,4})(?:\s*/\s*\d{1,4})?\W*", regex.IGNORECASE)
# A new document in the same file begins to count anew.
_RESTART: Final = 2


class Jump(NamedTuple):
    """Two pages of a file, the numbers printed on them, and so the pages that may be missing between them."""

    before: int
    after: int
    printed_before: int
    printed_after: int

    def __str__(self) -> str:
        """As the reports show it."""
        return f"pages {self.before}-{self.after} are numbered {self.printed_before}, {self.printed_after}"


def page_facts(page: Page) -> PageFacts:
    """What counts of one page."""
    blank = page.problem is None and not any(line.raw.strip() for line in page.lines)
    return PageFacts(page.source_page, page.problem, blank, _printed(page))


def _printed(page: Page) -> int | None:
    texts = (line.raw for line in page.lines if line.zone == "page-number")
    found = [int(match[1]) for text in texts if (match := _NUMBER.fullmatch(text))]
    return found[0] if len(found) == 1 else None


def jumps(pages: Sequence[PageFacts]) -> Iterator[Jump]:
    """Places where the printed numbers do not go on as the pages do; blank and unnumbered pages between count.

    >>> [str(jump) for jump in jumps([PageFacts(2, printed=2), PageFacts(3), PageFacts(4, printed=6)])]
    ['pages 2-4 are numbered 2, 6']
    """
    before: PageFacts | None = None
    for page in pages:
        if page.printed is None:
            continue
        if before is not None and before.printed is not None and page.printed > _RESTART:
            # Blank backs may have been scanned and not be counted.
            between = page.number - before.number
            blanks = sum(p.blank for p in pages if before.number < p.number < page.number)
            if not between - blanks <= page.printed - before.printed <= between:
                yield Jump(before.number, page.number, before.printed, page.printed)
        before = page

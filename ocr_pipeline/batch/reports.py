"""What a person reads about a batch: lines of progress, what failed and what to do, whether the files are whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ocr_pipeline.batch.ledger import FOLDER, Entry
from ocr_pipeline.batch.messages import printable
from ocr_pipeline.batch.outputs import Write
from ocr_pipeline.batch.readings import Outcome

_MINUTE: Final = 60
_HOUR: Final = 3600


class Totals(NamedTuple):
    """Files of a ledger or of a run by what became of them, and their pages."""

    files: int = 0
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    secret: int = 0
    pages: int = 0

    def with_state(self, state: str, pages: int) -> Totals:
        """One more file."""
        return Totals(
            self.files + 1,
            self.succeeded + (state == "done"),
            self.partial + (state == "partial"),
            self.failed + (state == "failed"),
            self.secret + (state == "secret"),
            self.pages + (pages if state in ("done", "partial") else 0),
        )


def line_of(outcome: Outcome) -> str:
    """A file's line of progress; a name with line breaks or control characters takes one line too."""
    name = on_one_line(outcome.job.shown_path)
    if outcome.state == "failed":
        return f"{name}: failed"
    if outcome.state == "secret":
        return f"{name}: {outcome.secrecy}, not written"
    mark = f", {outcome.secrecy}" if outcome.secrecy else ""
    problems = f", {len(outcome.problems)} with problems" if outcome.problems else ""
    return f"{name}: {outcome.pages} pages{mark}{problems}, {outcome.seconds:.1f} s"


def on_one_line(text: str) -> str:
    r"""The text with control characters written out, so that no file name can draw on a terminal or add a row.

    >>> print(on_one_line("a\nb\x1b[31m"))
    a\nb\x1b[31m
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in printable(text))


def duration(seconds: float) -> str:
    """Roughly, as one says it.

    >>> duration(42), duration(600), duration(9000)
    ('42 s', '10 min', '2 h 30 min')
    """
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{seconds / _MINUTE:.0f} min"
    return f"{int(seconds // _HOUR)} h {int(seconds % _HOUR // _MINUTE)} min"


def remaining(seconds: float, done: int, total: int) -> float | None:
    """Seconds still to go, by bytes; None while nothing can be said."""
    return seconds * (total - done) / done if done > 0 and total > 0 else None


def write_reports(entries: Callable[[], Iterable[Entry]], out: Path, write: Write) -> None:
    """Write ``failures.tsv`` and ``completeness.tsv`` into the ledger's folder."""
    header: tuple[str, ...] = ("file", "page", "reason", "what to do")
    write(out / FOLDER / "failures.tsv", _table(header, (row for entry in entries() for row in _failures(entry))))
    header = ("file", "state", "pages in", "pages out", "blank pages", "page numbers that jump", "secrecy")
    write(out / FOLDER / "completeness.tsv", _table(header, map(_completeness, entries())))


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> bytes:
    lines = ("\t".join(on_one_line(cell) for cell in row) for row in (header, *rows))
    return "".join(f"{line}\n" for line in lines).encode()


def _failures(entry: Entry) -> Iterator[tuple[str, ...]]:
    name = os.fsdecode(entry.path)
    if entry.state == "failed":
        yield name, "", entry.reason or "", entry.remedy or ""
    for number, reason in entry.problems:
        yield name, str(number), reason, ""


def _completeness(entry: Entry) -> tuple[str, ...]:
    read = entry.state in ("done", "partial")
    out = (entry.pages or 0) - len(entry.problems) if read else 0
    blank = ", ".join(map(str, entry.blank))
    into = "" if entry.pages is None else str(entry.pages)
    return entry.shown, entry.state, into, str(out), blank, "; ".join(entry.jumps), entry.secrecy or ""

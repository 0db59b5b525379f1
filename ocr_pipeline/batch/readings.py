"""A file in work, a task on its way, and what became of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ocr_pipeline.batch.inputs import Job
from ocr_pipeline.batch.ledger import Entry, State
from ocr_pipeline.batch.messages import PageRead, ReadPages, Task

# Pages of one task: enough that handing out costs nothing, few enough that all workers share one big file.
UNIT: Final = 8
# What a worker is at besides pages.
OPENING: Final = 0
COMPOSING: Final = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one file; ``kept`` where an earlier run had already done it."""

    job: Job
    state: State
    pages: int = 0
    size: int = 0
    seconds: float = 0.0
    problems: tuple[str, ...] = ()
    reason: str | None = None
    secrecy: str | None = None
    kept: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether every page of the file came out, or was withheld as it had to be."""
        return self.state in ("done", "secret")


@dataclass(slots=True)
class Reading:
    """One file in work."""

    job: Job
    key: bytes
    sha256: str
    size: int
    page_count: int = 0
    media_type: str = ""
    engine: str | None = None
    seconds: float = 0.0
    closed: bool = False
    asked: set[int] = field(default_factory=set)
    done: set[int] = field(default_factory=set)
    fresh: dict[int, PageRead] = field(default_factory=dict)
    lost: Counter[int] = field(default_factory=Counter)
    composing: bool = False


@dataclass(slots=True)
class Flight:
    """A task on its way, and the page that the worker must be at: 0 while it opens the file, -1 while it composes."""

    reading: Reading
    task: Task
    at: int

    def land(self, number: int) -> None:
        """Page ``number`` has come; the next one is in work."""
        assert isinstance(self.task, ReadPages)
        last = min(self.task.last, self.reading.page_count)
        self.at = number + 1 if number < last else COMPOSING


def outcome_of(job: Job, entry: Entry, *, kept: bool = False) -> Outcome:
    """The outcome that the ledger tells of a file."""
    problems = tuple(f"page {number}: {reason}" for number, reason in entry.problems)
    reason = f"{entry.reason}. {entry.remedy or ''}".rstrip() if entry.reason else None
    return Outcome(
        job=job,
        state=entry.state,
        pages=entry.pages or 0,
        size=entry.bytes,
        seconds=entry.seconds,
        problems=problems,
        reason=reason,
        secrecy=entry.secrecy,
        kept=kept,
    )


def ranges(numbers: Sequence[int], most: int = UNIT) -> Iterator[tuple[int, int]]:
    """Runs of neighbours, none longer than a task.

    >>> list(ranges([2, 3, 7]))
    [(2, 3), (7, 7)]
    """
    start = 0
    for i, number in enumerate(numbers, 1):
        if i == len(numbers) or numbers[i] != number + 1 or i - start == most:
            yield numbers[start], number
            start = i

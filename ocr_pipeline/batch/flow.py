"""A batch from beginning to end: files become page ranges, page ranges pages, pages documents, documents outputs.

Everything that is decided is decided here, in one process and one place: what is still to be done, who does it, what
becomes of a page whose worker died, what is written. Workers only read. So the order and the number of workers change
nothing in what comes out, and a batch that is killed goes on from its ledger.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from ocr_pipeline.batch.completeness import jumps
from ocr_pipeline.batch.inputs import Job
from ocr_pipeline.batch.ledger import Entry, Ledger, stem_key
from ocr_pipeline.batch.messages import (
    LAST,
    Answer,
    Compose,
    Composed,
    Lost,
    Opened,
    PageRead,
    ReadPages,
    Refused,
    Task,
    encode_page,
    lost_page,
)
from ocr_pipeline.batch.outputs import Write, is_hopeless, remove_outputs, write_outputs
from ocr_pipeline.batch.planning import digest_of, is_settled, owner_of, settings_digest
from ocr_pipeline.batch.pool import Pool
from ocr_pipeline.batch.readings import COMPOSING, OPENING, UNIT, Flight, Outcome, Reading, outcome_of, ranges
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import InputError, OcrPipelineError, OutputError, SecretDocument
from ocr_pipeline.input_files import source_file
from ocr_pipeline.secrecy import Secrecy
from ocr_pipeline.settings import Settings

# A page, or a composition, whose worker was lost this often is given up.
_ATTEMPTS: Final = 2
# Workers that die while loading, in a row: it is not the files then.
_START_FAILURES: Final = 5
_WAIT: Final = 0.5
# Tasks of each worker at the end of a batch: with more, none waits long for the last; with fewer, less is handed about.
_TURNS: Final = 4
_COMPOSITION_PAGES: Final = 20
# A worker has its own limit for a page; only one that does not keep it is ended.
_GRACE: Final = 1.25
_OWNED: Final = "would write over the results of"
_ELSEWHERE: Final = "Name another folder with --out."
_REPORT: Final = "Please report this with the file, if it may be shared."


class Batch:
    """Reads jobs through a pool, keeps the ledger, writes the outputs.

    ``write`` puts bytes into a file, at once or not at all. ``formats`` are the outputs that each document must have.
    ``tick`` is called now and then while ``pages_read`` grows.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        ledger: Ledger,
        pool: Pool,
        *,
        settings: Settings,
        write: Write,
        formats: Sequence[str],
        secrecy: Secrecy | None = None,
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        self._ledger, self._pool, self._settings, self._write = ledger, pool, settings, write
        self._formats, self._secrecy = tuple(formats), secrecy or Secrecy()
        self._dictionaries = Dictionaries.load()
        self._digest = settings_digest(settings, self._dictionaries, self._secrecy)
        self._plan, self._tick = deque(jobs), tick
        self.pages_read = 0
        self._ready: deque[tuple[Reading, Task]] = deque()
        self._flying: dict[int, Flight] = {}
        self._outcomes: deque[Outcome] = deque()
        self._numbers = 0
        self._start_failures = 0

    def outcomes(self) -> Iterator[Outcome]:
        """Every file's outcome as it is known; what is finished stays, whatever ends the run.

        OutputError where nothing can be written any more, SecretDocument where the run is to stop at a mark.
        """
        try:
            while self._feed() or self._flying:
                yield from self._told()
                if self._flying:
                    for number, answer in self._pool.answers(_WAIT):
                        self._hear(number, answer)
                    self._tick()
                yield from self._told()
            yield from self._told()
        finally:
            self._keep_all()

    def _told(self) -> Iterator[Outcome]:
        while self._outcomes:
            yield self._outcomes.popleft()

    def _keep_all(self) -> None:
        """What has been read of unfinished files goes into the ledger, whatever ended the run."""
        for reading in {id(f.reading): f.reading for f in self._flying.values()}.values():
            with contextlib.suppress(OutputError):
                self._keep(reading)

    # --- what to do next

    def _feed(self) -> bool:
        """Give the workers what they have room for; whether there may be more to do."""
        while self._pool.room() > 0:
            if not self._ready and not self._begin_next():
                return bool(self._outcomes)
            if self._ready:
                self._give(*self._ready.popleft())
            if self._outcomes:
                return True
        return True

    def _give(self, reading: Reading, task: Task) -> None:
        if reading.closed:
            return
        self._numbers += 1
        at = COMPOSING if isinstance(task, Compose) else OPENING
        self._flying[self._numbers] = Flight(reading, task, at)
        self._pool.give(self._numbers, task, self._limit(reading, task))

    def _limit(self, reading: Reading, task: Task) -> float:
        """Seconds for each answer: a page, or the composition of them all, which takes longer the more there are."""
        pages = reading.page_count if isinstance(task, Compose) else UNIT if task.compose else 0
        return _GRACE * self._settings.page_timeout * (1 + pages / _COMPOSITION_PAGES)

    def _begin_next(self) -> bool:
        """Take up the next job of the plan; False where there is none."""
        if not self._plan:
            return False
        job = self._plan.popleft()
        key = stem_key(job.stem, self._ledger.out)
        entry = self._ledger.entry(key)
        assert entry, "every job is entered before the batch begins"
        if owner := owner_of(entry, job):
            self._outcomes.append(Outcome(job=job, state="failed", reason=f"{job.path} {_OWNED} {owner}. {_ELSEWHERE}"))
            return True
        try:
            sha256, size = digest_of(job.path)
        except InputError as error:
            self._ledger.open_file(key, job.path, "", self._digest, 0)
            self._fail(Reading(job, key, "", 0), error.message, error.remedy)
            return True
        reading = Reading(job, key, sha256, size)
        if entry.sha256 == sha256 and is_settled(entry, self._ledger.out, self._formats, self._secrecy, self._dictionaries):
            self._outcomes.append(outcome_of(job, entry, kept=True))
        elif entry.state == "open" and entry.sha256 == sha256 and entry.settings == self._digest:
            self._resume(reading, entry)
        else:
            self._ledger.open_file(key, job.path, sha256, self._digest, size)
            self._queue(reading, 1, self._share(1), compose=True)
        return True

    def _resume(self, reading: Reading, entry: Entry) -> None:
        """Go on with a file that was begun: what the ledger keeps of it is not read again."""
        reading.done = self._ledger.page_numbers(reading.key)
        if not entry.pages or not reading.done:
            self._queue(reading, 1, self._share(1), compose=True)
            return
        reading.page_count, reading.media_type = entry.pages, entry.media_type or ""
        for page in self._ledger.pages(reading.key):
            reading.engine, reading.seconds = page.engine or reading.engine, reading.seconds + page.seconds
        self._go_on(reading)

    def _queue(self, reading: Reading, first: int, last: int, *, compose: bool = False) -> None:
        job = reading.job
        task = ReadPages(path=job.path, shown_path=job.shown_path, sha256=reading.sha256, first=first, last=last, compose=compose)
        reading.asked.update(range(first, last + 1))
        self._ready.append((reading, task))

    def _share(self, pages: int) -> int:
        """Pages of a task, of so many that are known to wait: few where other workers would have nothing to do meanwhile."""
        room = self._pool.room() - len(self._ready)
        if room - 1 <= len(self._plan):
            return UNIT
        return max(1, min(UNIT, pages // (_TURNS * (room + len(self._flying)))))

    def _go_on(self, reading: Reading) -> None:
        """Ask for the pages that nobody has been asked for; where all are there, for the documents."""
        waiting = [n for n in range(1, reading.page_count + 1) if n not in reading.done and n not in reading.asked]
        for first, last in ranges(waiting, self._share(len(waiting))):
            self._queue(reading, first, last)
        if len(reading.done) == reading.page_count and not reading.composing:
            reading.composing = True
            self._keep(reading)
            pages = list(self._ledger.pages(reading.key))
            file = source_file(reading.job.path, reading.sha256, reading.media_type, reading.page_count, reading.job.shown_path)
            task = Compose(file=file, engine=reading.engine, pages=tuple(page.data for page in pages))
            self._ready.append((reading, task))

    # --- what has come

    def _hear(self, number: int, answer: Answer) -> None:
        flight = self._flying[number]
        reading = flight.reading
        if isinstance(answer, LAST):
            del self._flying[number]
        if isinstance(answer, Lost) and answer.starting:
            self._could_not_start(flight, answer)
            return
        self._start_failures = 0
        if not reading.closed:
            self._take(flight, answer)

    def _take(self, flight: Flight, answer: Answer) -> None:
        reading = flight.reading
        if isinstance(answer, Opened):
            self._opened(flight, answer)
        elif isinstance(answer, PageRead):
            self._page(flight, answer)
        elif isinstance(answer, Composed):
            self._finish(reading, answer)
        elif isinstance(answer, Refused):
            self._fail(reading, answer.message, answer.remedy)
        elif isinstance(answer, Lost):
            self._lose(flight, answer)
        else:
            self._keep(reading)
            self._go_on(reading)

    def _could_not_start(self, flight: Flight, answer: Lost) -> None:
        self._start_failures += 1
        if self._start_failures >= _START_FAILURES:
            raise OcrPipelineError(
                f"workers cannot start: {answer.reason}", remedy="Run `ocr-pipeline doctor`, and see what it says."
            )
        self._ready.appendleft((flight.reading, flight.task))

    def _opened(self, flight: Flight, answer: Opened) -> None:
        reading = flight.reading
        assert isinstance(flight.task, ReadPages)
        flight.at = flight.task.first
        del reading.lost[OPENING]
        if not reading.page_count:
            reading.page_count, reading.media_type = answer.pages, answer.media_type
            reading.asked = {n for n in reading.asked if n <= answer.pages}
            self._ledger.opened(reading.key, answer.pages, answer.media_type)

    def _page(self, flight: Flight, answer: PageRead) -> None:
        reading = flight.reading
        flight.land(answer.number)
        if not answer.data:
            self._withhold(reading, answer.mark)
            return
        reading.fresh[answer.number] = answer
        reading.done.add(answer.number)
        reading.engine, reading.seconds = answer.engine or reading.engine, reading.seconds + answer.seconds
        self.pages_read += 1

    def _lose(self, flight: Flight, answer: Lost) -> None:
        """A worker is gone: what it was at is tried once more, then given up; the rest of its pages go on."""
        reading, at = flight.reading, flight.at
        reading.composing = reading.composing and at != COMPOSING
        reading.lost[at] += 1
        given_up = reading.lost[at] >= _ATTEMPTS
        self._keep(reading)
        if given_up and at in (OPENING, COMPOSING):
            doing = "opened" if at == OPENING else "composed"
            self._fail(reading, f"{reading.job.path} could not be {doing}: {answer.reason}", _REPORT)
            return
        if given_up:
            self._page(flight, PageRead(at, encode_page(lost_page(at, answer.reason)), 0.0))
        if isinstance(flight.task, ReadPages) and not reading.page_count:
            self._ready.appendleft((reading, flight.task))
            return
        if isinstance(flight.task, ReadPages):
            reading.asked -= set(range(flight.task.first, flight.task.last + 1))
        self._go_on(reading)

    def _keep(self, reading: Reading) -> None:
        """Pages that have come go into the ledger."""
        if reading.fresh and not reading.closed:
            self._ledger.keep_pages(reading.key, reading.fresh.values())
            reading.fresh.clear()

    # --- how it ends

    def _finish(self, reading: Reading, answer: Composed) -> None:
        if not answer.outputs or (answer.mark and self._secrecy.on_secret == "stop"):
            self._withhold(reading, answer.mark)
            return
        try:
            outputs = write_outputs(answer.outputs, reading.job.stem, self._ledger.out, self._write)
        except OutputError as error:
            if is_hopeless(error):
                raise
            self._fail(reading, error.message, error.remedy)
            return
        self._forget_outputs(reading, [name for name, _ in outputs])
        problems = [(p.number, p.problem) for p in answer.pages if p.problem]
        if problems:
            self._keep(reading)
        facts = {
            "state": "partial" if problems else "done",
            "documents": answer.documents,
            "outputs": outputs,
            "problems": problems,
            "blank": [p.number for p in answer.pages if p.blank],
            "jumps": [str(jump) for jump in jumps(answer.pages)],
            "secrecy": answer.mark,
        }
        self._close(reading, facts, [number for number, _ in problems] if problems else None)

    def _forget_outputs(self, reading: Reading, kept: Sequence[str] = ()) -> None:
        """Results that an earlier run has written and this one has not."""
        entry = self._ledger.entry(reading.key)
        remove_outputs([name for name, _ in entry.outputs if name not in kept] if entry else [], self._ledger.out)

    def _withhold(self, reading: Reading, mark: str | None) -> None:
        """A marked document: nothing of it stays but its entry."""
        reading.fresh.clear()
        self._forget_outputs(reading)
        self._close(reading, {"state": "secret", "secrecy": mark, "outputs": []})
        self._ledger.wipe()
        if self._secrecy.on_secret == "stop":
            raise SecretDocument(
                f"{reading.job.path} is marked {mark}",
                remedy="Take it out, or pass --on-secret skip or --on-secret mark, and run again.",
            )

    def _fail(self, reading: Reading, message: str, remedy: str) -> None:
        self._close(reading, {"state": "failed", "reason": message, "remedy": remedy})

    def _close(self, reading: Reading, facts: dict[str, Any], forget: Sequence[int] | None = None) -> None:
        self._ledger.finish(reading.key, facts | {"seconds": round(reading.seconds, 3)}, forget)
        reading.closed = True
        entry = self._ledger.entry(reading.key)
        assert entry
        self._outcomes.append(outcome_of(reading.job, entry))

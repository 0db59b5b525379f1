"""The side of a batch that opens files: one process, its model loaded once, its memory bounded.

A worker writes nothing. It reads pages, makes documents of pages, and sends both to the batch, page by page, so that
the batch knows which page is to blame when a worker hangs or dies.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import threading
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path

from ocr_pipeline.batch.completeness import page_facts
from ocr_pipeline.batch.messages import (
    Answer,
    Compose,
    Composed,
    Done,
    Opened,
    Output,
    PageRead,
    ReadPages,
    Ready,
    Refused,
    Task,
    decode_page,
    encode,
    encode_page,
    lost_page,
    printable,
)
from ocr_pipeline.batch.recipe import Recipe
from ocr_pipeline.composition import read_text
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Page, SourceFile
from ocr_pipeline.errors import DamagedInput, InputTooLarge, MissingDependency, OcrPipelineError
from ocr_pipeline.input_files import source_file
from ocr_pipeline.pipeline import LazyEngine, documents_of, read_pages
from ocr_pipeline.recognition import Engine, choose_engine
from ocr_pipeline.secrecy import gravest, mark_of
from ocr_pipeline.sources import Source, open_source

_MEBIBYTE = 1 << 20


def serve(connection: Connection, recipe: Recipe) -> None:
    """Do what comes through the connection until it is closed: the life of a worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Models and dictionaries stay: the collector need not go through them while they grow, nor with every page.
    gc.disable()
    desk = Desk(recipe)
    try:
        desk.warm()
    except OcrPipelineError as error:
        connection.send_bytes(encode(Refused(printable(error.message), printable(error.remedy))))
        return
    gc.freeze()
    gc.enable()
    _bound_memory(recipe.settings.worker_memory)
    _be_quiet()
    with contextlib.closing(desk), contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        connection.send_bytes(encode(Ready()))
        while True:
            for answer in desk.answers(connection.recv()):
                connection.send_bytes(encode(answer))


def _end_with_parent() -> None:
    """A batch that was killed leaves no worker behind that would go on with a page that nobody waits for."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _bound_memory(mebibytes: int) -> None:
    """Bound the address space to what it is now and so much more; where the system cannot tell, it stays unbounded.

    The limit is the kernel's, so that an image that claims gigabytes fails when it asks for them and not at the next look.
    """
    pages = Path("/proc/self/statm")
    if mebibytes and pages.exists():
        now = int(pages.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + mebibytes * _MEBIBYTE, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _be_quiet() -> None:
    """What libraries print about damaged files would run into the progress of the batch; the reasons are in the results."""
    warnings.simplefilter("ignore")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def warm_text(dictionaries: Dictionaries) -> None:
    """Load what text is restored and read with, which does not depend on settings."""
    read_text("Số: 01/QĐ-UBND", dictionaries=dictionaries)


class Desk:
    """Reads pages and composes documents; keeps the model loaded and the last file open."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe, self._settings = recipe, recipe.settings
        self._dictionaries = Dictionaries.load()
        self._engine: Engine | None = None
        self._open: tuple[tuple[Path, str], Source] | None = None

    def warm(self) -> None:
        """Load the models, so that no page pays for them. Where there is no recogniser, only a page that needs it fails."""
        with contextlib.suppress(MissingDependency):
            self._engine = (self._recipe.make_engine or choose_engine)(self._settings)
        warm_text(self._dictionaries)

    def close(self) -> None:
        """Let go of the file that is still open."""
        if self._open:
            self._open[1].__exit__()
            self._open = None

    def answers(self, task: Task) -> Iterator[Answer]:
        """What comes of a task, the last answer one of ``LAST``. Whatever happens, happens to this task alone."""
        try:
            yield from self._pages(task) if isinstance(task, ReadPages) else self._composed(task)
        except OcrPipelineError as error:
            yield Refused(printable(error.message), printable(error.remedy))
        except MemoryError:
            yield Refused("it needs more memory than a worker may take", _MORE_MEMORY)
        except Exception as error:  # a defect of ours in one file must not cost the others
            yield Refused(printable(f"unexpected {_where(error)}"), "Please report this with the file, if it may be shared.")

    def _pages(self, task: ReadPages) -> Iterator[Answer]:
        source = self._source(task)
        yield Opened(source.page_count, source.media_type)
        last = min(task.last, source.page_count)
        keep = task.compose and task.first == 1 and last == source.page_count
        kept: list[Page] = []
        name: str | None = None
        for page, seconds, engine in self._timed(source, range(task.first, last + 1)):
            name = name or engine
            mark = mark_of(page, self._dictionaries)
            withheld = self._withholds(mark)
            yield PageRead(page.source_page, b"" if withheld else encode_page(page), round(seconds, 3), engine, mark)
            if withheld:
                yield Done()
                return
            kept += [page] if keep else []
        if keep:
            file = source_file(source.path, source.sha256, source.media_type, source.page_count, task.shown_path)
            yield self._documents(kept, file, name)
        else:
            yield Done()

    def _source(self, task: ReadPages) -> Source:
        key = (task.path, task.sha256)
        if self._open and self._open[0] != key:
            self.close()
        if self._open is None:
            source = open_source(task.path, self._settings)
            if source.sha256 != task.sha256:
                source.__exit__()
                raise DamagedInput(f"{task.path} was changed while it was read", remedy="Run again when it is whole.")
            self._open = key, source
        return self._open[1]

    def _timed(self, source: Source, numbers: Sequence[int]) -> Iterator[tuple[Page, float, str | None]]:
        """The pages, each with its seconds and the recogniser's name where it was asked; a page that fails is a result."""
        waiting = list(numbers)
        while waiting:
            recogniser = LazyEngine(self._settings, self._engine)
            started = time.monotonic()
            try:
                for page in read_pages(source, recogniser, self._settings, self._dictionaries, tuple(waiting)):
                    waiting.pop(0)
                    yield page, time.monotonic() - started, recogniser.name
                    started = time.monotonic()
            except MissingDependency:
                raise
            except Exception as error:  # whatever it is, it costs one page
                yield lost_page(waiting.pop(0), printable(_problem(error))), time.monotonic() - started, recogniser.name

    def _composed(self, task: Compose) -> Iterator[Answer]:
        yield self._documents([decode_page(data) for data in task.pages], task.file, task.engine)

    def _documents(self, pages: Sequence[Page], file: SourceFile, engine: str | None) -> Composed:
        facts = tuple(page_facts(page) for page in pages)
        documents = documents_of(pages, file, self._settings, self._dictionaries, engine)
        marks = [mark_of(page, self._dictionaries) for page in pages]
        mark = gravest([*marks, *(d.metadata.secrecy for d in documents)], self._dictionaries)
        if self._withholds(mark):
            return Composed((), len(documents), facts, mark)
        outputs = [
            Output(index, name, data) for index, document in enumerate(documents, 1) for name, data in self._rendered(document)
        ]
        return Composed(tuple(outputs), len(documents), facts, mark)

    def _rendered(self, document: Document) -> Sequence[tuple[str, bytes]]:
        """The document's results; a mark that only a stamp bears becomes part of its metadata."""
        mark = gravest([document.metadata.secrecy, *(mark_of(p, self._dictionaries) for p in document.pages)], self._dictionaries)
        if mark != document.metadata.secrecy:
            document = replace(document, metadata=replace(document.metadata, secrecy=mark))
        return self._recipe.render(document, self._recipe.secrecy.indexes(mark))

    def _withholds(self, mark: str | None) -> bool:
        return self._recipe.secrecy.withholds(mark, self._dictionaries)


_MORE_MEMORY = "Raise --worker-memory, or scan the page at 300 dpi."


def _problem(error: Exception) -> str:
    if isinstance(error, OcrPipelineError):
        return str(error)
    if isinstance(error, MemoryError):
        return str(InputTooLarge("the page needs more memory than a worker may take", remedy=_MORE_MEMORY))
    return f"unexpected {_where(error)}"


def _where(error: Exception) -> str:
    at = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}: {error}"

"""Workers as child processes: given tasks, watched, replaced when they die or take too long.

The pool knows nothing of files and pages. It hands out tasks, passes on what comes back, and says ``Lost`` where a
worker is gone in the middle of a task; what that means is for the batch to decide.
"""

from __future__ import annotations

import importlib
import signal
import time
from collections.abc import Iterator
from multiprocessing import connection as connections
from multiprocessing.connection import Connection
from typing import Final, Protocol, Self

import msgspec

from ocr_pipeline.batch.messages import LAST, Answer, Lost, Ready, Refused, Task, decode
from ocr_pipeline.batch.recipe import Recipe
from ocr_pipeline.processes import start_server

# Loading takes seconds; the first time after an installation the inner loops may have to be compiled.
_START_LIMIT: Final = 300.0
_FAREWELL: Final = 5.0


def _work(connection: Connection, recipe: Recipe) -> None:
    """In the new process. The pool's own process never loads what workers work with."""
    importlib.import_module("ocr_pipeline.batch.worker").serve(connection, recipe)


class Pool(Protocol):
    """Something that does tasks: processes of this machine, or actors of a cluster."""

    def room(self) -> int:
        """How many more tasks can be given now."""

    def give(self, number: int, task: Task, limit: float) -> None:
        """Start a task; each of its answers must come within ``limit`` seconds of the last."""

    def answers(self, wait: float) -> Iterator[tuple[int, Answer]]:
        """What has come within ``wait`` seconds, each with the number of its task."""

    def close(self) -> None:
        """End all workers at once."""


class Worker:
    """One child process and what it is doing. Times are monotonic: a clock that is put back harms nobody."""

    def __init__(self, recipe: Recipe) -> None:
        context = start_server()
        self.connection, far = context.Pipe()
        self._process = context.Process(target=_work, args=(far, recipe), daemon=True)
        self._process.start()
        far.close()
        self.ready = False
        self.number: int | None = None
        self._waiting: Task | None = None
        self._limit = self._deadline = 0.0
        self._allow(_START_LIMIT)

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    def give(self, number: int, task: Task, limit: float) -> None:
        """Do this; a worker that is still loading does it when it is ready."""
        self.number, self._waiting, self._limit = number, task, limit
        if self.ready:
            self._send()

    def _send(self) -> None:
        task, self._waiting = self._waiting, None
        self._allow(self._limit)
        try:
            self.connection.send(task)
        except (BrokenPipeError, ConnectionResetError):
            return  # it has died, and the next look at the connection says so

    def _allow(self, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds

    def answer(self) -> Answer:
        """The next answer; waits for it. ``Lost`` where the process is gone or answers nonsense."""
        try:
            answer = decode(self.connection.recv_bytes())
        except (EOFError, OSError, msgspec.DecodeError):
            return self.end("")
        self._allow(self._limit)
        if isinstance(answer, Refused) and not self.ready:
            return self.end(f"{answer.message}. {answer.remedy}")
        if isinstance(answer, Ready):
            self.ready = True
            if self._waiting is not None:
                self._send()
        return answer

    def overdue(self) -> bool:
        """Whether the time for the next answer is up."""
        return (self.number is not None or not self.ready) and time.monotonic() > self._deadline

    def end(self, reason: str) -> Lost:
        """End the process and say why it is gone."""
        if reason:
            self._process.kill()
        self._process.join(_FAREWELL)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join(_FAREWELL)
        code = self._process.exitcode
        self.connection.close()
        self._process.close()
        return Lost(reason or _last_words(code), starting=not self.ready)

    def overdue_reason(self) -> str:
        """What is said of a page that took too long."""
        return f"it took longer than {self._limit if self.ready else _START_LIMIT:g} seconds"


def _last_words(code: int | None) -> str:
    if code is None or code >= 0:
        return f"its worker ended with code {code}"
    try:
        return f"its worker was ended by signal {-code} ({signal.Signals(-code).name})"
    except ValueError:
        return f"its worker was ended by signal {-code}"


class LocalPool:
    """Workers on this machine, started when there is work for them. Use as a context manager."""

    def __init__(self, recipe: Recipe, size: int) -> None:
        self._recipe, self._size = recipe, size
        self._workers: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes at work."""
        return tuple(worker.pid for worker in self._workers if worker.pid is not None)

    def room(self) -> int:
        """How many more tasks can be given now."""
        return self._size - sum(worker.number is not None for worker in self._workers)

    def give(self, number: int, task: Task, limit: float) -> None:
        """Give the task to a worker that is free, one that has loaded first; else to a new one."""
        free = sorted((w for w in self._workers if w.number is None), key=lambda w: not w.ready)
        if not free:
            free = [Worker(self._recipe)]
            self._workers += free
        free[0].give(number, task, limit)

    def answers(self, wait: float) -> Iterator[tuple[int, Answer]]:
        """What has come within ``wait`` seconds; workers that are overdue are ended."""
        by_connection = {worker.connection: worker for worker in self._workers}
        for ready in connections.wait(list(by_connection), wait):
            worker = by_connection[ready]  # type: ignore[index]
            yield from self._heard(worker, worker.answer())
        for worker in [w for w in self._workers if w.overdue()]:
            yield from self._heard(worker, worker.end(worker.overdue_reason()))

    def _heard(self, worker: Worker, answer: Answer) -> Iterator[tuple[int, Answer]]:
        number = worker.number
        if isinstance(answer, LAST):
            worker.number = None
        if isinstance(answer, Lost):
            self._workers.remove(worker)
        if number is not None and not isinstance(answer, Ready):
            yield number, answer

    def close(self) -> None:
        """End all workers at once: they write nothing, so nothing is lost but the pages in their hands."""
        while self._workers:
            self._workers.pop().end("the batch is over")

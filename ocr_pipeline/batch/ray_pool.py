"""The same pool over many machines: a Ray cluster, whose actors each keep one worker (extra ``ocr_pipeline[ray]``).

An actor runs the worker of ``pool.py`` as its child, so that a page that hangs or kills is dealt with on its own
machine, exactly as it is without a cluster. What this module adds is the loss of a whole machine. The batch, its ledger
and all outputs stay in the one process that was started; the machines need the inputs under the same paths.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from typing import Any, Final, Self

from ocr_pipeline.batch.messages import LAST, Answer, Lost, Task, decode, encode
from ocr_pipeline.batch.pool import LocalPool
from ocr_pipeline.batch.recipe import Recipe
from ocr_pipeline.errors import MissingDependency, UsageError

_LOST: Final = "its machine is gone"
_WAIT: Final = 1.0


class RayPool:
    """Actors of a cluster, as many as it has processors and never more than ``size``. Use as a context manager.

    MissingDependency where Ray is not installed, UsageError where no cluster answers at the address.
    """

    def __init__(self, recipe: Recipe, size: int, address: str) -> None:
        try:
            self._ray: Any = importlib.import_module("ray")
        except ImportError as error:
            raise MissingDependency("Ray is not installed", remedy="pip install 'ocr_pipeline[ray]'") from error
        try:
            self._ray.init(address=address, log_to_driver=False, logging_level="ERROR", ignore_reinit_error=True)
        except (ConnectionError, ValueError) as error:
            raise UsageError(f"no Ray cluster answers at {address} ({error})", remedy="Start one with `ray start`.") from error
        self._actor = self._ray.remote(num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD")(RayWorker)
        self._recipe, self._size = self._ray.put(recipe), size
        self._free: list[Any] = []
        self._proven: set[Any] = set()
        self._busy: dict[Any, tuple[int, Any, Task, float]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def room(self) -> int:
        """How many more tasks can be given now, as many machines as are alive."""
        processors = sum(node["Resources"].get("CPU", 0) for node in self._ray.nodes() if node["Alive"])
        return min(self._size, int(processors)) - len(self._busy)

    def give(self, number: int, task: Task, limit: float) -> None:
        """Give the task to an actor that is free, else to a new one."""
        actor = self._free.pop() if self._free else self._actor.remote(self._recipe)
        self._busy[actor.answers.remote(task, limit)] = number, actor, task, limit

    def answers(self, wait: float) -> Iterator[tuple[int, Answer]]:
        """The answers of the tasks that have ended within ``wait`` seconds."""
        ended, _ = self._ray.wait(list(self._busy), num_returns=1, timeout=wait)
        if not ended:
            self._taken_over()
        for call in ended:
            number, actor, *_ = self._busy.pop(call)
            for answer in self._outcome(call, actor):
                yield number, answer

    def _taken_over(self) -> None:
        """Give tasks of actors that have not begun to those that are free.

        A machine that was just lost may still have been counted: the new actor waits for a processor that nobody gives up.
        """
        waiting = [call for call, (_, actor, *_) in self._busy.items() if actor not in self._proven]
        for call in waiting[: len(self._free)]:
            number, actor, task, limit = self._busy.pop(call)
            with contextlib.suppress(self._ray.exceptions.RayError):
                self._ray.kill(actor)
            self.give(number, task, limit)

    def _outcome(self, call: Any, actor: Any) -> list[Answer]:
        try:
            found = [decode(data) for data in self._ray.get(call)]
        except self._ray.exceptions.RayError as error:
            if actor in self._proven:
                return [Lost(_LOST)]
            # One that has never answered: its machine, or what is missing on it, is to blame and not the file.
            return [Lost(f"{_LOST}, or lacks something ({str(error).strip().splitlines()[-1]})", starting=True)]
        self._free.append(actor)
        self._proven.add(actor)
        return found

    def close(self) -> None:
        """End all actors, and with them their workers."""
        for actor in [*self._free, *(actor for _, actor, *_ in self._busy.values())]:
            with contextlib.suppress(self._ray.exceptions.RayError):
                self._ray.kill(actor)
        self._ray.shutdown()


class RayWorker:
    """One worker on some machine of the cluster; lives in an actor."""

    def __init__(self, recipe: Recipe) -> None:
        # A spawned child would import the actor's own main module, which is Ray's.
        sys.modules["__main__"].__file__ = None
        self._pool = LocalPool(recipe, 1)

    def answers(self, task: Task, limit: float) -> list[bytes]:
        """All answers to a task, encoded; the last is one of ``LAST``."""
        self._pool.give(0, task, limit)
        found: list[Answer] = []
        while not found or not isinstance(found[-1], LAST):
            found += [answer for _, answer in self._pool.answers(_WAIT)]
        return [encode(answer) for answer in found]

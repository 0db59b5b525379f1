"""``status``: how far a run is, what failed, what to type next."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator
from itertools import islice
from typing import Final

from ocr_pipeline.batch import Entry, LastRun, LedgerView
from ocr_pipeline.batch.reports import duration, on_one_line, remaining
from ocr_pipeline.commands.console import print_bytes
from ocr_pipeline.settings import Settings

_SHOWN: Final = 20
_STATES: Final = {
    "done": "read whole",
    "partial": "with pages that could not be read",
    "failed": "not read",
    "secret": "withheld for their mark of secrecy",
    "open": "begun",
    "waiting": "waiting",
}


def run(arguments: Namespace, settings: Settings) -> int:
    """Print the state of an output folder; also while a run is at work in it."""
    with LedgerView(arguments.folder) as view:
        lines = [*_run_lines(view.last_run(), view.holder), *_count_lines(view.counts()), *_problem_lines(view)]
        if view.holder is None:
            lines += _next_lines(view.counts())
    print_bytes("".join(f"{on_one_line(line)}\n" for line in lines).encode())
    return 0


def _run_lines(last: LastRun | None, holder: str | None) -> Iterator[str]:
    if last is None:
        return
    state = f"at work: {holder}" if holder else last.outcome or "killed, or the machine went down"
    yield f"last run: begun {last.started}, {last.workers} workers, {last.files} files; {state}"
    if last.pages:
        rate = 60 * last.pages / max(last.seconds, 1e-9)
        yield f"read in it: {last.pages} pages in {duration(last.seconds)}, {rate:.0f} pages/min"
    left = remaining(last.seconds, last.bytes_done, last.bytes)
    if holder and left:
        yield f"to go: about {duration(left)}"


def _count_lines(counts: dict[str, int]) -> Iterator[str]:
    for state, words in _STATES.items():
        if counts.get(state):
            yield f"{counts[state]:8} files {words}"


def _problem_lines(view: LedgerView) -> Iterator[str]:
    return islice((line for entry in view.entries() for line in _problems(entry)), _SHOWN)


def _problems(entry: Entry) -> Iterator[str]:
    if entry.state == "failed":
        yield f"  {entry.reason}. {entry.remedy or ''}".rstrip()
    for number, reason in entry.problems:
        yield f"  {os.fsdecode(entry.path)}, page {number}: {reason}"


def _next_lines(counts: dict[str, int]) -> Iterator[str]:
    if counts.get("open") or counts.get("waiting"):
        yield "To go on: the same `ocr-pipeline run` command again"
    if counts.get("failed") or counts.get("partial"):
        yield "To try what failed again: the same command with --redo failed"

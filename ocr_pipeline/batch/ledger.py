"""The ledger of an output folder: what was asked, what is done, what failed and why. One SQLite file, one writer.

``OUT/.ocr-pipeline/ledger.sqlite`` holds a row a file, known by the stem of its outputs. Pages are kept encoded while
their file is not finished, and the good ones of a file with bad pages, so that only the bad ones are read again; what
is deleted is overwritten (``secure_delete``). A lock beside it keeps a second run away and goes with the process that
holds it, however that ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Self

from ocr_pipeline.batch.inputs import Job, path_key
from ocr_pipeline.batch.messages import PageRead, printable
from ocr_pipeline.errors import OutputError, UsageError

FOLDER: Final = ".ocr-pipeline"
_VERSION: Final = 1
_PATIENCE: Final = 1.0
State = Literal["waiting", "open", "done", "partial", "failed", "secret"]
Redo = Literal["failed", "all", "changed-settings"]
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS files (
  stem BLOB PRIMARY KEY,             -- of the outputs, below the output folder, as the file system has it
  shown TEXT NOT NULL,               -- the input as the JSON shows it
  path BLOB NOT NULL,
  state TEXT NOT NULL,               -- waiting | open | done | partial | failed | secret
  sha256 TEXT, settings TEXT, bytes INTEGER NOT NULL DEFAULT 0,
  pages INTEGER, media_type TEXT, documents INTEGER,
  outputs TEXT NOT NULL DEFAULT '[]',   -- [[name, bytes], ...]
  problems TEXT NOT NULL DEFAULT '[]',  -- [[page, reason], ...]
  blank TEXT NOT NULL DEFAULT '[]', jumps TEXT NOT NULL DEFAULT '[]',
  secrecy TEXT, reason TEXT, remedy TEXT, seconds REAL NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (
  stem BLOB, number INTEGER, engine TEXT, seconds REAL, data BLOB, PRIMARY KEY (stem, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, started TEXT, ended TEXT, workers INTEGER, settings TEXT, files INTEGER,
  bytes INTEGER DEFAULT 0, bytes_done INTEGER DEFAULT 0, pages INTEGER DEFAULT 0, seconds REAL DEFAULT 0, outcome TEXT
);
"""
_RESET: Final = """UPDATE files SET state = 'open', problems = '[]', blank = '[]', jumps = '[]',
  secrecy = NULL, reason = NULL, remedy = NULL, seconds = 0, documents = NULL"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of the ledger."""

    stem: bytes
    shown: str
    path: bytes
    state: State
    sha256: str | None = None
    settings: str | None = None
    bytes: int = 0
    pages: int | None = None
    media_type: str | None = None
    documents: int | None = None
    outputs: tuple[tuple[str, int], ...] = ()
    problems: tuple[tuple[int, str], ...] = ()
    blank: tuple[int, ...] = ()
    jumps: tuple[str, ...] = ()
    secrecy: str | None = None
    reason: str | None = None
    remedy: str | None = None
    seconds: float = 0.0


class KeptPage(NamedTuple):
    """A page of a file that is not finished."""

    number: int
    engine: str | None
    seconds: float
    data: bytes


_LISTS: Final = ("outputs", "problems", "blank", "jumps")


def stem_key(stem: Path, out: Path) -> bytes:
    """What the ledger knows a file by."""
    return os.fsencode(stem.relative_to(out))


class Ledger:
    """The open ledger of one output folder, for reading and writing. Use as a context manager.

    OutputError where it cannot be written, or where another run is at work in the folder.
    """

    def __init__(self, out: Path) -> None:
        self.out, self.folder = out, out / FOLDER
        with _writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.folder / "lock")
        try:
            with _writing(self.folder):
                self._base = _connected(self.folder / "ledger.sqlite")
        except BaseException:
            os.close(self._lock)
            raise
        self._run: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder."""
        self._base.close()
        os.close(self._lock)

    def _do(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        with _writing(self.folder):
            return self._base.execute(statement, values)

    @contextmanager
    def _together(self) -> Iterator[None]:
        """All or nothing."""
        with _writing(self.folder):
            self._base.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")
                raise
            self._base.execute("COMMIT")

    # --- files

    def enter(self, jobs: Iterable[Job]) -> None:
        """Files that are to be read, those known already as they are."""
        rows = [(stem_key(j.stem, self.out), j.shown_path, path_key(j.path)) for j in jobs]
        with self._together():
            self._base.executemany("INSERT OR IGNORE INTO files (stem, shown, path, state) VALUES (?, ?, ?, 'waiting')", rows)

    def reset(self, jobs: Iterable[Job], redo: Redo, settings: str) -> None:
        """Open again what is to be done again; what was read well of a file with bad pages is kept."""
        condition, values = {
            "all": ("state != 'waiting'", ()),
            "failed": ("state IN ('failed', 'partial')", ()),
            "changed-settings": ("state != 'waiting' AND settings IS NOT ?", (settings,)),
        }[redo]
        keys = [stem_key(j.stem, self.out) for j in jobs]
        with self._together():
            for key in keys:
                changed = self._base.execute(f"{_RESET} WHERE stem = ? AND {condition}", (key, *values)).rowcount
                if changed and redo != "failed":
                    self._base.execute("DELETE FROM pages WHERE stem = ?", (key,))

    def known(self) -> dict[bytes, str]:
        """The stems that were given, by the paths of the inputs."""
        return {path: os.fsdecode(stem) for path, stem in self._base.execute("SELECT path, stem FROM files")}

    def entry(self, stem: bytes) -> Entry | None:
        """One file."""
        return next(self._entries("WHERE stem = ?", (stem,)), None)

    def entries(self) -> Iterator[Entry]:
        """All files, by stem."""
        return self._entries("ORDER BY stem", ())

    def _entries(self, where: str, values: Sequence[Any]) -> Iterator[Entry]:
        return entries_of(self._base, where, values)

    def open_file(self, stem: bytes, path: Path, sha256: str, settings: str, size: int) -> None:
        """A file is begun: its row is as if it had never been read, its pages are gone."""
        with self._together():
            self._base.execute(f"{_RESET}, sha256 = ?, settings = ?, bytes = ?, path = ?, pages = NULL WHERE stem = ?",
                               (sha256, settings, size, path_key(path), stem))  # fmt: skip
            self._base.execute("DELETE FROM pages WHERE stem = ?", (stem,))

    def opened(self, stem: bytes, pages: int, media_type: str) -> None:
        """The file has so many pages."""
        self._do("UPDATE files SET pages = ?, media_type = ? WHERE stem = ?", (pages, media_type, stem))

    def keep_pages(self, stem: bytes, pages: Iterable[PageRead]) -> None:
        """Pages of a file that is not finished."""
        rows = [(stem, p.number, p.engine, p.seconds, p.data) for p in pages]
        with self._together():
            self._base.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?)", rows)

    def pages(self, stem: bytes) -> Iterator[KeptPage]:
        """The pages kept of a file, in order."""
        rows = self._base.execute("SELECT number, engine, seconds, data FROM pages WHERE stem = ? ORDER BY number", (stem,))
        return (KeptPage(*row) for row in rows)

    def page_numbers(self, stem: bytes) -> set[int]:
        """Which pages of a file are kept."""
        return {row[0] for row in self._base.execute("SELECT number FROM pages WHERE stem = ?", (stem,))}

    def finish(self, stem: bytes, facts: Mapping[str, Any], forget: Iterable[int] | None = None) -> None:
        """A file is through, with these columns; its pages, or those of the numbers, are forgotten."""
        values = {k: json.dumps(v) if k in _LISTS else printable(v) if isinstance(v, str) else v for k, v in facts.items()}
        settings = ", ".join(f"{name} = ?" for name in values)
        with self._together():
            self._base.execute(f"UPDATE files SET {settings} WHERE stem = ?", (*values.values(), stem))
            if forget is None:
                self._base.execute("DELETE FROM pages WHERE stem = ?", (stem,))
            else:
                self._base.executemany("DELETE FROM pages WHERE stem = ? AND number = ?", [(stem, n) for n in forget])

    def wipe(self) -> None:
        """What was deleted does not stay in the journal either."""
        self._do("PRAGMA wal_checkpoint(TRUNCATE)")

    # --- runs

    def begin(self, workers: int, settings: str, files: int, size: int) -> None:
        """A run begins."""
        row = (_now(), workers, settings, files, size)
        self._run = self._do("INSERT INTO runs (started, workers, settings, files, bytes) VALUES (?, ?, ?, ?, ?)", row).lastrowid

    def progress(self, pages: int, size: int, seconds: float) -> None:
        """The run has come so far."""
        self._do("UPDATE runs SET pages = ?, bytes_done = ?, seconds = ? WHERE id = ?", (pages, size, seconds, self._run))

    def end(self, outcome: str) -> None:
        """The run is over."""
        self._do("UPDATE runs SET ended = ?, outcome = ? WHERE id = ?", (_now(), outcome, self._run))


class LastRun(NamedTuple):
    """How far the newest run has come; ``ended`` is None while it is at work, or where it was killed."""

    started: str
    ended: str | None
    workers: int
    files: int
    bytes: int
    bytes_done: int
    pages: int
    seconds: float
    outcome: str | None


class LedgerView:
    """A ledger opened for a look while a run may be writing to it. Use as a context manager.

    UsageError where the folder has none.
    """

    def __init__(self, out: Path) -> None:
        path = out / FOLDER / "ledger.sqlite"
        if not path.is_file():
            raise UsageError(f"{out} has no ledger", remedy="Name a folder that `run` has written to.")
        self.holder = _holder_of(out / FOLDER)
        with _writing(path.parent):
            self._base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def entries(self) -> Iterator[Entry]:
        """All files, by stem."""
        return entries_of(self._base)

    def counts(self) -> dict[str, int]:
        """Files by state."""
        return dict(self._base.execute("SELECT state, count(*) FROM files GROUP BY state").fetchall())

    def last_run(self) -> LastRun | None:
        """The newest run."""
        row = self._base.execute(f"SELECT {', '.join(LastRun._fields)} FROM runs ORDER BY id DESC LIMIT 1").fetchone()
        return LastRun(*row) if row else None


def entries_of(base: sqlite3.Connection, where: str = "ORDER BY stem", values: Sequence[Any] = ()) -> Iterator[Entry]:
    """Files of a ledger, read from an open connection."""
    names = list(Entry.__dataclass_fields__)
    for row in base.execute(f"SELECT {', '.join(names)} FROM files {where}", values):
        built: dict[str, Any] = dict(zip(names, row, strict=True))
        built |= {name: _tuple(json.loads(built[name])) for name in _LISTS}
        yield Entry(**built)


def _tuple(value: list[Any]) -> tuple[Any, ...]:
    return tuple(tuple(v) if isinstance(v, list) else v for v in value)


def _now() -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """What goes wrong with the ledger is said as what it is: the folder cannot be written."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise OutputError(f"the ledger in {folder} cannot be used ({error})", remedy=_ROOM) from error
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror or error})", remedy=_ROOM) from error


_ROOM: Final = "Free some space or name another folder with --out, then run again: it goes on where it stopped."


def _connected(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        _prepare(base, path)
    except BaseException:
        base.close()
        raise
    return base


def _prepare(base: sqlite3.Connection, path: Path) -> None:
    base.execute("PRAGMA secure_delete = ON")
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = NORMAL")
    version = base.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, _VERSION):
        raise UsageError(f"{path} was written by another version of ocr_pipeline", remedy="Name another folder with --out.")
    base.executescript(_SCHEMA)
    base.execute(f"PRAGMA user_version = {_VERSION}")


def _locked(path: Path) -> int:
    """The lock, taken; it goes when the process does. OutputError where another process keeps it."""
    with _writing(path.parent):
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(lock, path)
        with _writing(path.parent):
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"process {os.getpid()} on {os.uname().nodename}\n".encode(), 0)
    except BaseException:
        os.close(lock)
        raise
    return lock


def _take(lock: int, path: Path) -> None:
    """Take the lock, with some patience: ``status`` holds it for a moment when it looks who is at work."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            if time.monotonic() > deadline:
                holder = os.pread(lock, 200, 0).decode("utf-8", "replace").strip()
                raise _in_use(path.parent.parent, holder) from None
        time.sleep(0.05)


def _in_use(out: Path, holder: str) -> OutputError:
    return OutputError(
        f"another run is writing to {out} ({holder or 'unknown process'})",
        remedy=f"Wait for it (`ocr-pipeline status {out}` shows how far it is), or name another folder with --out.",
    )


def _holder_of(folder: Path) -> str | None:
    """Who is at work in the folder of a ledger; None where nobody is."""
    try:
        lock = os.open(folder / "lock", os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return os.pread(lock, 200, 0).decode("utf-8", "replace").strip()
    finally:
        os.close(lock)
    return None

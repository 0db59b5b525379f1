"""The index as one SQLite file: tables of documents, pages and citations, and a full-text index over the pages.

The full-text index (FTS5) has no copy of the text: its three columns are computed from ``pages``, so an entry is taken
out by handing in the same values again. ``exact`` holds words without case and tone placement, ``folded`` words without
any mark (FTS5's own folding keeps đ, so the folding is ours), ``numbers`` the keys of the document's own and cited numbers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ocr_pipeline.errors import MissingDependency, OutputError, UsageError

# Raised whenever tables or keys change: an index of another version is built anew.
VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE documents(
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, file TEXT NOT NULL, number TEXT, doc_type TEXT, type_key TEXT,
  issuer TEXT, issuer_key TEXT, date TEXT, first_day TEXT, last_day TEXT, title TEXT, secret INTEGER NOT NULL);
CREATE TABLE files(
  folder TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, document TEXT NOT NULL,
  PRIMARY KEY(folder, path)) WITHOUT ROWID;
CREATE INDEX files_document ON files(document);
CREATE TABLE pages(
  key INTEGER PRIMARY KEY, document INTEGER NOT NULL, page INTEGER NOT NULL, source_page INTEGER NOT NULL,
  text TEXT NOT NULL, numbers TEXT NOT NULL);
CREATE INDEX pages_document ON pages(document, page);
CREATE TABLE citations(
  key INTEGER PRIMARY KEY, document INTEGER NOT NULL, number TEXT NOT NULL, doc_type TEXT, date TEXT, issuer TEXT,
  relation TEXT NOT NULL, page INTEGER NOT NULL, mentions INTEGER NOT NULL);
CREATE INDEX citations_document ON citations(document);
CREATE TABLE own_keys(word TEXT NOT NULL, document INTEGER NOT NULL, PRIMARY KEY(word, document)) WITHOUT ROWID;
CREATE INDEX own_keys_document ON own_keys(document);
CREATE TABLE cited_keys(word TEXT NOT NULL, citation INTEGER NOT NULL, PRIMARY KEY(word, citation)) WITHOUT ROWID;
CREATE INDEX cited_keys_citation ON cited_keys(citation);
CREATE VIRTUAL TABLE page_index USING fts5(
  exact, folded, numbers, content='', tokenize="unicode61 remove_diacritics 0");
"""


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator[sqlite3.Connection]:
    """The index at ``path``; with ``create`` it is made where it is not there, and may be written to."""
    if not create and not path.is_file():
        raise UsageError(f"{path} is not there", remedy=f"Make it with `ocr-pipeline index DIR --db {path}`.")
    try:
        if create:
            path.parent.mkdir(parents=True, exist_ok=True)
        target = path if create else f"{path.resolve().as_uri()}?mode=ro"
        connection = sqlite3.connect(target, uri=not create, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise _unwritable(path, error) from error
    try:
        _prepare(connection, path, create=create)
        yield connection
    except sqlite3.OperationalError as error:
        raise _unwritable(path, error) from error
    finally:
        connection.close()


def _unwritable(path: Path, error: Exception) -> OutputError:
    locked = "locked" in str(error)
    remedy = (
        "Another run is writing to it; wait until it is done." if locked else "Free some space, or name another file with --db."
    )
    return OutputError(f"the index {path} cannot be used ({error})", remedy=remedy)


def _prepare(connection: sqlite3.Connection, path: Path, *, create: bool) -> None:
    """Make the tables of a new file; refuse a file that is no index, or one of another version."""
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise UsageError(f"{path} is no index ({error})", remedy="Name another file with --db.") from error
    if create:
        # What is taken out is overwritten, not only let go.
        connection.execute("PRAGMA secure_delete = ON")
    if not tables and create:
        _make(connection)
    elif version != VERSION:
        raise UsageError(
            f"{path} is no index of this version",
            remedy="Delete it and run `ocr-pipeline index` again, or name another with --db.",
        )


def _make(connection: sqlite3.Connection) -> None:
    try:
        connection.executescript(f"BEGIN; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")
    except sqlite3.OperationalError as error:
        if "fts5" in str(error):
            raise MissingDependency(
                "the SQLite of this Python has no full-text search (FTS5)", remedy="Use the Python of Debian or of python.org."
            ) from error
        raise

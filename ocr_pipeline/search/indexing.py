"""Puts the documents of a folder into the index: what changed is replaced, what is gone is taken out.

A document is known by its id, so that indexing again never doubles it. Documents that bear a mark of secrecy stay out,
and are taken out where they were in, unless the caller asks for them.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from ocr_pipeline.archive import Entry, Filed, Skipped, entries
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Reference
from ocr_pipeline.errors import UsageError
from ocr_pipeline.number_keys import number_keys
from ocr_pipeline.orthography import fold
from ocr_pipeline.passages import flowing_text, secrecy_of, text_keys
from ocr_pipeline.search.days import days_of
from ocr_pipeline.search.store import opened

# Documents a transaction: what is interrupted loses no more than these.
_CHUNK: Final = 500
_PASSED: Final = "DELETE FROM files WHERE folder = ? AND path = ?"


@dataclass(slots=True)
class Indexed:
    """What became of a folder: documents put in, left as they were, taken out, withheld for secrecy; files passed over.

    ``conflicts`` counts corrections of documents put in that hold no longer.
    """

    added: int = 0
    pages: int = 0
    unchanged: int = 0
    removed: int = 0
    withheld: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    held: int = 0
    conflicts: int = 0


def index_folder(
    folder: Path,
    database: Path,
    *,
    include_secret: bool = False,
    dictionaries: Dictionaries | None = None,
    progress: Callable[[Indexed], None] = lambda _: None,
) -> Indexed:
    """Bring the index at ``database`` up to what the folder holds now; other folders in it are left as they are.

    UsageError where the folder is none, or holds no document and the index none of it either.
    """
    found = entries(folder)
    with opened(database, create=True) as connection:
        work = _Indexer(connection, str(folder.resolve()), include_secret, dictionaries or Dictionaries.load())
        for done in work.run(found):
            progress(done)
        result = work.result
    if not (result.held or result.withheld or result.removed):
        raise UsageError(f"{folder} holds no document", remedy="Name the folder with the JSONs that `run` wrote.")
    return result


class _Indexer:
    """One run over one folder."""

    def __init__(self, connection: sqlite3.Connection, folder: str, include_secret: bool, dictionaries: Dictionaries) -> None:
        self._db, self._folder, self._dictionaries = connection, folder, dictionaries
        self._include_secret = include_secret
        self._known = {path: (digest, id_) for path, digest, id_ in self._rows("files WHERE folder = ?", folder)}
        self._secret = {id_ for (id_,) in connection.execute("SELECT id FROM documents WHERE secret")}
        self._seen: set[str] = set()
        self._removed_secret = False
        self.result = Indexed()

    def _rows(self, source: str, *values: object) -> list[tuple[str, str, str]]:
        return self._db.execute(f"SELECT path, digest, document FROM {source}", values).fetchall()

    def run(self, found: Iterator[Entry | Skipped]) -> Iterator[Indexed]:
        """Work through the entries, a transaction a chunk; what the folder no longer has goes last."""
        self._db.execute("BEGIN IMMEDIATE")
        for count, entry in enumerate(found, 1):
            self._take(entry)
            if count % _CHUNK == 0:
                self._db.execute("COMMIT")
                yield self.result
                self._db.execute("BEGIN IMMEDIATE")
        for path in self._known.keys() - self._seen:
            self._forget(path)
        self._drop_older_results()
        if self._removed_secret:
            # The words of a page leave the full-text index only when its pieces are merged.
            self._db.execute("INSERT INTO page_index(page_index) VALUES('optimize')")
        self._db.execute("COMMIT")
        (self.result.held,) = self._db.execute(
            "SELECT count(DISTINCT document) FROM files WHERE folder = ?", (self._folder,)
        ).fetchone()

    def _take(self, entry: Entry | Skipped) -> None:
        if isinstance(entry, Skipped):
            self.result.skipped.append(entry)
            return
        digest, id_ = self._known.get(entry.path, ("", ""))
        if digest == entry.digest and (self._include_secret or id_ not in self._secret):
            self._seen.add(entry.path)
            self.result.unchanged += 1
            return
        filed = entry.corrected()
        if isinstance(filed, Skipped):
            self.result.skipped.append(filed)
        elif secrecy_of(filed.document, self._dictionaries) and not self._include_secret:
            self.result.withheld.append(filed.path)
        else:
            self._put(filed, entry.digest)

    def _put(self, filed: Filed, digest: str) -> None:
        document = filed.document
        if filed.path in self._known and self._known[filed.path][1] != document.id:
            self._forget(filed.path)
        _remove(self._db, document.id)
        _insert(self._db, document, self._dictionaries)
        self._db.execute("INSERT OR REPLACE INTO files VALUES(?, ?, ?, ?)", (self._folder, filed.path, digest, document.id))
        self._seen.add(filed.path)
        self.result.added += 1
        self.result.conflicts += filed.conflicts
        self.result.pages += len(document.pages)

    def _drop_older_results(self) -> None:
        """A file that was cut otherwise in an earlier run may have left results behind: the newer of two that overlap stays."""
        by_file: dict[str, list[_Result]] = defaultdict(list)
        for path, _, id_ in self._rows("files WHERE folder = ? ORDER BY path", self._folder):
            by_file[id_.split("-")[0]].append(_Result.of(path, id_))
        for results in (group for group in by_file.values() if len({r.id for r in group}) > 1):
            for older in _older(results, Path(self._folder)):
                self._forget(older.path, older.id)
                self.result.skipped.append(Skipped(older.path, "an older result of pages that a newer one has"))

    def _forget(self, path: str, id_: str = "") -> None:
        """The file is gone; its document too, unless another file has it."""
        id_ = id_ or self._known[path][1]
        self._db.execute(_PASSED, (self._folder, path))
        if not self._db.execute("SELECT 1 FROM files WHERE document = ?", (id_,)).fetchone():
            self.result.removed += _remove(self._db, id_)
            self._removed_secret = self._removed_secret or id_ in self._secret


class _Result(NamedTuple):
    """A JSON with the pages of the source file that it is of."""

    path: str
    id: str
    first: int
    last: int

    @classmethod
    def of(cls, path: str, id_: str) -> _Result:
        """From the id: ``<file>-p<first>-<last>``."""
        first, _, last = id_.rpartition("-p")[2].partition("-")
        return cls(path, id_, int(first), int(last or first))


def _older(results: Sequence[_Result], folder: Path) -> Iterator[_Result]:
    kept: list[_Result] = []
    for result in sorted(results, key=lambda r: ((folder / r.path).stat().st_mtime_ns, r.path), reverse=True):
        if any(result.id != k.id and result.first <= k.last and k.first <= result.last for k in kept):
            yield result
        else:
            kept.append(result)


def _remove(connection: sqlite3.Connection, id_: str) -> bool:
    """Take a document out; False where it was not in."""
    row = connection.execute("SELECT key FROM documents WHERE id = ?", (id_,)).fetchone()
    if not row:
        return False
    for key, text, numbers in connection.execute("SELECT key, text, numbers FROM pages WHERE document = ?", row).fetchall():
        connection.execute(
            "INSERT INTO page_index(page_index, rowid, exact, folded, numbers) VALUES('delete', ?, ?, ?, ?)",
            (key, *text_keys(text), numbers),
        )
    connection.execute("DELETE FROM cited_keys WHERE citation IN (SELECT key FROM citations WHERE document = ?)", row)
    for table in ("pages", "citations", "own_keys"):
        connection.execute(f"DELETE FROM {table} WHERE document = ?", row)
    connection.execute("DELETE FROM documents WHERE key = ?", row)
    return True


def _insert(connection: sqlite3.Connection, document: Document, dictionaries: Dictionaries) -> None:
    facts = document.metadata
    first, last = days_of(facts.date or facts.date_partial)
    secret = secrecy_of(document, dictionaries) is not None
    issuer = " - ".join(name for name in (facts.issuer, facts.parent_issuer) if name)
    key = connection.execute(
        "INSERT INTO documents VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.id, document.source.path, facts.number, facts.doc_type, fold(facts.doc_type or ""),
            facts.issuer, fold(issuer), facts.date or facts.date_partial, first, last, facts.title, secret,
        ),
    ).lastrowid  # fmt: skip
    assert key is not None
    own = number_keys(facts.number, facts.doc_type_code, dictionaries) if facts.number else ()
    connection.executemany("INSERT INTO own_keys VALUES(?, ?)", [(word, key) for word in own])
    cited = _insert_citations(connection, document, key, dictionaries)
    _insert_pages(connection, document, key, cited | {1: [*own, *cited.get(1, ())]})


def _insert_citations(
    connection: sqlite3.Connection, document: Document, key: int, dictionaries: Dictionaries
) -> dict[int, list[str]]:
    """The documents cited, and by page the keys of their numbers."""
    by_page: dict[int, list[str]] = defaultdict(list)
    for reference in document.references:
        if reference.own:
            continue
        pages = Counter(mention.page for mention in reference.mentions)
        words = number_keys(reference.number, reference.doc_type_code, dictionaries)
        citation = connection.execute(
            "INSERT INTO citations VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?)", _row(reference, key)
        ).lastrowid
        connection.executemany("INSERT INTO cited_keys VALUES(?, ?)", [(word, citation) for word in words])
        for page in pages:
            by_page[page] += words
    return by_page


def _row(reference: Reference, key: int) -> tuple[object, ...]:
    mentions = reference.mentions
    first = mentions[0].page if mentions else 1
    return key, reference.number, reference.doc_type, reference.date, reference.issuer, reference.relation, first, len(mentions)


def _insert_pages(connection: sqlite3.Connection, document: Document, key: int, numbers: dict[int, list[str]]) -> None:
    for page in document.pages:
        text = flowing_text(page)
        words = " ".join(dict.fromkeys(numbers.get(page.number, ())))
        row = connection.execute(
            "INSERT INTO pages VALUES(NULL, ?, ?, ?, ?, ?)", (key, page.number, page.source_page, text, words)
        ).lastrowid
        connection.execute(
            "INSERT INTO page_index(rowid, exact, folded, numbers) VALUES(?, ?, ?, ?)", (row, *text_keys(text), words)
        )

"""The network of an archive: its documents, those that they cite, and what is doubtful."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ocr_pipeline.archive import Skipped
from ocr_pipeline.citations.archive import Held
from ocr_pipeline.citations.contradictions import Contradiction, find_contradictions
from ocr_pipeline.citations.damage import Damage
from ocr_pipeline.citations.nodes import Grouping, Node, most
from ocr_pipeline.citations.scopes import CENTRE, UNKNOWN
from ocr_pipeline.citations.statements import File, Statements
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.references.identity import slug
from ocr_pipeline.symbols import parse_symbol

Status = Literal["held", "known", "missing"]


class Document(NamedTuple):
    """A document of the network: what is known of it, where it lies, and how many documents cite it.

    ``place`` is that of a local organ, folded, where the archive tells it. ``status``: held where the archive has it,
    known where the table of often cited documents has it, else missing. ``presumed`` counts the citations without date
    that may mean another document of the same number.
    """

    id: str
    number: str | None
    doc_type: str | None
    date: str | None
    issuer: str | None
    place: str | None
    title: str | None
    status: Status
    files: tuple[str, ...]
    cited_by: int
    presumed: int


class Link(NamedTuple):
    """A citation between two documents, by their places in the list; the relation, how often, on which page first."""

    source: int
    target: int
    relation: str
    mentions: int
    page: int


class Doubtful(NamedTuple):
    """A document whose number may be a misread one of another."""

    document: int
    other: int


class Network:
    """Documents in a fixed order, and the citations between them, made as they are asked for."""

    def __init__(self, statements: Statements, dictionaries: Dictionaries) -> None:
        rows = dictionaries.rows("cited_documents.tsv")
        known = [
            statements.known(number, kind, date, None if issuer == "-" else issuer) for number, kind, date, issuer, _ in rows
        ]
        damage = Damage(dictionaries)
        nodes = damage.repaired(Grouping(statements, known).nodes())
        self._statements = statements
        self._node_of = [-1] * len(statements.rows)
        for k, node in enumerate(nodes):
            for statement in node.statements:
                self._node_of[statement] = k
        self.documents = _named(nodes, statements.files, dictionaries)
        places = {id(node): k for k, node in enumerate(nodes)}
        self.doubtful = [Doubtful(places[id(d.node)], places[id(d.other)]) for d in damage.doubts(nodes)]
        self.contradictions: list[Contradiction] = list(find_contradictions(statements, nodes, self._node_of))
        self.skipped: list[Skipped] = statements.skipped

    @property
    def size(self) -> int:
        """How many documents the archive holds, copies counted."""
        return len(self._statements.files)

    def links(self) -> Iterator[Link]:
        """The citations, in the order of the files; what a document says of itself is none."""
        files = [self._node_of[file.statement] for file in self._statements.files]
        for citation in self._statements.citations():
            source, target = files[citation.source], self._node_of[citation.statement]
            if source != target:
                yield Link(source, target, citation.relation, citation.mentions, citation.page)


def build_network(archive: Iterable[Held | Skipped], *, dictionaries: Dictionaries | None = None) -> Network:
    """The network of an archive, read once from beginning to end.

    >>> build_network([]).documents
    []
    """
    dictionaries = dictionaries or Dictionaries.load()
    statements = Statements(dictionaries)
    statements.add_all(archive)
    return Network(statements, dictionaries)


def _named(nodes: Iterable[Node], files: list[File], dictionaries: Dictionaries) -> list[Document]:
    used: dict[str, int] = {}
    documents = []
    for node in nodes:
        document = _document(node, [files[k] for k in node.files], dictionaries)
        count = used[document.id] = used.get(document.id, 0) + 1
        documents.append(document._replace(id=f"{document.id}~{count}") if count > 1 else document)
    return documents


def _document(node: Node, files: list[File], dictionaries: Dictionaries) -> Document:
    """What is told of a document: by itself before all, else by most of those that cite it."""
    own = files[0] if files else None
    number = (own.number if own else None) or most(node.numbers)
    date = (own.date if own else None) or most(node.dates)
    issuer = most(node.issuers)
    symbol = parse_symbol(number, dictionaries) if number else None
    system = (symbol.system if symbol else None) or "?"
    place = None if node.scope in (CENTRE, UNKNOWN) else node.scope
    body = slug(issuer) if not place or slug(place) in slug(issuer) else f"{slug(issuer)}-{slug(place)}"
    name = ":".join([system, body, number or f"file:{own.id if own else '?'}", date or "?"])
    return Document(
        id=name,
        number=number,
        doc_type=(own.doc_type if own else None) or most(node.types),
        date=date,
        issuer=issuer,
        place=place,
        title=own.title if own else None,
        status="held" if files else "known" if node.is_known else "missing",
        files=tuple(file.path for file in files),
        cited_by=node.cited_by,
        presumed=node.presumed,
    )

"""What cannot be true together: two dates or types of one document, a year beside the number's, a citation of the future."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal, NamedTuple

from ocr_pipeline.citations.nodes import Node, most
from ocr_pipeline.citations.statements import Statement, Statements, year_of

Kind = Literal["dates", "types", "year", "later", "copies"]
# A word that is no type: any document is a văn bản.
_GENERAL: Final = frozenset({"Văn bản"})
# So many sources are named for each value.
_EXAMPLES: Final = 3


class Value(NamedTuple):
    """One of the things said: by how many documents, and the paths of some of them."""

    value: str
    documents: int
    sources: tuple[str, ...]


class Contradiction(NamedTuple):
    """Things said of one document that do not go together."""

    kind: Kind
    node: int
    values: tuple[Value, ...]


def find_contradictions(statements: Statements, nodes: Sequence[Node], node_of: Sequence[int]) -> Iterator[Contradiction]:
    """The contradictions of an archive, document by document; then the citations of what came later."""
    for index, node in enumerate(nodes):
        if len(node.dates) > 1:
            yield Contradiction("dates", index, _values(statements, node, "date"))
        types = set(node.types) - _GENERAL
        if len(types) > 1:
            yield Contradiction("types", index, _values(statements, node, "doc_type"))
        year = _other_year(node)
        if year:
            yield Contradiction("year", index, _values(statements, node, "date"))
        if len(node.files) > 1:
            paths = tuple(statements.files[k].path for k in node.files)
            yield Contradiction("copies", index, (Value(most(node.numbers) or "", len(paths), paths[:_EXAMPLES]),))
    yield from _later(statements, node_of)


def _other_year(node: Node) -> bool:
    number, date = most(node.numbers), most(node.dates)
    year = year_of(number) if number else None
    return year is not None and date is not None and len(node.dates) == 1 and int(date[:4]) != year


def _values(statements: Statements, node: Node, field: Literal["date", "doc_type"]) -> tuple[Value, ...]:
    """The values of a field with how many documents state each; the document itself counts as one."""
    found: dict[str, tuple[int, list[str]]] = {}
    own = {statements.files[k].statement: statements.files[k].path for k in node.files}
    for k in node.statements:
        row: Statement = statements.rows[k]
        value = row.date if field == "date" else row.doc_type
        if not value:
            continue
        count, sources = found.get(value, (0, []))
        if k in own:
            sources.insert(0, own[k])
        elif statements.cited_by[k]:
            sources.append(statements.files[statements.first_source[k]].path)
        found[value] = (count + statements.cited_by[k] + (k in own), sources)
    told = [Value(value, count, tuple(sources[:_EXAMPLES])) for value, (count, sources) in found.items()]
    return tuple(sorted(told, key=lambda v: (-v.documents, v.value)))


def _later(statements: Statements, node_of: Sequence[int]) -> Iterator[Contradiction]:
    """Documents that state, of one that they cite, a date after their own."""
    for citation in statements.citations():
        source, row = statements.files[citation.source], statements.rows[citation.statement]
        if source.date and row.date and row.date > source.date:
            yield Contradiction("later", node_of[citation.statement], (Value(row.date, 1, (source.path,)),))

"""Which statements are of one document: by number, series and date; what is stated of it together."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ocr_pipeline.citations.scopes import UNKNOWN
from ocr_pipeline.citations.statements import Statement, Statements, year_of

# A date of another year is a misprint where so few documents state it, against so many, or the document itself.
_FEW, _MANY = 1, 5


class Node:
    """A document: the statements of it, the files that hold it, and how often each thing is said."""

    __slots__ = ("cited_by", "dates", "files", "is_known", "issuers", "numbers", "presumed", "scope", "statements", "types")

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.statements: list[int] = []
        self.files: list[int] = []
        self.is_known = False
        self.cited_by = self.presumed = 0
        self.numbers: Counter[str] = Counter()
        self.dates: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.issuers: Counter[str] = Counter()

    @property
    def is_sure(self) -> bool:
        """Whether its number and date are told by itself or by the table."""
        return self.is_known or bool(self.files)

    def take(self, other: Node) -> None:
        """Everything that is stated of another node is stated of this one."""
        self.statements += other.statements
        self.files += other.files
        self.is_known = self.is_known or other.is_known
        self.cited_by += other.cited_by
        self.presumed += other.presumed
        for name in ("numbers", "dates", "types", "issuers"):
            getattr(self, name).update(getattr(other, name))


class _Group(NamedTuple):
    """The statements of one number in one series."""

    key: str
    scope: str
    members: list[int]


class Grouping:
    """Groups statements into nodes; the files' own and the table's weigh more than any number of citations."""

    def __init__(self, statements: Statements, known: Sequence[int]) -> None:
        self._rows, self._cited_by = statements.rows, statements.cited_by
        self._known = frozenset(known)
        self._files: dict[int, list[int]] = defaultdict(list)
        for k, file in enumerate(statements.files):
            self._files[file.statement].append(k)

    def nodes(self) -> list[Node]:
        """The documents, in the order of the first statement of each; what only the table has is left out."""
        nodes = [node for group in self._groups() for node in self._grouped(group)]
        used = [node for node in nodes if node.cited_by or node.files]
        return sorted(used, key=lambda node: min(node.statements))

    def _groups(self) -> Iterator[_Group]:
        by_key: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
        for k, row in enumerate(self._rows):
            by_key[row.key][row.scope].append(k)
        for key, scopes in by_key.items():
            places = [scope for scope in scopes if scope != UNKNOWN]
            if UNKNOWN in scopes and len(places) == 1:
                scopes[places[0]] += scopes.pop(UNKNOWN)
            for scope, members in scopes.items():
                yield _Group(key, scope, members)

    def _grouped(self, group: _Group) -> list[Node]:
        dated = [k for k in group.members if self._rows[k].date]
        undated = [k for k in group.members if not self._rows[k].date]
        nodes = list(self._by_date(group, dated))
        if not nodes:
            return [self._node(group.scope, undated)] if undated else []
        for k in undated:
            node = _meant(nodes, self._rows[k])
            self._add(node, k)
            node.presumed += self._cited_by[k] if len(nodes) > 1 else 0
        return nodes

    def _by_date(self, group: _Group, dated: Iterable[int]) -> Iterator[Node]:
        """One node a year, for numbering starts anew with it; a number that bears its year is one document."""
        yearly: dict[str, list[int]] = defaultdict(list)
        for k in dated:
            date = self._rows[k].date or ""
            bears = year_of(self._rows[k].number) is not None
            yearly["" if bears else date if group.scope == UNKNOWN else date[:4]].append(k)
        nodes = [self._node(group.scope, members) for _, members in sorted(yearly.items())]
        yield from nodes if group.scope == UNKNOWN else _misdated(nodes)

    def _node(self, scope: str, members: Iterable[int]) -> Node:
        node = Node(scope)
        for k in members:
            self._add(node, k)
        return node

    def _add(self, node: Node, k: int) -> None:
        row, weight = self._rows[k], self._cited_by[k]
        node.statements.append(k)
        node.cited_by += weight
        node.files += self._files.get(k, ())
        node.is_known = node.is_known or k in self._known
        weight += len(self._files.get(k, ())) + (k in self._known)
        for counter, value in (
            (node.numbers, row.number),
            (node.dates, row.date),
            (node.types, row.doc_type),
            (node.issuers, row.issuer),
        ):
            if value:
                counter[value] += weight


def _meant(nodes: Sequence[Node], row: Statement) -> Node:
    """The document that a citation without date means: the last one before the citing document, else the most cited."""
    before = [node for node in nodes if row.year and min(node.dates) <= f"{row.year}-12-31"]
    if before:
        return max(before, key=lambda node: min(node.dates))
    return max(nodes, key=lambda node: (node.is_sure, node.cited_by))


def _misdated(nodes: Sequence[Node]) -> Iterator[Node]:
    """The nodes, those that one document alone dates so joined to the one whose date differs in the year or one digit."""
    sure = [node for node in nodes if node.is_sure or node.cited_by >= _MANY]
    by_look = {look: node for node in sure for date in node.dates for look in _looks(date)}
    for node in nodes:
        rare = not node.is_sure and node.cited_by <= _FEW
        target = next((by_look[look] for date in node.dates for look in _looks(date) if look in by_look), None) if rare else None
        if target is None or target is node:
            yield node
        else:
            target.take(node)


def _looks(date: str) -> Iterator[str]:
    """The date with each of its digits, and its year, left out: two that share one differ in no more."""
    yield f"????{date[4:]}"
    for k, digit in enumerate(date):
        if digit.isdecimal():
            yield f"{date[:k]}?{date[k + 1 :]}"


def most(counter: Counter[str]) -> str | None:
    """The value stated most often, the least of them where several are."""
    return min(counter, key=lambda value: (-counter[value], value)) if counter else None

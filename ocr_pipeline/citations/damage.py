"""Numbers that are still damaged: letters put right by a document of the same date, digits only told of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from ocr_pipeline.citations.nodes import Node, most
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.references.agreement import DIGIT_TWINS
from ocr_pipeline.symbols import symbol_key
from ocr_pipeline.symbols.form import cut, parts_of
from ocr_pipeline.symbols.tables import symbol_tables

# Damage is rare: a number that more documents cite is what it is.
_RARE: Final = 2
# Letters that may differ, in short tails and in longer ones.
_FEW, _MORE, _LONG = 1, 2, 5
# So many documents of one day and ordinal are compared with.
_LOOKED_AT: Final = 40


class Doubt(NamedTuple):
    """A number that may be a misread one of another document: same day, letters and series, one digit apart."""

    node: Node
    other: Node


class _Number(NamedTuple):
    """A node's number in two parts: the ordinal, and the rest as it is compared."""

    ordinal: str
    tail: str
    sound: bool


class Damage:
    """Compares the nodes of an archive with one another, by day."""

    def __init__(self, dictionaries: Dictionaries) -> None:
        self._tables = symbol_tables(dictionaries)

    def repaired(self, nodes: Sequence[Node]) -> list[Node]:
        """The nodes, those whose letters are damaged joined to the sound one of the same day and ordinal."""
        by_day: dict[tuple[str, str], list[tuple[Node, _Number]]] = defaultdict(list)
        for node in nodes:
            number = self._number(node)
            if number and node.dates:
                by_day[most(node.dates) or "", number.ordinal].append((node, number))
        gone: set[int] = set()
        for rows in by_day.values():
            rows.sort(key=lambda row: (not row[0].is_sure, -row[0].cited_by))
            for node, number in rows:
                target = self._sound(node, number, rows) if _is_rare(node) and not number.sound else None
                if target:
                    target.take(node)
                    gone.add(id(node))
        return [node for node in nodes if id(node) not in gone]

    def _number(self, node: Node) -> _Number | None:
        number = most(node.numbers)
        parts = cut(number) if number else None
        if number is None or parts is None or not parts.tail:
            return None
        pieces = parts_of(parts.tail)
        return _Number(parts.ordinal, symbol_key(number[len(parts.ordinal) :]), all(map(self._is_known, pieces)))

    def _is_known(self, piece: str) -> bool:
        tables = self._tables
        return tables.is_body(piece) or tables.is_code(piece) or tables.is_department(piece)

    @staticmethod
    def _sound(node: Node, number: _Number, rows: Sequence[tuple[Node, _Number]]) -> Node | None:
        for other, sound in rows[:_LOOKED_AT]:
            better = sound.sound and (other.is_sure or other.cited_by >= node.cited_by)
            if other is node or not better or not _alike(node, other):
                continue
            most_letters = _MORE if len(number.tail) >= _LONG else _FEW
            if Levenshtein.distance(number.tail, sound.tail, score_cutoff=most_letters) <= most_letters:
                return other
        return None

    def doubts(self, nodes: Sequence[Node]) -> Iterator[Doubt]:
        """Numbers that differ from a better known one of the day in a digit that is often misread; never joined."""
        table: dict[tuple[str, str, str, str], Node] = {}
        rows = [(node, number, most(node.dates)) for node in nodes if node.dates and (number := self._number(node))]
        for node, number, date in rows:
            if node.is_sure or node.cited_by > _RARE:
                table[number.ordinal, number.tail, date or "", node.scope] = node
        for node, number, date in rows:
            if not _is_rare(node):
                continue
            twins = (table.get((twin, number.tail, date or "", node.scope)) for twin in _twins(number.ordinal))
            other = next((twin for twin in twins if twin), None)
            if other:
                yield Doubt(node, other)


def _is_rare(node: Node) -> bool:
    return not node.is_sure and node.cited_by <= _RARE


def _alike(node: Node, other: Node) -> bool:
    """Whether type and series do not speak against one document."""
    types = {most(node.types), most(other.types)} - {None}
    return len(types) < 2 and node.scope == other.scope


def _twins(ordinal: str) -> Iterator[str]:
    for k, digit in enumerate(ordinal):
        for twin in DIGIT_TWINS.get(digit, ""):
            yield ordinal[:k] + twin + ordinal[k + 1 :]

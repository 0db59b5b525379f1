"""Writes the network: JSON and GraphML, record by record, each file at once or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import msgspec

from ocr_pipeline.citations.network import Document, Link, Network
from ocr_pipeline.errors import OutputError

SCHEMA_VERSION: Final = "1.0"
_NODE_FIELDS: Final = {"number": "string", "doc_type": "string", "date": "string", "issuer": "string", "place": "string"} | {
    "title": "string",
    "status": "string",
    "cited_by": "int",
}
_EDGE_FIELDS: Final = {"relation": "string", "mentions": "int", "page": "int"}
# What XML cannot hold even escaped.
_FORBIDDEN: Final = dict.fromkeys([*(set(range(32)) - {9, 10, 13}), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)], "\ufffd")


def write_json(network: Network, path: Path) -> None:
    """``documents`` with their ids, ``citations`` by id, ``contradictions``, ``doubtful`` and ``skipped``."""
    write_lines(path, _json(network))


def _json(network: Network) -> Iterator[str]:
    ids = [document.id for document in network.documents]
    yield f'{{"schema_version": "{SCHEMA_VERSION}",\n'
    yield from _array("documents", (document._asdict() for document in network.documents), ",\n")
    yield from _array("citations", (_citation(link, ids) for link in network.links()), ",\n")
    contradictions = (
        {"kind": c.kind, "document": ids[c.node], "values": [value._asdict() for value in c.values]}
        for c in network.contradictions
    )
    yield from _array("contradictions", contradictions, ",\n")
    yield from _array("doubtful", ({"document": ids[d.document], "may_be": ids[d.other]} for d in network.doubtful), ",\n")
    yield from _array("skipped", (entry._asdict() for entry in network.skipped), "}\n")


def _citation(link: Link, ids: list[str]) -> dict[str, Any]:
    return {**link._asdict(), "source": ids[link.source], "target": ids[link.target]}


def _array(name: str, records: Iterable[dict[str, Any]], end: str) -> Iterator[str]:
    """A record a line, so that a graph of millions of edges is never in memory twice."""
    yield f' "{name}": ['
    first = True
    for record in records:
        yield ("\n  " if first else ",\n  ") + msgspec.json.encode(record).decode()
        first = False
    yield f"]{end}"


def write_graphml(network: Network, path: Path) -> None:
    """Documents as nodes, citations as directed edges, in the form that graph programs read."""
    write_lines(path, _graphml(network))


def _graphml(network: Network) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for kind, fields in (("node", _NODE_FIELDS), ("edge", _EDGE_FIELDS)):
        for name, type_ in fields.items():
            yield f' <key id="{name}" for="{kind}" attr.name="{name}" attr.type="{type_}"/>\n'
    yield ' <graph id="citations" edgedefault="directed">\n'
    for k, document in enumerate(network.documents):
        yield f"  <node id={quoteattr(f'n{k}')}>{_data(document, _NODE_FIELDS)}</node>\n"
    for link in network.links():
        yield f'  <edge source="n{link.source}" target="n{link.target}">{_data(link, _EDGE_FIELDS)}</edge>\n'
    yield " </graph>\n</graphml>\n"


def _data(record: Document | Link, fields: Iterable[str]) -> str:
    values = ((name, getattr(record, name)) for name in fields)
    told = ((name, value) for name, value in values if value not in (None, ""))
    return "".join(f'<data key="{name}">{escape(str(value).translate(_FORBIDDEN))}</data>' for name, value in told)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Through a file beside the final one; OutputError where the folder cannot be written to."""
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.writelines(lines)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written ({error.strerror or error})", remedy="Free some space or name another folder with --out."
        ) from error

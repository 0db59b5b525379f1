"""The report of a network in Markdown: the most cited, the missing, the contradictory, the doubtful."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from ocr_pipeline.citations.contradictions import Contradiction, Kind
from ocr_pipeline.citations.network import Document, Network

_HEADINGS: Final[dict[Kind, str]] = {
    "dates": "Two dates of one document",
    "types": "Two types of one document",
    "year": "Dated in another year than its number",
    "later": "Cited before its date",
    "copies": "Held more than once",
}
_COLUMNS: Final = ("Number", "Type", "Date", "Issuer", "Cited by")


def report(network: Network, top: int) -> Iterator[str]:
    """The report, line by line; each list is cut at ``top`` entries and says how many there are."""
    documents = network.documents
    counts = Counter(document.status for document in documents)
    links = sum(1 for _ in network.links())
    yield "# Citations of the archive\n\n"
    yield f"- {network.size} documents held; {len(documents)} in the network: {counts['held']} held, {counts['known']} known by "
    yield f"the table of often cited documents, {counts['missing']} missing\n- {links} citations\n"
    yield f"- {len(network.contradictions)} contradictions, {len(network.doubtful)} doubtful numbers, "
    yield f"{len(network.skipped)} files that are no documents\n"
    yield from _list("Most cited", sorted(documents, key=_rank), top, ("Status",))
    missing = sorted((d for d in documents if d.status != "held"), key=_rank)
    yield from _list("Cited and not held", missing, top, ())
    for kind, heading in _HEADINGS.items():
        yield from _contradictions(heading, [c for c in network.contradictions if c.kind == kind], documents, top)
    yield from _doubtful(network, top)
    yield from _table("Files that are no documents", ("File", "Reason"), ([s.path, s.reason] for s in network.skipped), top)


def _rank(document: Document) -> tuple[int, str]:
    return -document.cited_by, document.id


def _list(heading: str, documents: Sequence[Document], top: int, more: Sequence[str]) -> Iterator[str]:
    rows = ([*_row(d), *([d.status] if more else [])] for d in documents if d.cited_by)
    yield from _table(heading, (*_COLUMNS, *more), rows, top)


def _row(document: Document) -> list[str]:
    told = (document.number, document.doc_type, document.date, document.issuer)
    return [*(value or "" for value in told), str(document.cited_by)]


def _contradictions(heading: str, found: Sequence[Contradiction], documents: Sequence[Document], top: int) -> Iterator[str]:
    ordered = sorted(found, key=lambda c: (-sum(v.documents for v in c.values), documents[c.node].id))
    rows = ([documents[c.node].number or "", documents[c.node].doc_type or "", *_said(c)] for c in ordered)
    yield from _table(heading, ("Number", "Type", "Said", "Where"), rows, top)


def _said(contradiction: Contradiction) -> list[str]:
    said = ", ".join(f"{value.value} ({value.documents})" for value in contradiction.values)
    return [said, ", ".join(value.sources[0] for value in contradiction.values if value.sources)]


def _doubtful(network: Network, top: int) -> Iterator[str]:
    pairs = ((network.documents[d.document], network.documents[d.other]) for d in network.doubtful)
    rows = ([a.number or "", b.number or "", a.date or "", f"{a.cited_by} / {b.cited_by}"] for a, b in pairs)
    yield from _table("Numbers that may be misread", ("Number", "May be", "Date", "Cited by"), rows, top)


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]], top: int) -> Iterator[str]:
    """A table, or nothing where it has no rows."""
    shown, count = [], 0
    for row in rows:
        count += 1
        if count <= top:
            shown.append("| " + " | ".join(_cell(value) for value in row) + " |\n")
    if not count:
        return
    yield f"\n## {heading} ({count})\n\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}\n"
    yield from shown
    if count > top:
        yield f"\n{count - top} more are in citations.json.\n"


def _cell(value: str) -> str:
    """Text that cannot break the table."""
    return " ".join(value.replace("|", "\\|").replace("<", "&lt;").split())

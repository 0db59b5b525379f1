"""Links the documents of a folder and writes what comes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from ocr_pipeline.citations.archive import RESULT, read_archive
from ocr_pipeline.citations.network import build_network
from ocr_pipeline.citations.report import report
from ocr_pipeline.citations.writing import write_graphml, write_json, write_lines
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import UsageError

TOP: Final = 100


class Summary(NamedTuple):
    """What was linked."""

    documents: int
    cited: int
    citations: int
    missing: int
    contradictions: int
    skipped: int


def link_archive(folder: Path, out: Path, *, dictionaries: Dictionaries | None = None, top: int = TOP) -> Summary:
    """Read the JSONs of a folder; write ``citations.json``, ``citations.graphml`` and ``report.md``.

    UsageError where the folder is none or holds no document.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", remedy="Name the folder with the JSONs that `run` wrote.")
    network = build_network(read_archive(folder), dictionaries=dictionaries)
    if not network.size:
        raise UsageError(f"{folder} holds no document", remedy="Name the folder with the JSONs that `run` wrote.")
    write_json(network, out / RESULT)
    write_graphml(network, out / "citations.graphml")
    write_lines(out / "report.md", report(network, top))
    cited = [document for document in network.documents if document.cited_by]
    return Summary(
        documents=network.size,
        cited=len(cited),
        citations=sum(1 for _ in network.links()),
        missing=sum(document.status != "held" for document in cited),
        contradictions=len(network.contradictions),
        skipped=len(network.skipped),
    )

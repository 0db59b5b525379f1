"""How long indexing and queries take as an archive grows: ``python tests/benchmarks/search.py 1000 10000 100000``.

The archive is made up: documents of four pages of some 450 syllables, phrases drawn by Zipf's law from syllables of the
dictionaries, each document with a number of its own and three citations. Times are CPU times of one process, which is
what an idle machine takes. Prints a table; ``--svg FILE`` draws the curve.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Line, Mention, Metadata, Page, Provenance, Reference, SourceFile, Span, to_json
from ocr_pipeline.search import Filters, cited_by, index_folder, search
from ocr_pipeline.symbols import symbol_key

PAGES, LINES, WIDTH = 4, 38, 12
TYPES: Final = (("Nghị quyết", "NQ"), ("Chỉ thị", "CT"), ("Kế hoạch", "KH"), ("Báo cáo", "BC"), ("Thông báo", "TB"))
QUERIES: Final = (
    ("common words", "Ủy ban nhân dân tỉnh", Filters()),
    ("common words, no marks", "uy ban nhan dan tinh", Filters()),
    ("rare phrase", '"chuyển đổi số"', Filters()),
    ("number", "57-NQ/TW", Filters()),
    ("words, type and year", "nhân dân", Filters(doc_type="KH", first_day="2020", last_day="2020")),
    ("words, cited document", "nhân dân", Filters(cited="57-NQ/TW")),
)


class Measured(NamedTuple):
    """What one size cost: seconds to index, bytes of index, milliseconds of the median and slowest run by query."""

    pages: int
    seconds: float
    size: int
    again: float
    queries: dict[str, tuple[float, float]]


class Writer:
    """Makes documents; the same seed makes the same archive."""

    def __init__(self, seed: int = 57) -> None:
        self._random = random.Random(seed)
        syllables = [row[0] for row in Dictionaries.load().rows("legacy_syllables.tsv")]
        self._random.shuffle(syllables)
        phrases = [" ".join(self._random.choices(syllables[:3000], k=self._random.randint(2, 4))) for _ in range(20_000)]
        self._phrases = ["Ủy ban nhân dân", "tỉnh", "Đảng ủy", "các cơ quan", *phrases]
        self._phrases[400] = "chuyển đổi số"
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self._phrases))))

    def document(self, index: int) -> Document:
        """Document ``index`` of the archive."""
        name, code = self._random.choice(TYPES)
        cited = [f"{int(self._random.paretovariate(0.5)) % 400 + 1}-{self._random.choice(TYPES)[1]}/TW" for _ in range(3)]
        cited[0] = "57-NQ/TW" if index % 250 == 0 else cited[0]
        pages = tuple(self._page(number, cited) for number in range(1, PAGES + 1))
        date = f"{self._random.randint(2010, 2025)}-{self._random.randint(1, 12):02}-{self._random.randint(1, 28):02}"
        facts = Metadata(
            number=f"{index % 900 + 1}-{code}/TU", doc_type=name, doc_type_code=code, issuer="Tỉnh ủy Sơn Hải", date=date
        )
        digest = f"{index:016x}"
        file = SourceFile(
            name=f"{index}.pdf", path=f"{index}.pdf", sha256=digest * 4, media_type="application/pdf",
            pages=PAGES, first_page=1, last_page=PAGES,
        )  # fmt: skip
        return Document(
            id=f"{digest}-p1-{PAGES}", source=file, metadata=facts, references=tuple(map(_reference, dict.fromkeys(cited))),
            pages=pages, provenance=Provenance(ocr_pipeline="benchmark", engine=None),
        )  # fmt: skip

    def _page(self, number: int, cited: list[str]) -> Page:
        words = iter(" ".join(self._random.choices(self._phrases, cum_weights=self._weights, k=LINES * WIDTH // 2)).split())
        lines = [" ".join(next(words) for _ in range(WIDTH)) for _ in range(LINES)]
        lines[5] = f"Thực hiện {cited[number % 3]} của Trung ương"
        return Page(
            number=number, source_page=number, width=0, height=0, dpi=0, lines=tuple(Line(text=line, raw=line) for line in lines)
        )


def _reference(number: str) -> Reference:
    mention = Mention(order=1, page=1, line=6, span=Span(0, 1), surface=number, raw=number, number=number)
    return Reference(
        id=f"party:?:{number}:?", number=number, number_key=symbol_key(number), doc_type=None, doc_type_code=None, date=None,
        issuer=None, relation="thực hiện", own=False, mentions=(mention,),
    )  # fmt: skip


def measured(pages: int, folder: Path) -> Measured:
    """Index an archive of so many pages, index it again, and ask each query a few times."""
    archive, database = folder / "json", folder / "archive.db"
    database.unlink(missing_ok=True)
    if not archive.exists():
        _write(archive, pages)
    seconds = _timed(lambda: index_folder(archive, database))
    again = _timed(lambda: index_folder(archive, database))
    queries = {name: _latency(lambda q=query, f=filters: search(database, q, f)) for name, query, filters in QUERIES}  # type: ignore[misc]
    queries["cited-by"] = _latency(lambda: cited_by(database, "57-NQ/TW"))
    return Measured(pages, seconds, database.stat().st_size, again, queries)


def _write(archive: Path, pages: int) -> None:
    writer = Writer()
    for index in range(pages // PAGES):
        path = archive / f"{index // 1000:03}" / f"{index}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_json(writer.document(index)))


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _latency(work: Callable[[], object], runs: int = 15) -> tuple[float, float]:
    times = sorted(1000 * _timed(work) for _ in range(runs))
    return statistics.median(times), times[-1]


def table(results: list[Measured]) -> str:
    """The results as a Markdown table, a size a column."""
    rows = [["", *(f"{r.pages:,} pages" for r in results)], ["---", *("---:" for _ in results)]]
    rows.append(["indexing, s", *(f"{r.seconds:.1f}" for r in results)])
    rows.append(["pages a second", *(f"{r.pages / r.seconds:,.0f}" for r in results)])
    rows.append(["indexing again, nothing changed, s", *(f"{r.again:.1f}" for r in results)])
    rows.append(["index, MB", *(f"{r.size / 1e6:.0f}" for r in results)])
    for name in results[0].queries:
        rows.append([f"{name}: median (slowest), ms", *(f"{r.queries[name][0]:.1f} ({r.queries[name][1]:.1f})" for r in results)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


COLOURS: Final = ("#1b6ca8", "#c0392b", "#27ae60", "#8e44ad", "#d68910", "#16a085", "#7f8c8d")


def drawing(results: list[Measured]) -> str:
    """Median latency against pages, both logarithmic, as an SVG."""
    xs = [math.log10(r.pages) for r in results]
    values = [max(r.queries[name][0], 0.05) for r in results for name in r.queries]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))

    def at(x: float, y: float) -> str:
        right = (x - xs[0]) / max(xs[-1] - xs[0], 1e-9)
        return f"{60 + 420 * right:.1f},{300 - 270 * (math.log10(max(y, 0.05)) - low) / (high - low):.1f}"

    parts = list(_axes(results, at, low, high))
    for colour, name in zip(COLOURS, results[0].queries, strict=False):
        points = " ".join(at(x, r.queries[name][0]) for x, r in zip(xs, results, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        place = 40 + 18 * COLOURS.index(colour)
        parts.append(f'<text x="495" y="{place}" fill="{colour}">{name}</text>')
    body = "\n".join(parts)
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 340" font-family="sans-serif" font-size="12">'
    return f"{head}\n{body}\n</svg>\n"


def _axes(results: list[Measured], at: Callable[[float, float], str], low: int, high: int) -> Iterator[str]:
    yield '<rect width="680" height="340" fill="white"/>'
    yield '<text x="60" y="18">query, median, ms (both axes logarithmic)</text>'
    for power in range(low, high + 1):
        x, y = at(math.log10(results[0].pages), 10**power).split(",")
        yield f'<line x1="{x}" y1="{y}" x2="480" y2="{y}" stroke="#ddd"/>'
        yield f'<text x="52" y="{y}" text-anchor="end">{10**power:g}</text>'
    for result in results:
        x, _ = at(math.log10(result.pages), 1).split(",")
        yield f'<text x="{x}" y="318" text-anchor="middle">{result.pages:,}</text>'
    yield '<text x="270" y="335" text-anchor="middle">pages</text>'


def main() -> None:
    """Measure the sizes named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000])
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--folder", type=Path, help="keep the archives here, and use those that are here already")
    given = parser.parse_args()
    results = []
    for pages in given.sizes:
        with tempfile.TemporaryDirectory() as folder:
            results.append(measured(pages, given.folder / str(pages) if given.folder else Path(folder)))
        print(results[-1], file=sys.stderr, flush=True)
    print(table(results))
    if given.svg:
        given.svg.write_text(drawing(results), encoding="utf-8")


if __name__ == "__main__":
    main()

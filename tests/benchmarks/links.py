"""Time and memory of ``link`` on archives of 1,000, 10,000 and 100,000 documents, made up here.

``python tests/benchmarks/links.py [--sizes 1000 10000 100000] [--bytes 20000] [--folder FOLDER]``

A document is issued by one of 34 provinces (two bodies each), 20 ministries, the Government or the Prime Minister, bears
the next number of its series and year, and cites eight others in the mean: of the archive, those cited before more often
than others, of the table of often cited documents, and of some that nobody holds. A fifth of the citations state no
date; one in a hundred has a damaged letter or digit, one in two hundred another date. Lines of text fill each file up to
``--bytes``. The archive is deleted afterwards. Each size is linked in a process of its own, on one core.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from ocr_pipeline import Dictionaries
from ocr_pipeline.citations import link_archive
from ocr_pipeline.symbols import symbol_key

FIRST_DAY, DAYS = date(2005, 1, 1), 7300
# What nobody holds was issued in the years before.
OUTSIDE_DOCUMENTS, OUTSIDE_DAYS = 5000, 1800
FOLDER_OF = 1000
MEAN_CITED, LOST_DATE, DAMAGED, MISDATED, OUTSIDE, FAMOUS = 8, 0.2, 0.01, 0.005, 0.2, 0.15
CONFUSED = {"Đ": "D", "Q": "O", "0": "8", "1": "7", "U": "V", "3": "8", "5": "6", "C": "G", "N": "M"}
MINISTRIES = (
    "BNV", "BTC", "BCA", "BQP", "BNG", "BTP", "BCT", "BXD", "BKHCN", "BGDĐT", "BYT", "BVHTTDL", "BNNMT", "BDTTG", "BTTTT",
    "BGTVT", "BKHĐT", "BTNMT", "BLĐTBXH", "TTCP",
)  # fmt: skip
STATE_TYPES = {"QĐ": "Quyết định", "KH": "Kế hoạch", "CT": "Chỉ thị", "BC": "Báo cáo", "TB": "Thông báo"}
PARTY_TYPES = {"NQ": "Nghị quyết", "CT": "Chỉ thị", "KH": "Kế hoạch", "KL": "Kết luận", "QĐ": "Quyết định"}


class Issued(NamedTuple):
    """A document that another can cite."""

    number: str
    doc_type: str
    date: str
    issuer: str


class Archive:
    """Makes documents one after another; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        dictionaries = Dictionaries.load()
        self._random = random.Random(seed)
        self._provinces = [row[0] for row in dictionaries.rows("places.tsv")][:34]
        rows = dictionaries.rows("cited_documents.tsv")
        self._famous = [Issued(number, kind, day, "" if issuer == "-" else issuer) for number, kind, day, issuer, _ in rows]
        self._series = Counter[tuple[str, str, int]]()
        self._issued: list[Issued] = []
        # Each citation puts its document in once more: what is cited is cited again.
        self._urn: list[Issued] = []
        days = sorted(self._random.randrange(OUTSIDE_DAYS) for _ in range(OUTSIDE_DOCUMENTS))
        self._outside = [self._issue(FIRST_DAY - timedelta(days=OUTSIDE_DAYS - day)) for day in days]

    def _issue(self, day: date) -> Issued:
        year, place = day.year, self._random.choice(self._provinces)
        kind = self._random.randrange(10)
        if kind < 5:
            code = self._random.choice(list(STATE_TYPES))
            ordinal, issuer = self._next(f"{code}-UBND", place, year), f"Ủy ban nhân dân tỉnh {place}"
            return Issued(f"{ordinal:02d}/{code}-UBND", STATE_TYPES[code], day.isoformat(), issuer)
        if kind < 8:
            code = self._random.choice(list(PARTY_TYPES))
            ordinal, issuer = self._next(f"{code}/TU", place, year), f"Tỉnh ủy {place}"
            return Issued(f"{ordinal:02d}-{code}/TU", PARTY_TYPES[code], day.isoformat(), issuer)
        if kind < 9:
            ministry = self._random.choice(MINISTRIES)
            ordinal = self._next(f"TT-{ministry}", "", year)
            return Issued(f"{ordinal:02d}/{year}/TT-{ministry}", "Thông tư", day.isoformat(), "")
        ordinal = self._next("QĐ-TTg", "", year)
        return Issued(f"{ordinal:02d}/QĐ-TTg", "Quyết định", day.isoformat(), "Thủ tướng Chính phủ")

    def _next(self, tail: str, place: str, year: int) -> int:
        self._series[tail, place, year] += 1
        return self._series[tail, place, year]

    def documents(self, count: int, pages: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The JSONs of so many documents."""
        for index in range(count):
            own = self._issue(FIRST_DAY + timedelta(days=DAYS * index // count))
            cited = {self._cited(own.date) for _ in range(round(self._random.expovariate(1 / MEAN_CITED)))}
            references = [self._reference(document) for document in sorted(cited)]
            self._issued.append(own)
            metadata = {"number": own.number, "doc_type": own.doc_type, "date": own.date, "issuer": own.issuer or None}
            metadata |= dict.fromkeys(("parent_issuer", "place", "system", "title"))
            head = {"schema_version": "1.0", "id": f"{index:016x}-p1-1", "metadata": metadata}
            yield head | {"references": references, "pages": pages}

    def _cited(self, day: str) -> Issued:
        chance, famous = self._random.random(), self._random.choice(self._famous)
        if chance < FAMOUS and famous.date <= day:
            return famous
        if chance < FAMOUS + OUTSIDE or not self._issued:
            return self._random.choice(self._outside)
        again = self._urn and self._random.random() < 0.6
        document = self._random.choice(self._urn if again else self._issued)
        self._urn.append(document)
        return document

    def _reference(self, document: Issued) -> dict[str, Any]:
        number, day = document.number, document.date
        if self._random.random() < DAMAGED:
            places = [k for k, c in enumerate(number) if c in CONFUSED]
            k = self._random.choice(places) if places else 0
            number = number[:k] + CONFUSED.get(number[k], number[k]) + number[k + 1 :]
        if self._random.random() < MISDATED:
            day = f"{day[:8]}{self._random.randrange(1, 28):02d}"
        return {
            "number": number, "number_key": symbol_key(number), "doc_type": document.doc_type,
            "date": None if self._random.random() < LOST_DATE else day, "issuer": document.issuer or None,
            "relation": "căn cứ", "own": False, "mentions": [{"page": 1}],
        }  # fmt: skip


def filler(size: int) -> list[dict[str, Any]]:
    """Pages of about so many bytes."""
    line = {"text": "Các cơ quan, đơn vị triển khai thực hiện theo nhiệm vụ được giao.", "span": [0, 66], "bbox": [1, 2, 3, 4]}
    return [{"number": 1, "lines": [line] * max(1, size // len(json.dumps(line, ensure_ascii=False).encode()))}]


def write(folder: Path, count: int, size: int) -> None:
    """An archive of so many documents."""
    pages = filler(size)
    for index, document in enumerate(Archive(seed=4).documents(count, pages)):
        place = folder / f"{index // FOLDER_OF:04d}"
        place.mkdir(exist_ok=True, parents=True)
        (place / f"{index:06d}.json").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def measure(folder: Path, out: Path) -> None:
    """Link and print what it took, as JSON."""
    start, cpu = time.perf_counter(), time.process_time()
    done = link_archive(folder, out)
    row = {"wall": time.perf_counter() - start, "cpu": time.process_time() - cpu, **done._asdict()}
    print(json.dumps(row | {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def main() -> None:
    """Make, link and delete an archive of each size; print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--bytes", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--measure", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    print("documents | citations | cited | contradictions | wall s | CPU s | ms a document | peak MiB")
    for size in options.sizes:
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            archive, out = Path(folder, "archive"), Path(folder, "out")
            write(archive, size, options.bytes)
            command = [sys.executable, __file__, "--measure", str(archive), str(out)]
            row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        figures = [row[k] for k in ("documents", "citations", "cited", "contradictions")]
        shares = [row["wall"], row["cpu"], 1000 * row["cpu"] / size]
        print(*(f"{v:,}" for v in figures), *(f"{v:.2f}" for v in shares), f"{row['mib']:.0f}", sep=" | ", flush=True)


if __name__ == "__main__":
    main()

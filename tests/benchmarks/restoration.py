"""Figures of restoration on what it was not tuned on.

``python tests/benchmarks/restoration.py SHARED seed``  the garbled directive
``python tests/benchmarks/restoration.py SHARED real``  each transcribed scan, its own damage left out of the channel
``python tests/benchmarks/restoration.py SHARED harm``  held-out clean paragraphs of the corpus
``python tests/benchmarks/restoration.py SHARED edits`` output of the Vietnamese models: helped and hurt
"""

from __future__ import annotations

import json
import lzma
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.evaluation import Tally, figures, score_edits, score_harm, score_text
from ocr_pipeline.restoration import restore_and_explain, restore_lines
from ocr_pipeline.training.channel import build
from ocr_pipeline.training.corpus import held_out

PARAGRAPHS = 20
BINS = 10


def seed(shared: Path) -> None:
    """The garbled directive that everybody looks at: the weakest evidence."""
    raw, gold = ((shared / "seeds" / f"000.{kind}.txt").read_text(encoding="utf-8") for kind in ("raw", "gold"))
    show("seed 000", score_text(gold, restore_and_explain(raw).text), "text")


def lines_of(shared: Path, models: set[str]) -> dict[str, dict[str, list[tuple[str, str]]]]:
    """Document -> model and resolution -> printed and recognised lines."""
    found: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    with lzma.open(shared / "ocr_pairs" / "real.jsonl.xz", "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            if row[1] in models:
                found[row[0].rsplit(".p", 1)[0]][f"{row[1]} {row[4]}"].append((row[-2], row[-1]))
    return found


def without(document: str, shared: Path) -> Dictionaries:
    """The dictionaries with a channel that was learned without one document."""
    folder = Path(tempfile.mkdtemp())
    for file in Dictionaries.load().folder.iterdir():
        if file.is_file() and file.name != "channel.bin":
            (folder / file.name).symlink_to(file)
    build(shared, folder, keep=lambda name: name != document)
    return Dictionaries(folder)


def real(shared: Path) -> None:
    """Every document at every resolution of the English model, and the calibration of all edits."""
    total, bins = Tally(), Counter[tuple[float, bool]]()
    for document, pages in sorted(lines_of(shared, {"eng"}).items()):
        dictionaries = without(document, shared)
        for name, pairs in sorted(pages.items()):
            results = restore_lines([raw for _, raw in pairs], dictionaries=dictionaries)
            score = score_text("\n".join(gold for gold, _ in pairs), "\n".join(r.text for r in results))
            show(f"{document} {name}", score, "text")
            total.add(score)
            bins.update(judged(pairs, results))
        shutil.rmtree(dictionaries.folder)
    show("all", total, "text")
    calibration(bins)


def judged(pairs: list[tuple[str, str]], results: list) -> Iterator[tuple[float, bool]]:  # type: ignore[type-arg]
    """Confidence of each edit, and whether its words stand in the printed line."""
    for (gold, _), result in zip(pairs, results, strict=True):
        words = Counter(gold.lower().replace(",", " ").replace(";", " ").split())
        for edit in result.edits:
            yield edit.confidence, all(words[w] > 0 or w in gold.lower() for w in edit.after.lower().split())


def calibration(bins: Counter[tuple[float, bool]]) -> None:
    """Expected calibration error over bins of equal mass, and each bin."""
    rows = sorted(bins.elements())
    error = 0.0
    for k in range(BINS):
        part = rows[k * len(rows) // BINS : (k + 1) * len(rows) // BINS]
        told, right = sum(c for c, _ in part) / len(part), sum(r for _, r in part) / len(part)
        error += abs(told - right) * len(part) / len(rows)
        print(f"  told {told:.4f} right {right:.4f} ({len(part)} edits)")
    print(f"expected calibration error {error:.4f} over {len(rows)} edits")


def harm(shared: Path) -> None:
    """Clean paragraphs in documents of twenty."""
    total = Tally()
    for source, paragraphs in held_out(shared).items():
        part = Tally()
        for start in range(0, len(paragraphs), PARAGRAPHS):
            clean = [p.strip() for p in paragraphs[start : start + PARAGRAPHS]]
            part.add(score_harm("\n".join(clean), "\n".join(r.text for r in restore_lines(clean))))
        show(source, part, "harm")
        total.add(part)
    show("all", total, "harm")


def edits(shared: Path) -> None:
    """What restoration does to pages that were recognised well."""
    total = Tally()
    for pages in lines_of(shared, {"vie", "Vietnamese"}).values():
        for pairs in pages.values():
            out = [r.text for r in restore_lines([raw for _, raw in pairs])]
            total.add(score_edits("\n".join(raw for _, raw in pairs), "\n".join(gold for gold, _ in pairs), "\n".join(out)))
    show("Vietnamese models", total, "edits")


def show(name: str, tally: Tally, kind: str) -> None:
    """One line of counts and figures."""
    shown = {**tally.counts, **figures(kind, tally)}
    print(name, " ".join(f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in shown.items()), flush=True)


if __name__ == "__main__":
    {"seed": seed, "real": real, "harm": harm, "edits": edits}[sys.argv[2]](Path(sys.argv[1]))

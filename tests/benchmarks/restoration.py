"""Figures of restoration on what it was not tuned on.

``python tests/benchmarks/restoration.py SHARED seed``  the garbled directive
``python tests/benchmarks/restoration.py SHARED real``  each transcribed scan, its own damage left out of the channel
``python tests/benchmarks/restoration.py SHARED harm``  held-out clean paragraphs of the corpus
``python tests/benchmarks/restoration.py SHARED edits`` output of the Vietnamese models: helped and hurt
``python tests/benchmarks/restoration.py SHARED plot``  three scans left out of the channel together; draws the calibration
``python tests/benchmarks/restoration.py SHARED documents [MODELS]``  three documents rendered from held-out paragraphs, in faces
and damage that training has not; by the English model of Tesseract, or by that in the folder MODELS
``python tests/benchmarks/restoration.py SHARED ablations [MODELS]``  the same, seed and three scans, each part left out in turn,
and a language model whose texts all weigh alike, which takes some minutes to build
"""

from __future__ import annotations

import json
import lzma
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from math import inf
from pathlib import Path

import cv2
import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.evaluation import Tally, figures, score_edits, score_harm, score_text
from ocr_pipeline.orthography import nfc, unify
from ocr_pipeline.restoration import RestoredLine, decoder, engine, families, restore_and_explain, restore_lines
from ocr_pipeline.restoration.channel import FILE as CHANNEL_FILE
from ocr_pipeline.restoration.language_model import FILE as LANGUAGE_MODEL_FILE
from ocr_pipeline.restoration.lattice import Costs
from ocr_pipeline.training import language_model_builder
from ocr_pipeline.training.channel import build
from ocr_pipeline.training.corpus import held_out
from ocr_pipeline.training.damage import Pixels, blur, jpeg, noise, skew, tint
from ocr_pipeline.training.generated_pairs import matched, recognise
from ocr_pipeline.training.rendering import render_paragraphs
from ocr_pipeline.training.typesetting import Style

PARAGRAPHS = 20
BINS = 10
WORD = re.compile(r"[^\W_]+")
UNSEEN = ("hust-qd-2023-khuyettat-faint", "hy-kh288-vp-2017", "qn-bc280-2024-seal")
# Documents by the files of the corpus that they are drawn from, and the face they are set in.
DOCUMENTS = {
    "Party": (("party", "party_register"), "Linux Libertine O"),
    "provincial": (("admin",), "DejaVu Serif"),
    "ministry": (("legal",), "Noto Serif"),
}
PAGES, PARAGRAPHS_A_PAGE, LONGEST, DPI = 20, 7, 420, 200
PLOT = Path(__file__).parents[2] / "docs" / "images" / "restoration-calibration.svg"


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


def without(documents: Collection[str], shared: Path) -> Dictionaries:
    """The dictionaries with a channel that was learned without some documents."""
    folder = linked(Dictionaries.load(), CHANNEL_FILE)
    build(shared, folder, keep=lambda name: name not in documents)
    return Dictionaries(folder)


def linked(dictionaries: Dictionaries, missing: str) -> Path:
    """A folder with the files of the dictionaries, one of them missing."""
    folder = Path(tempfile.mkdtemp())
    for file in dictionaries.folder.iterdir():
        if file.is_file() and file.name != missing:
            (folder / file.name).symlink_to(file.resolve())
    return folder


def real(shared: Path) -> None:
    """Every document at every resolution of the English model, and the calibration of all edits."""
    total, bins = Tally(), Counter[tuple[float, bool]]()
    for document, pages in sorted(lines_of(shared, {"eng"}).items()):
        dictionaries = without([document], shared)
        for name, pairs in sorted(pages.items()):
            results = restore_lines([raw for _, raw in pairs], dictionaries=dictionaries)
            score = score_text("\n".join(gold for gold, _ in pairs), "\n".join(r.text for r in results))
            show(f"{document} {name}", score, "text")
            total.add(score)
            bins.update(judged(pairs, results))
        shutil.rmtree(dictionaries.folder)
    show("all", total, "text")
    calibration(bins)


def judged(pairs: list[tuple[str, str]], results: list[RestoredLine]) -> Iterator[tuple[float, bool]]:
    """Confidence of each edit, and whether what it wrote equals the printed words in its place."""
    for (gold, _), result in zip(pairs, results, strict=True):
        printed, restored = ([unify(word) for word in WORD.findall(nfc(text))] for text in (gold, result.text))
        equal = [False] * len(restored)
        for block in Levenshtein.opcodes(printed, restored):
            if block.tag == "equal":
                equal[block.dest_start : block.dest_end] = [True] * (block.dest_end - block.dest_start)
        shift = 0
        for edit in sorted(result.edits, key=lambda e: e.span):
            first = len(WORD.findall(result.text[: edit.span.start + shift]))
            shift += len(edit.after) - len(edit.before)
            yield edit.confidence, all(equal[first : first + len(WORD.findall(edit.after))])


def calibration(bins: Counter[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Expected calibration error over bins of equal mass; of each bin what was told and what was right."""
    rows = sorted(bins.elements())
    found = []
    for k in range(BINS):
        part = rows[k * len(rows) // BINS : (k + 1) * len(rows) // BINS]
        found.append((sum(c for c, _ in part) / len(part), sum(r for _, r in part) / len(part)))
        print(f"  told {found[-1][0]:.4f} right {found[-1][1]:.4f} ({len(part)} edits)")
    error = sum(abs(told - right) for told, right in found) / BINS
    print(f"expected calibration error {error:.4f} over {len(rows)} edits")
    return found


def plot(shared: Path) -> None:
    """The calibration on three scans that the channel has not seen, as a picture for the documentation."""
    dictionaries = without(UNSEEN, shared)
    bins = Counter[tuple[float, bool]]()
    for document, pages in lines_of(shared, {"eng"}).items():
        for pairs in pages.values() if document in UNSEEN else ():
            bins.update(judged(pairs, restore_lines([raw for _, raw in pairs], dictionaries=dictionaries)))
    PLOT.write_text(drawn(calibration(bins)), encoding="utf-8")
    shutil.rmtree(dictionaries.folder)


def drawn(bins: list[tuple[float, float]]) -> str:
    """An SVG: told probability to the right, share of right edits upwards, both from a half to one."""
    dots = "".join(
        f'<circle cx="{40 + 640 * (max(told, 0.5) - 0.5):.1f}" cy="{340 - 640 * (max(right, 0.5) - 0.5):.1f}" r="5"/>'
        for told, right in bins
    )
    marks = "".join(
        f'<text x="{40 + 640 * (share - 0.5):.0f}" y="358" text-anchor="middle">{share:.0%}</text>'
        f'<text x="34" y="{344 - 640 * (share - 0.5):.0f}" text-anchor="end">{share:.0%}</text>'
        for share in (0.6, 0.7, 0.8, 0.9, 1.0)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 390" font-family="sans-serif" font-size="11">'
        '<rect width="400" height="390" fill="white"/><path d="M40 20V340H360" fill="none" stroke="black"/>'
        f'<path d="M40 340L360 20" stroke="gray" stroke-dasharray="4"/>{marks}<g fill="#1f5fa8">{dots}</g>'
        '<text x="200" y="380" text-anchor="middle">told</text><text x="46" y="16">right</text></svg>\n'
    )


def worn(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Thin strokes on dark paper, out of focus, turned a little, saved too small."""
    thin = cv2.dilate(image, np.ones((2, 1), np.uint8)) if rng.uniform() < 0.5 else image
    aslant = skew(blur(thin, DPI / rng.uniform(210, 260)), float(rng.uniform(-0.5, 0.5)))
    return jpeg(noise(tint(aslant, float(rng.uniform(200, 235)), rng), 9.0, rng), 28)


def rendered(shared: Path, models: Path | None) -> dict[str, list[tuple[str, str]]]:
    """Printed and recognised lines of ``DOCUMENTS``: whole paragraphs, long ones up to the end of a sentence."""
    closed = held_out(shared)
    found: dict[str, list[tuple[str, str]]] = {}
    for seed, (name, (sources, face)) in enumerate(DOCUMENTS.items()):
        rng = np.random.default_rng(seed)
        texts = [p.strip() for source in sources for p in closed[source] if 60 < len(p) and 60 < p.find(". ") < LONGEST]
        order = rng.permutation(len(texts))
        found[name] = []
        for page in range(PAGES):
            chosen = [texts[k] for k in order[page * PARAGRAPHS_A_PAGE : (page + 1) * PARAGRAPHS_A_PAGE]]
            cut = [text if len(text) <= LONGEST else text[: text.rfind(". ", 0, LONGEST) + 1] for text in chosen]
            image, printed = render_paragraphs([(text, Style(13.5, family=face)) for text in cut], DPI, rng)
            lines = matched(printed, recognise(worn(np.asarray(image), rng), models))
            found[name] += [(line, raw) for _, line, raw in lines]
    return found


def documents(shared: Path, models: Path | None = None) -> None:
    """Each document, as recognised and as restored."""
    for name, pairs in rendered(shared, models).items():
        gold, raw = ("\n".join(part) for part in zip(*pairs, strict=True))
        show(f"{name} as recognised", score_text(gold, raw), "text")
        show(f"{name} restored", restored_score(pairs), "text")


def restored_score(pairs: list[tuple[str, str]], dictionaries: Dictionaries | None = None) -> Tally:
    """What restoration makes of recognised lines, against the printed ones."""
    results = restore_lines([raw for _, raw in pairs], dictionaries=dictionaries)
    return score_text("\n".join(gold for gold, _ in pairs), "\n".join(r.text for r in results))


def ablations(shared: Path, models: Path | None = None) -> None:
    """The share of syllables right on seed, rendered documents and unseen scans, with each part left out in turn."""
    raw, gold = ((shared / "seeds" / f"000.{kind}.txt").read_text(encoding="utf-8") for kind in ("raw", "gold"))
    papers, own, unseen = rendered(shared, models), Dictionaries.load(), without(UNSEEN, shared)
    scans = [p for name, pages in lines_of(shared, {"eng"}).items() if name in UNSEEN for p in pages.values()]

    def row(name: str, own: Dictionaries, unseen: Dictionaries) -> None:
        totals = [score_text(gold, restore_and_explain(raw, dictionaries=own).text), Tally(), Tally()]
        for pairs in papers.values():
            totals[1].add(restored_score(pairs, own))
        for pairs in scans:
            totals[2].add(restored_score(pairs, unseen))
        shares = [figures("text", total)["accuracy"] for total in totals]
        print(f"{name:40} " + " ".join(f"{share:.2%}" for share in shares), flush=True)

    for name, change in ABLATIONS.items():
        engine._builder.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            change(patch)
            row(name, own, unseen)
    engine._builder.cache_clear()
    alike = [Dictionaries(linked(dictionaries, LANGUAGE_MODEL_FILE)) for dictionaries in (own, unseen)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(language_model_builder, "WEIGHTS", dict.fromkeys(language_model_builder.WEIGHTS, 1.0))
        language_model_builder.build(shared, alike[0].folder / LANGUAGE_MODEL_FILE, progress=lambda _: None)
    (alike[1].folder / LANGUAGE_MODEL_FILE).symlink_to(alike[0].folder / LANGUAGE_MODEL_FILE)
    row("all texts weighed alike", *alike)
    for folder in (unseen.folder, *(dictionaries.folder for dictionaries in alike)):
        shutil.rmtree(folder)


def costs(**changed: float) -> dict[str, Costs]:
    """The costs of all families, some of them changed."""
    return {name: replace(own, **changed) for name, own in families.COSTS.items()}


ABLATIONS: dict[str, Callable[[pytest.MonkeyPatch], object]] = {
    "all": lambda patch: None,
    "without adaptation to the document": lambda patch: patch.setattr(
        decoder, "adapted", lambda lattice, rows, *_: (lattice, rows)
    ),
    "without adaptation of letters": lambda patch: patch.setattr(engine, "COSTS", costs(letters=0.0)),
    "without the sentence model": lambda patch: patch.setattr(engine, "COSTS", costs(sentences=0.0)),
    "without splits and merges": lambda patch: patch.setattr(engine, "COSTS", costs(split=inf, merge=inf, speck=inf)),
    "readings as narrow as for good text": lambda patch: patch.setattr(
        engine, "REACH", dict.fromkeys(families.REACH, families.REACH["vie"])
    ),
    "without the language model": lambda patch: patch.setattr(engine, "COSTS", costs(language=0.0, sentences=0.0)),
}


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
    kind, *models = sys.argv[2:]
    modes = (documents, ablations, seed, real, harm, edits, plot)
    {mode.__name__: mode for mode in modes}[kind](Path(sys.argv[1]), *map(Path, models))

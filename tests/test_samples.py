"""The samples are complete, small, true to their sources, and built anew byte by byte."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.training.rendering import set_pages
from ocr_pipeline.training.typesetting import font_path

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SCANS = sorted(p for p in (SAMPLES / "scans").iterdir() if not p.name.startswith("."))
# A number with its symbol, Party or State, as ours are written.
SYMBOL = re.compile(r"\b\d+(?:/\d{4})?[-/][A-ZĐ][A-Za-zĐđ]*[-/][A-ZĐ][\w-]*")


def _load_build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("samples_build", SAMPLES / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _gold(scan: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / "gold" / f"{scan.stem}.json").read_text(encoding="utf-8"))
    return loaded


def _gold_text(scan: Path) -> str:
    pages = sorted((SAMPLES / "gold").glob(f"{scan.stem}.p*.txt")) or [SAMPLES / "gold" / f"{scan.stem}.txt"]
    return "\f".join(page.read_text(encoding="utf-8") for page in pages)


def test_there_are_enough_samples_of_each_damage_and_they_are_small() -> None:
    """12 to 16 files, eight types, each damage at least twice, under 6 MB together."""
    damages = Counter(scan.stem.rpartition("-")[2] for scan in SCANS)

    assert 12 <= len(SCANS) <= 16
    assert len({_gold(scan)["doc_type"] for scan in SCANS}) == 8
    assert all(count >= 2 for count in damages.values()), damages
    assert set(damages) == {"clean", "office", "100dpi", "skewed", "seal", "photocopy", "garbled"}
    assert sum(scan.stat().st_size for scan in SCANS) < 6_000_000


@pytest.mark.parametrize("scan", SCANS, ids=lambda p: p.name)
def test_gold_lists_every_reference_of_its_text(scan: Path) -> None:
    """Every number with a symbol in the text is the own number or a listed reference, as often as it is printed."""
    gold, text = _gold(scan), " ".join(_gold_text(scan).split())
    listed = Counter(reference["number"] for reference in gold["references"])

    assert Counter(SYMBOL.findall(text)) == listed + Counter([gold["number"]] if gold["number"] else [])
    for reference in gold["references"]:
        page = " ".join(_gold_text(scan).split("\f")[reference["page"] - 1].split())
        assert reference["surface"] in page
        assert reference["number"] in reference["surface"]


@pytest.mark.parametrize("scan", [s for s in SCANS if s.suffix == ".txt"], ids=lambda p: p.name)
def test_garbled_texts_are_aligned_with_their_gold(scan: Path) -> None:
    """Line by line, blank lines at the same places, and really garbled."""
    garbled, gold = scan.read_text(encoding="utf-8").split("\n"), _gold_text(scan).split("\n")

    assert [bool(line.strip()) for line in gold] == [bool(line.strip()) for line in garbled]
    assert sum(a != b for a, b in zip(garbled, gold, strict=True)) > len([line for line in gold if line.strip()]) * 0.9


def test_gold_follows_from_the_sources() -> None:
    """Nobody has edited gold by hand: the sources say it all."""
    build = _load_build()
    try:
        font_path()
    except MissingDependency as problem:
        pytest.skip(str(problem))
    for recipe in build.RECIPES:
        directive, table = build.directive(recipe.source)
        pages = set_pages(directive)
        scan = build.SCANS / f"{recipe.stem}{recipe.suffix}"
        assert "\f".join(page.text for page in pages) == _gold_text(scan)
        assert build.gold(table, directive, pages) == _gold(scan)


@pytest.mark.slow
def test_the_script_writes_the_same_bytes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run twice, the script gives one result (against the committed files only the library versions could differ)."""
    build = _load_build()
    try:
        font_path()
    except MissingDependency as problem:
        pytest.skip(str(problem))
    digests = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        monkeypatch.setattr(build, "SCANS", tmp_path / name)
        for recipe in (r for r in build.RECIPES if r.source in {"cong-van", "thong-bao", "quyet-dinh"}):
            build.write(recipe, list(build.scan(recipe, set_pages(build.directive(recipe.source)[0]))))
        digests.append({p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (tmp_path / name).iterdir()})

    assert digests[0] == digests[1]

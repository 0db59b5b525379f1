"""What each step of reading a scan brings: the transcribed scans read with one step left out at a time.

`python tests/benchmarks/levers.py ../shared [NAME ...]` prints a row a lever: whole-page CER of what was recognised and of
what was restored, F1 of numbers, share of metadata fields right, CPU seconds a page.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from throughput import FirstReading

from ocr_pipeline import cleaning, imaging, pages, views
from ocr_pipeline.document import Box, Document, to_json
from ocr_pipeline.evaluation import Tally, figures, score_meta, score_page, score_refs
from ocr_pipeline.layout import regions_of
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import Engine, choose_engine
from ocr_pipeline.settings import Settings
from ocr_pipeline.tables import NOTHING_RULED

_GOLD_PAGE = re.compile(r"\.p(\d+)\.txt$")
_OUTSIDE = ("stamp", "seal", "noise")


def _one_region(boxes: Any, size: float, width: int, height: int, *_: Any) -> Any:
    """The whole page as one block."""
    found = regions_of(boxes, size, width, height)
    return [found[0]._replace(box=Box(0, 0, width, height), role="body", others=np.zeros((0, 4), np.int32))] if found else found


LEVERS: dict[str, tuple[dict[str, Any], list[tuple[Any, str, Any]]]] = {
    "all steps": ({}, []),
    "read at 300 dpi": ({}, [(imaging, "READING_DPI", 300)]),
    "Tesseract's own runtime": ({"engine": "tesserocr"}, []),
    "script model": ({"model": "Vietnamese"}, []),
    "coloured ink stays": ({}, [(imaging, "_coloured", lambda image, _: np.zeros(image.shape[:2], np.uint8))]),
    "paper as scanned": ({}, [(imaging, "_even_paper", lambda grey: grey)]),
    "not turned back": ({}, [(imaging, "_skew_of", lambda _: 0.0)]),
    "rules stay": ({}, [(cleaning, "_erase_rules", lambda *_: None)]),
    "borders, dust, strokes stay": ({}, [(cleaning, "_erase", lambda *_, **__: None)]),
    "smallest marks taken for dust": ({}, [(cleaning, "_near_print", lambda dust, *_: np.zeros(len(dust), np.bool_))]),
    "small print as coarse as the rest": ({}, [(pages, "SMALL_PRINT", frozenset()), (views, "SMALL_PRINT", frozenset())]),
    "strokes of numerals not counted": ({}, [(pages, "with_strokes", lambda line, _: tuple(line))]),
    "tables and stamps in their lines": ({}, [(imaging, "ruled", lambda *_: NOTHING_RULED)]),
    "page in one block": ({}, [(pages, "regions_of", _one_region)]),
    "lines read once": ({}, []),
    "blanks not read": ({}, [(pages, "filled_in", lambda line, *_: line)]),
    "layers never used": ({"text_layer": "never"}, []),
}


def _documents(shared: Path, settings: Settings, engine: Engine) -> Iterator[tuple[Any, Document, list[tuple[int, str]]]]:
    for gold in sorted((shared / "scans" / "gold").glob("*.json")):
        (scan,) = (shared / "scans" / "pdf").glob(gold.stem + ".*")
        files = sorted(gold.parent.glob(gold.stem + ".p*.txt"))
        texts = [(int(m[1]), p.read_text(encoding="utf-8")) for p in files if (m := _GOLD_PAGE.search(p.name))]
        yield json.loads(gold.read_text(encoding="utf-8")), read(scan, settings=settings, engine=engine)[0], texts


def _row(shared: Path, settings: Settings, engine: Engine) -> str:
    raw, page, refs, meta, count, started = Tally(), Tally(), Tally(), Tally(), 0, time.process_time()
    for gold, document, texts in _documents(shared, settings, engine):
        built = json.loads(to_json(document))
        count += len(document.pages)
        meta.add(score_meta(gold, built))
        if gold.get("references") is not None:
            refs.add(score_refs(gold, built))
        if texts:
            recognised = "\f".join("\n".join(x["raw"] for x in p["lines"] if x["zone"] not in _OUTSIDE) for p in built["pages"])
            page.add(score_page(built, texts))
            raw.add(score_page(built | {"text": recognised}, texts))
    used = (time.process_time() - started) / count
    return (
        f"{figures('page', raw)['cer']:.2%} | {figures('page', page)['cer']:.2%} | {figures('refs', refs)['number_f1']:.3f} | "
        f"{figures('meta', meta)['right_share']:.3f} | {used:.2f}"
    )


def main() -> None:
    """Print the table."""
    shared, wanted = Path(sys.argv[1]), sys.argv[2:] or list(LEVERS)
    print("| left out | CER recognised | CER restored | number F1 | fields right | CPU s a page |\n|---|---|---|---|---|---|")
    for name in wanted:
        changed, patches = LEVERS[name]
        settings = replace(Settings(), **changed)
        engine: Engine = choose_engine(settings)
        with ExitStack() as stack:
            for module, attribute, value in patches:
                stack.enter_context(patch.object(module, attribute, value))
            print(
                f"| {name} | {_row(shared, settings, FirstReading(engine) if name == 'lines read once' else engine)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()

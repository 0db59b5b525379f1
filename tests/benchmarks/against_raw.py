"""Page by page: the error of this pipeline beside that of Tesseract alone, so that no page gets worse unseen.

`python tests/benchmarks/against_raw.py ../shared` prints the CER of each transcribed page, Tesseract alone (same model,
300 dpi, grey, its own layout) and ours, and at the end the pages on which ours is the worse one.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from tesserocr import PSM, PyTessBaseAPI
from throughput import DPI, page_images

from ocr_pipeline.document import to_json
from ocr_pipeline.evaluation import Tally, figures, score_page
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import choose_engine
from ocr_pipeline.settings import Settings

_GOLD_PAGE = re.compile(r"\.p(\d+)\.txt$")


def _cer(text: str, gold: str, pooled: Tally) -> float:
    tally = Tally()
    tally.add(score_page({"text": text, "pages": [{"number": 1, "span": [0, len(text)]}]}, [(1, gold)]))
    pooled.add(tally)
    return float(figures("page", tally)["cer"])


def main() -> None:
    """Print the table."""
    scans, engine, worse = Path(sys.argv[1]) / "scans", choose_engine(Settings()), []
    pooled = Tally(), Tally()
    print("| page | Tesseract alone | whole |\n|---|---|---|")
    with PyTessBaseAPI(path=engine.data_path, lang=engine.model, psm=PSM.AUTO) as api:
        for scan in sorted((scans / "pdf").iterdir()):
            golds = {int(m[1]): p for p in (scans / "gold").glob(f"{scan.stem}.p*.txt") if (m := _GOLD_PAGE.search(p.name))}
            if not golds:
                continue
            ours = json.loads(to_json(read(scan, engine=engine)[0]))
            for number, image in enumerate(page_images(scan), 1):
                if number not in golds:
                    continue
                api.SetImage(image)
                api.SetSourceResolution(DPI)
                gold = golds[number].read_text(encoding="utf-8")
                raw = _cer(api.GetUTF8Text(), gold, pooled[0])
                own = _cer(ours["text"].split("\f")[number - 1], gold, pooled[1])
                print(f"| {scan.stem} {number} | {raw:.2%} | {own:.2%} |", flush=True)
                worse += [f"{scan.stem} {number}"] if own > raw else []
    print("| all | " + " | ".join(f"{figures('page', p)['cer']:.2%}" for p in pooled) + " |")
    print(f"\nworse than Tesseract alone: {', '.join(worse) or 'none'}")


if __name__ == "__main__":
    main()

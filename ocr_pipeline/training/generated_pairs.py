"""Makes more pairs of printed and recognised lines: text set in several faces, damaged, and given to Tesseract.

``python -m ocr_pipeline.training.generated_pairs SHARED OUT --pages N --models DIR`` writes one JSON row a line, as the
files of ``shared/ocr_pairs`` have them. The same seed and the same Tesseract give the same rows.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
from rapidfuzz import fuzz, process

from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.training.channel_pairs import bare
from ocr_pipeline.training.corpus import held_out, paragraphs
from ocr_pipeline.training.damage import Pixels, blur, jpeg, noise, photocopy, resample, skew, tint
from ocr_pipeline.training.rendering import render_paragraphs
from ocr_pipeline.training.typesetting import Style

# The share of pages from each file of the corpus: the register that is to be restored first.
SHARES: Final = {"party_register": 0.35, "party": 0.15, "admin": 0.2, "legal": 0.15, "news": 0.08, "wiki": 0.07}
FACES: Final = ("Liberation Serif", "Liberation Serif", "TeX Gyre Termes", "FreeSerif")
SIZES: Final = (12.0, 13.0, 13.5, 14.0, 14.0, 14.5)
RESOLUTIONS: Final = (120, 150, 200, 200, 250, 300)
_PARAGRAPHS: Final = 7
_LONGEST: Final = 420
_LIKE: Final = 55.0


class Page(NamedTuple):
    """A damaged page image with its printed lines."""

    image: Pixels
    printed: tuple[str, ...]
    style: Style
    dpi: int
    damage: str


def pages(texts: Sequence[str], count: int, seed: int, faces: Sequence[str] = FACES) -> Iterator[Page]:
    """So many pages of paragraphs drawn from ``texts``."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        style = Style(float(rng.choice(SIZES)), family=str(rng.choice(faces)))
        dpi = int(rng.choice(RESOLUTIONS))
        chosen = [texts[int(k)] for k in rng.integers(0, len(texts), _PARAGRAPHS)]
        image, printed = render_paragraphs([_styled(text, style, rng) for text in chosen], dpi, rng)
        damage = str(rng.choice(list(DAMAGES)))
        yield Page(DAMAGES[damage](np.asarray(image), dpi, rng), printed, style, dpi, damage)


def _styled(text: str, style: Style, rng: np.random.Generator) -> tuple[str, Style]:
    """Most paragraphs upright; some in italics, bold, or as a heading in bold capitals."""
    kind = rng.uniform()
    text = text if len(text) <= _LONGEST else text[: text.rfind(" ", 0, _LONGEST)]
    if kind < 0.10:
        return " ".join(text.split()[:14]).upper(), style._replace(bold=bool(rng.uniform() < 0.8))
    if kind < 0.22:
        return text, style._replace(bold=True)
    return text, style._replace(italic=bool(kind < 0.40))


def texts_of(shared: Path, count: int, seed: int) -> list[str]:
    """Paragraphs of the corpus in the shares of ``SHARES``, none of those held out."""
    closed = {p for lines in held_out(shared).values() for p in lines}
    rng = np.random.default_rng(seed)
    chosen: list[str] = []
    for source, share in SHARES.items():
        found = [p.strip() for p in paragraphs(shared, source) if 40 < len(p) and p not in closed]
        if found:
            chosen += [found[int(k)] for k in rng.integers(0, len(found), int(count * share))]
    return chosen


def recognise(image: Pixels, models: Path | None, model: str = "eng") -> list[str]:
    """The lines that Tesseract reads on an image; MissingDependency where it is not installed or has not the model."""
    _, data = cv2.imencode(".png", image)
    where = ["--tessdata-dir", str(models)] if models else []
    command = ["tesseract", "-", "stdout", "-l", model, "--psm", "6", "--oem", "1", *where]
    try:
        done = subprocess.run(
            command, input=data.tobytes(), capture_output=True, check=True, env={**os.environ, "OMP_THREAD_LIMIT": "1"}
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingDependency(
            f"Tesseract with the model {model} did not run", remedy="Install it, or name --models."
        ) from error
    return [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.strip()]


def matched(printed: Sequence[str], recognised: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Recognised lines with the printed line that each is most like, and its number; unlike ones are left out.

    >>> list(matched(["Đảng ủy xã", "Nơi nhận"], ["Noi nhan", "|||", "Dang ty xa"]))
    [(1, 'Nơi nhận', 'Noi nhan'), (0, 'Đảng ủy xã', 'Dang ty xa')]
    """
    keys = [bare(line) for line in printed]
    for line in recognised:
        found = process.extractOne(bare(line), keys, scorer=fuzz.ratio, score_cutoff=_LIKE)
        if found:
            yield found[2], printed[found[2]], line


def _office(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    turned = skew(image, float(rng.uniform(-0.4, 0.4)))
    tinted = tint(blur(turned, dpi / rng.uniform(220, 450)), float(rng.uniform(225, 250)), rng)
    return jpeg(noise(tinted, float(rng.uniform(1, 6)), rng), int(rng.integers(35, 80)))


def _coarse(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    """Scanned too coarsely and enlarged."""
    factor = float(rng.uniform(0.55, 0.85))
    return jpeg(noise(resample(resample(blur(image, dpi / 300), factor), 1 / factor), 3.0, rng), 60)


def _copied(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    return photocopy(skew(image, float(rng.uniform(-0.3, 0.3))), rng)


def _bilevel(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    """A fax-like scan: one threshold, heavier or thinner strokes."""
    soft = blur(noise(image, float(rng.uniform(2, 14)), rng), dpi / 330)
    return np.where(soft < rng.uniform(110, 190), 0, 255).astype(np.uint8)


def _clean(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    return image


DAMAGES: Final = {"clean": _clean, "office": _office, "coarse": _coarse, "copied": _copied, "bilevel": _bilevel}


def main() -> None:
    """Write rows, with a line of progress every ten pages."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("shared", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--models", type=Path, help="folder of traineddata files, where not Tesseract's own")
    arguments = parser.parse_args()
    texts = texts_of(arguments.shared, _PARAGRAPHS * arguments.pages * 2, arguments.seed)
    with arguments.out.open("w", encoding="utf-8") as out:
        for number, page in enumerate(pages(texts, arguments.pages, arguments.seed)):
            for line, printed, recognised in matched(page.printed, recognise(page.image, arguments.models)):
                row = [number, "eng", page.style.family, page.style.size, page.dpi, page.damage, line, printed, recognised]
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            if number % 10 == 9:
                print(f"{number + 1} of {arguments.pages} pages", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()

"""What pages may go through before they are read: clean ones, ruined in one way at a time, beside Tesseract alone.

`python tests/benchmarks/robustness.py [SHARED] [--only KIND ...]` ruins the first pages of two samples (and of two
transcribed scans of SHARED) and prints the CER of each kind of damage, Tesseract alone and ours. A kind that reads as
nothing at all is a hole in the pipeline; damage that takes the letters away is not.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from tesserocr import PSM, PyTessBaseAPI
from throughput import page_images

from ocr_pipeline.evaluation import Tally, figures, score_page
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import choose_engine
from ocr_pipeline.settings import Settings

DPI = 200
SAMPLES = Path(__file__).parents[2] / "samples"
Pixels = npt.NDArray[np.uint8]
Paint = npt.NDArray[np.float32]
Ruin = Callable[[Paint, np.random.Generator], Paint]


def _turned(quarters: int) -> Ruin:
    return lambda page, _: np.rot90(page, quarters)


def _skewed(degrees: float) -> Ruin:
    def ruin(page: Paint, _: np.random.Generator) -> Paint:
        return _warped(page, cv2.getRotationMatrix2D((page.shape[1] / 2, page.shape[0] / 2), degrees, 0.9))

    return ruin


def _warped(page: Paint, matrix: npt.NDArray[np.float64], paper: float = 255.0) -> Paint:
    return cv2.warpAffine(page, matrix, page.shape[1::-1], borderValue=(paper,) * 3).astype(np.float32)


def _on_a_table(value: float) -> Ruin:
    """The page photographed on something dark and rough."""

    def ruin(page: Paint, rng: np.random.Generator) -> Paint:
        height, width = page.shape[:2]
        table = rng.normal(value, 12, (round(1.3 * height), round(1.35 * width), 1)).astype(np.float32).repeat(3, axis=2)
        y, x = round(0.13 * height), round(0.17 * width)
        table[y : y + height, x : x + width] = page
        return _warped(table, cv2.getRotationMatrix2D((table.shape[1] / 2, table.shape[0] / 2), 2.0, 1.0), value)

    return ruin


def _slipped(page: Paint, _: np.random.Generator) -> Paint:
    """The colours of the scanner beside each other."""
    page = page.copy()
    page[..., 0], page[..., 2] = np.roll(page[..., 0], 2, axis=0), np.roll(page[..., 2], -2, axis=0)
    return page


def _shaded(page: Paint, _: np.random.Generator) -> Paint:
    height, width = page.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    return (page * (1 - 0.6 * np.clip(columns / width + rows / height - 1, 0, 1))[..., None]).astype(np.float32)


def _folded(page: Paint, _: np.random.Generator) -> Paint:
    rows = np.arange(len(page)) / len(page)
    shade = 1 - 0.5 * np.exp(-(((rows - 0.45) / 0.006) ** 2)) - 0.3 * np.exp(-(((rows - 0.7) / 0.017) ** 2))
    return (page * shade[:, None, None]).astype(np.float32)


def _shining_through(page: Paint, _: np.random.Generator) -> Paint:
    behind = cv2.GaussianBlur(page[:, ::-1], (0, 0), 1.5)
    return np.minimum(page, 255 - 0.35 * (255 - behind)).astype(np.float32)


def _bordered(page: Paint, rng: np.random.Generator) -> Paint:
    page, (height, width) = page.copy(), page.shape[:2]
    page[:, : width * 3 // 100], page[: height * 2 // 100] = 10, 10
    page[:, -width // 40 :] = rng.integers(0, 80, (height, -(-width // 40), 1))
    return page


def _specked(page: Paint, rng: np.random.Generator) -> Paint:
    page, chance = page.copy(), rng.random(page.shape[:2])
    page[chance < 0.006], page[chance > 0.994] = 0, 255
    return page


def _bent(down: Callable[[Paint, Paint], Paint]) -> Ruin:
    """Lines that rise and fall; ``down`` tells by which share of the page's height, for places from 0 to 1."""

    def ruin(page: Paint, _: np.random.Generator) -> Paint:
        height, width = page.shape[:2]
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        moved = (rows + height * down(columns / width, rows / height)).astype(np.float32)
        return cv2.remap(page, columns, moved, cv2.INTER_LINEAR, borderValue=(255,) * 3).astype(np.float32)

    return ruin


def _stamped(colour: tuple[int, int, int], size: float) -> Ruin:
    def ruin(page: Paint, _: np.random.Generator) -> Paint:
        stamp = np.full(page.shape, 255, np.uint8)
        place = (page.shape[1] // 8, page.shape[0] // 2)
        cv2.putText(stamp, "CONG VAN DEN", place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, round(2 * size))
        return (page * stamp.astype(np.float32) / 255).astype(np.float32)

    return ruin


def _coarse(page: Paint, _: np.random.Generator) -> Paint:
    return cv2.resize(page, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)


def _squeezed(page: Paint, _: np.random.Generator) -> Paint:
    _, data = cv2.imencode(".jpg", page.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 12])
    return cv2.imdecode(data, cv2.IMREAD_COLOR).astype(np.float32)


def _same(page: Paint, _: np.random.Generator) -> Paint:
    return page


# Each with the resolution that the file then states.
RUINS: dict[str, tuple[Ruin, int]] = {
    "as it is": (_same, DPI),
    "stated as 72 dpi": (_same, 72),
    "stated as 600 dpi": (_same, 600),
    "on its left side": (_turned(1), DPI),
    "upside down": (_turned(2), DPI),
    "on its right side": (_turned(3), DPI),
    "skewed by 3 degrees": (_skewed(3), DPI),
    "skewed by 7 degrees": (_skewed(-7), DPI),
    "on a dark table": (_on_a_table(40), DPI),
    "on a brown table": (_on_a_table(90), DPI),
    "negative": (lambda page, _: 255 - page, DPI),
    "underexposed": (lambda page, _: page * 0.45, DPI),
    "faint": (lambda page, _: 255 - (255 - page) * 0.25, DPI),
    "yellowed": (lambda page, _: page * np.array([0.62, 0.85, 0.95], np.float32), DPI),
    "shadow over a corner": (_shaded, DPI),
    "folded": (_folded, DPI),
    "shining through": (_shining_through, DPI),
    "black border": (_bordered, DPI),
    "noise": (lambda page, rng: page + rng.normal(0, 35, page.shape[:2])[..., None].astype(np.float32), DPI),
    "specks": (_specked, DPI),
    "curled a little": (_bent(lambda x, _: np.sin(x * np.pi) / 200), DPI),
    "curled": (_bent(lambda x, _: np.sin(x * np.pi) / 40), DPI),
    "bound": (_bent(lambda x, _: np.exp(-6 * x) / 25), DPI),
    "photographed from aside": (_bent(lambda x, y: x * (1 - y) / 15), DPI),
    "slipped colours": (_slipped, DPI),
    "out of focus": (lambda page, _: cv2.GaussianBlur(page, (0, 0), 1.6).astype(np.float32), DPI),
    "thin strokes": (lambda page, _: cv2.dilate(page, np.ones((2, 2))).astype(np.float32), DPI),
    "fat strokes": (lambda page, _: cv2.erode(page, np.ones((3, 3))).astype(np.float32), DPI),
    "100 dpi": (_coarse, DPI // 2),
    "JPEG of quality 12": (_squeezed, DPI),
    "red stamp over print": (_stamped((60, 60, 200), 4), DPI),
    "black stamp over print": (_stamped((40, 40, 40), 3), DPI),
}  # fmt: skip


def _sheets(shared: Path | None) -> Iterator[tuple[Paint, str]]:
    """Clean pages at ``DPI`` with their text."""
    names = ("nghi-quyet-clean.pdf", "quyet-dinh-clean.tif")
    wanted = [(SAMPLES / "scans" / name, SAMPLES / "gold" / f"{name[:-4]}.p1.txt") for name in names]
    if shared:
        scans = shared / "scans"
        wanted += [(scans / "pdf" / f"{n}.pdf", scans / "gold" / f"{n}.p1.txt") for n in ("qn-ct04-2024", "hy-kh288-vp-2017")]
    for scan, gold in wanted:
        image = next(page_images(scan)).convert("RGB")
        image = image.resize((round(8.27 * DPI), round(8.27 * DPI * image.height / image.width)), Image.Resampling.LANCZOS)
        yield np.asarray(image, np.float32), gold.read_text(encoding="utf-8")


def _errors(text: str, gold: str) -> Tally:
    return score_page({"text": text, "pages": [{"number": 1, "span": [0, len(text)]}]}, [(1, gold)])


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", nargs="?", type=Path)
    parser.add_argument("--only", nargs="*", help="kinds of damage")
    arguments = parser.parse_args()
    engine = choose_engine(Settings())
    sheets = list(_sheets(arguments.shared))
    print(f"{len(sheets)} pages\n\n| | Tesseract alone | whole |\n|---|---|---|")
    with (
        tempfile.TemporaryDirectory() as folder,
        PyTessBaseAPI(path=engine.data_path, lang=engine.model, psm=PSM.AUTO_OSD) as api,
    ):
        for kind, (ruin, stated) in RUINS.items():
            if arguments.only and kind not in arguments.only:
                continue
            tallies = Tally(), Tally()
            for page, gold in sheets:
                ruined = ruin(page, np.random.default_rng(0)).clip(0, 255).astype(np.uint8)
                path = Path(folder) / "page.png"
                Image.fromarray(np.ascontiguousarray(ruined)).save(path, dpi=(stated, stated))
                api.SetImage(Image.open(path).convert("L"))
                api.SetSourceResolution(stated)
                tallies[0].add(_errors(api.GetUTF8Text(), gold))
                tallies[1].add(_errors(read(path, engine=engine)[0].text, gold))
            print(f"| {kind} | " + " | ".join(f"{figures('page', tally)['cer']:.2%}" for tally in tallies) + " |", flush=True)


if __name__ == "__main__":
    main()

"""Renders the sources as scans, with their gold: `make samples`. Same fonts and library versions, same bytes.

Each source (samples/sources/NAME.toml) becomes one or two files in samples/scans, each with another damage. The two
garbled texts are recognised with Tesseract's English model and kept: only ``--garble`` makes them anew, because
their bytes depend on the version of Tesseract.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import time
import tomllib
import zlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from ocr_pipeline.training.damage import DAMAGES, blur, jpeg, noise, seal
from ocr_pipeline.training.rendering import Directive, SetPage, Signer, draw_page, set_pages
from ocr_pipeline.training.typesetting import POINTS, extent, plain

FOLDER = Path(__file__).resolve().parent
SOURCES, SCANS, GOLD = FOLDER / "sources", FOLDER / "scans", FOLDER / "gold"
EPOCH = time.gmtime(0)


class Recipe(NamedTuple):
    """One file to make: its source, its damage, its format, and the resolution before damage."""

    source: str
    damage: str
    suffix: str
    dpi: int
    seal: str = ""

    @property
    def stem(self) -> str:
        """The file's name without its suffix."""
        return f"{self.source}-{'seal' if self.seal else self.damage.replace('low_resolution', '100dpi')}"


RECIPES = (
    Recipe("nghi-quyet", "clean", ".pdf", 300),
    Recipe("nghi-quyet", "skewed", ".pdf", 200),
    Recipe("quyet-dinh", "clean", ".tif", 300),
    Recipe("quyet-dinh", "office", ".pdf", 200, "ỦY BAN NHÂN DÂN TỈNH SƠN HẢI"),
    Recipe("chi-thi", "low_resolution", ".jpg", 300),
    Recipe("ke-hoach", "office", ".tif", 200),
    Recipe("ke-hoach", "photocopy", ".pdf", 200),
    Recipe("huong-dan", "low_resolution", ".pdf", 300),
    Recipe("huong-dan", "skewed", ".tif", 200),
    Recipe("cong-van", "office", ".jpg", 200, "SỞ GIÁO DỤC VÀ ĐÀO TẠO SƠN HẢI"),
    Recipe("thong-bao", "clean", ".png", 150),
    Recipe("thong-bao", "photocopy", ".png", 200),
    Recipe("to-trinh", "office", ".jpg", 200),
)
GARBLED = ("nghi-quyet", "cong-van")


def directive(name: str) -> tuple[Directive, dict[str, Any]]:
    """What a source prints, and its whole table."""
    table = tomllib.loads((SOURCES / f"{name}.toml").read_text(encoding="utf-8"))
    fields = {
        k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k not in {"gold", "references", "unnumbered"}
    }
    fields["signers"] = tuple(Signer(tuple(s["authority"]), s["name"]) for s in table["signers"])
    return Directive(**fields), table


def scan(recipe: Recipe, pages: Sequence[SetPage]) -> Iterator[Image.Image]:
    """The damaged page images of one file; chance is seeded by the file's name."""
    rng = np.random.default_rng(zlib.crc32(recipe.stem.encode()))
    for page in pages:
        pixels = np.asarray(draw_page(page, recipe.dpi))
        if recipe.seal and page.signature:
            pixels = seal(pixels, recipe.dpi, page.signature, recipe.seal, rng)
        elif recipe.seal:
            pixels = np.repeat(pixels[..., None], 3, axis=2)
        yield Image.fromarray(DAMAGES[recipe.damage](pixels, recipe.dpi, rng))


def write(recipe: Recipe, images: Sequence[Image.Image]) -> None:
    """Write one file, bilevel where grey would say no more."""
    dpi = 100 if recipe.damage == "low_resolution" else recipe.dpi
    bilevel = recipe.damage == "photocopy" or (recipe.damage == "clean" and recipe.dpi >= 300)
    first, *rest = [image.point(lambda p: 255 * (p > 140)).convert("1") if bilevel else image for image in images]
    path = SCANS / f"{recipe.stem}{recipe.suffix}"
    if rest and recipe.suffix not in {".pdf", ".tif"}:
        raise ValueError(f"{path.name} holds one page, {recipe.source} has {len(images)}: shorten it")
    more: dict[str, Any] = {"save_all": True, "append_images": rest} if recipe.suffix in {".pdf", ".tif"} else {}
    if recipe.suffix != ".png" and not bilevel:
        more["quality"] = 70 if dpi == 100 else 45
    if recipe.suffix == ".pdf":
        first.save(path, resolution=float(dpi), creationDate=EPOCH, modDate=EPOCH, **more)
    elif recipe.suffix == ".tif":
        first.save(path, dpi=(dpi, dpi), compression="group4" if bilevel else "jpeg", **more)
    elif recipe.suffix == ".png":
        first.save(path, dpi=(dpi, dpi), optimize=True)
    else:
        first.save(path, dpi=(dpi, dpi), **more)


def gold(table: dict[str, Any], d: Directive, pages: Sequence[SetPage]) -> dict[str, Any]:
    """The gold JSON of a document, in the form of the transcribed scans' gold."""
    lead = d.signers[0]
    given = table["gold"]
    fields = ("number", "doc_type", "issuer", "parent_issuer", "place", "date", "date_partial")
    return {
        **{name: given.get(name) for name in fields if name != "date_partial" or name in given},
        "title": plain(d.abstract or d.about),
        "signer_role": " ".join(lead.authority),
        "signer_name": lead.name,
        "signers": [{"role": " ".join(s.authority), "name": s.name} for s in reversed(d.signers)],
        "recipients": [name.rstrip(";,.") for name in d.recipients],
        "addressees": [name.rstrip(";,.") for name in d.addressees],
        "pages": len(pages),
        "references": list(_with_pages(table.get("references", []), pages)),
        "unnumbered_references": table.get("unnumbered", []),
        "dates": _dates(" ".join(page.text for page in pages)),
        "handwritten": [],
    }


def _with_pages(references: Sequence[dict[str, Any]], pages: Sequence[SetPage]) -> Iterator[dict[str, Any]]:
    """References with the page that each begins on; they are found in the order in which the source lists them."""
    texts = [" ".join(page.text.split()) for page in pages]
    page, start = 0, 0
    for reference in references:
        while (found := texts[page].find(reference["surface"], start)) < 0:
            page, start = page + 1, 0
        start = found + len(reference["surface"])
        optional = {"date": reference.get("date"), "issuer": reference.get("issuer")}
        yield {
            "page": page + 1,
            **{k: reference[k] for k in ("surface", "doc_type", "number")},
            **optional,
            "relation": reference["relation"],
        }


def _dates(text: str) -> list[str]:
    pattern = r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})|\b(\d{1,2})/(\d{1,2})/(\d{4})"
    parts = ([int(g) for g in match.groups() if g] for match in re.finditer(pattern, text))
    return [date(year, month, day).isoformat() for day, month, year in parts]


def garble(pages: Sequence[SetPage]) -> str:
    """What Tesseract's English model makes of the pages, as many lines as are printed."""
    rng = np.random.default_rng(7)
    return "\f".join(_garble_page(page, rng) for page in pages)


def _garble_page(page: SetPage, rng: np.random.Generator) -> str:
    dpi = 200
    pixels = jpeg(noise(blur(np.asarray(draw_page(page, dpi)), 0.8), 6.0, rng), 50)
    image, rows = Image.fromarray(pixels), []
    for number, block in enumerate(page.blocks):
        apart = number > 0 and "page-number" not in {block.zone, page.blocks[number - 1].zone}
        lines = _recognise(image.crop(_crop(block.lines, dpi)), 6)
        if len(lines) != len(block.lines):
            lines = [" ".join(_recognise(image.crop(_crop([line], dpi)), 7)) for line in block.lines]
        rows += ["", *lines] if apart else lines
    return "\n".join(rows) + "\n"


def _crop(lines: Sequence[Any], dpi: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = (value * dpi / POINTS for value in extent(lines))
    return round(left) - 8, round(top), round(right) + 8, round(bottom)


def _recognise(image: Image.Image, layout: int) -> list[str]:
    path = SCANS / ".garble.png"
    image.save(path, dpi=(200, 200))
    command = ["tesseract", str(path), "-", "-l", "eng", "--psm", str(layout)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    path.unlink()
    return [line for line in text.replace("\f", "").splitlines() if line.strip()]


def _write_gold(stem: str, found: dict[str, Any], pages: Sequence[SetPage]) -> None:
    (GOLD / f"{stem}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for number, page in enumerate(pages, 1):
        (GOLD / f"{stem}.p{number}.txt").write_text(page.text, encoding="utf-8")


def main() -> None:
    """Make every file anew."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--garble", action="store_true", help="recognise the garbled texts anew")
    again = parser.parse_args().garble
    SCANS.mkdir(exist_ok=True)
    GOLD.mkdir(exist_ok=True)
    for recipe in RECIPES:
        d, table = directive(recipe.source)
        pages = set_pages(d)
        write(recipe, list(scan(recipe, pages)))
        _write_gold(recipe.stem, gold(table, d, pages), pages)
    for name in GARBLED:
        d, table = directive(name)
        pages, stem = set_pages(d), f"{name}-garbled"
        if again:
            (SCANS / f"{stem}.txt").write_text(garble(pages), encoding="utf-8")
        (GOLD / f"{stem}.txt").write_text("\f".join(page.text for page in pages), encoding="utf-8")
        (GOLD / f"{stem}.json").write_text(
            json.dumps(gold(table, d, pages), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()

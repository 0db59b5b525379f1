"""What happens to a page between the printer and the archive: pure functions on images, chance given as a Generator.

Images are uint8 arrays, grey (height, width) or RGB (height, width, 3), ink 0 on paper 255.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ocr_pipeline.training.typesetting import POINTS, Style, font

Pixels = NDArray[np.uint8]
Damage = Callable[[Pixels, float, np.random.Generator], Pixels]
SEAL_RED: Final = (206, 32, 38)
SIGNING_BLUE: Final = (36, 58, 150)


def blur(image: Pixels, sigma: float) -> Pixels:
    """Out of focus by ``sigma`` pixels."""
    return _pixels(cv2.GaussianBlur(image, (0, 0), sigma))


def noise(image: Pixels, sigma: float, rng: np.random.Generator) -> Pixels:
    """The sensor's noise: normal, ``sigma`` grey levels, the same in all channels."""
    grain = rng.normal(0.0, sigma, image.shape[:2])
    return _pixels(image + (grain if image.ndim == 2 else grain[..., None]))


def tint(image: Pixels, paper: float, rng: np.random.Generator) -> Pixels:
    """Paper of grey level ``paper`` instead of white, darker towards one side, ink a little paler."""
    height, width = image.shape[:2]
    angle = rng.uniform(0, 2 * math.pi)
    slope = np.linspace(-1, 1, width)[None, :] * math.cos(angle) + np.linspace(-1, 1, height)[:, None] * math.sin(angle)
    light = paper / 255 + 0.02 * slope
    faded = image.astype(np.float64) * 0.88 + 255 * 0.12
    return _pixels(faded * (light if image.ndim == 2 else light[..., None]))


def skew(image: Pixels, degrees: float, paper: int = 255) -> Pixels:
    """Turned counter-clockwise about the middle, as a page that lay aslant on the glass."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    border = (paper,) * 3
    return _pixels(cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=border))


def jpeg(image: Pixels, quality: int) -> Pixels:
    """Through JPEG and back."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return _pixels(cv2.imdecode(data, cv2.IMREAD_UNCHANGED))


def resample(image: Pixels, factor: float) -> Pixels:
    """Scanned at another resolution, ``factor`` times this one."""
    height, width = image.shape[:2]
    size = (round(width * factor), round(height * factor))
    return _pixels(cv2.resize(image, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC))


def photocopy(image: Pixels, rng: np.random.Generator) -> Pixels:
    """A bilevel copy of a copy: ragged thin strokes, specks, a dark edge."""
    height, width = image.shape[:2]
    soft = blur(noise(image, 40.0, rng), 1.1)
    copied: Pixels = np.where(soft < 150, 0, 255).astype(np.uint8)
    for _ in range(rng.poisson(height * width / 60_000)):
        y, x = rng.integers(0, height), rng.integers(0, width)
        copied[y : y + rng.integers(1, 4), x : x + rng.integers(1, 4)] = 0
    ragged = rng.normal(width * 0.006, width * 0.001, height).clip(0).astype(int)
    copied[np.arange(width)[None, :] < ragged[:, None]] = 0
    return copied


def seal(image: Pixels, dpi: float, centre: tuple[float, float], text: str, rng: np.random.Generator) -> Pixels:
    """An RGB page with a round red seal (36 mm) around ``centre`` (points) and a signature in blue ink over it."""
    size = round(102 * dpi / POINTS)
    tilt = float(rng.uniform(-20, 20))
    stamp = np.asarray(_seal_mask(text, size, dpi).rotate(tilt, resample=Image.Resampling.BICUBIC), dtype=np.float64) / 255
    worn = blur(_pixels(rng.uniform(0, 255, stamp.shape)), dpi / 60).astype(np.float64)
    stamp *= np.clip(0.45 + (worn - worn.mean()) / (worn.std() + 1e-9) * 0.12 + 0.4, 0.3, 1.0)
    scale = dpi / POINTS
    page = _inked(_rgb(image), stamp, (centre[0] * scale - size * 0.62, centre[1] * scale - size / 2), SEAL_RED)
    hand = np.asarray(_signature_mask(size, dpi, rng), dtype=np.float64) / 255
    return _inked(page, hand, (centre[0] * scale - size * 0.45, centre[1] * scale - size * 0.4), SIGNING_BLUE)


def _rgb(image: Pixels) -> Pixels:
    return image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)


def _inked(page: Pixels, mask: NDArray[np.float64], corner: tuple[float, float], colour: tuple[int, int, int]) -> Pixels:
    """Colour laid over the page as ink does: it darkens, black letters beneath stay black."""
    x, y = max(0, round(corner[0])), max(0, round(corner[1]))
    part = page[y : y + mask.shape[0], x : x + mask.shape[1]].astype(np.float64)
    cover = mask[: part.shape[0], : part.shape[1], None]
    out = page.copy()
    out[y : y + part.shape[0], x : x + part.shape[1]] = _pixels(part * (1 - cover + cover * np.array(colour) / 255))
    return out


def _seal_mask(text: str, size: int, dpi: float) -> Image.Image:
    """The seal's print: two rings, a star, the text along the ring."""
    mask = Image.new("L", (size, size), 0)
    pen = ImageDraw.Draw(mask)
    middle, thick = size / 2, max(2, round(size / 60))
    for share, width in ((0.49, thick), (0.455, max(1, thick // 2)), (0.31, max(1, thick // 2))):
        pen.ellipse(
            [middle - share * size, middle - share * size, middle + share * size, middle + share * size], outline=255, width=width
        )
    pen.polygon(_star(middle, 0.19 * size), fill=255)
    step = 300 / max(len(text), 1)
    for number, letter in enumerate(text):
        angle = -150 + step * (number + 0.5)
        _letter_on_ring(mask, letter, angle, 0.375 * size, dpi * size / (102 * dpi / POINTS))
    return mask


def _letter_on_ring(mask: Image.Image, letter: str, angle: float, radius: float, dpi: float) -> None:
    box = round(dpi / 3)
    tile = Image.new("L", (box, box), 0)
    ImageDraw.Draw(tile).text((box / 2, box / 2), letter, fill=255, font=font(Style(9.0, bold=True), dpi), anchor="mm")
    turned = tile.rotate(-angle, resample=Image.Resampling.BICUBIC)
    x = mask.width / 2 + radius * math.sin(math.radians(angle)) - box / 2
    y = mask.height / 2 - radius * math.cos(math.radians(angle)) - box / 2
    mask.paste(255, (round(x), round(y)), turned)


def _star(middle: float, radius: float) -> list[tuple[float, float]]:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else 0.4 * radius
        angle = math.pi * corner / 5
        points.append((middle + reach * math.sin(angle), middle - reach * math.cos(angle)))
    return points


def _signature_mask(size: int, dpi: float, rng: np.random.Generator) -> Image.Image:
    """A scribble: a smooth stroke through random points from left to right."""
    width, height = round(size * 1.3), round(size * 0.6)
    knots = np.linspace(0.08, 0.92, 9) * width + rng.normal(0, width * 0.05, 9)
    heights = rng.uniform(0.1, 0.9, 9) * height
    along = np.linspace(0, 8, 240)
    smooth = np.hanning(41) / np.hanning(41).sum()
    x, y = (np.convolve(np.pad(np.interp(along, range(9), v), 20, mode="edge"), smooth, "valid") for v in (knots, heights))
    mask = Image.new("L", (width, height), 0)
    path = [(float(a), float(b)) for a, b in zip(x, y, strict=True)]
    ImageDraw.Draw(mask).line(path, fill=235, width=max(2, round(dpi / 70)), joint="curve")
    return mask


def _clean(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    return image


def _office_scan(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    turned = skew(image, float(rng.choice([-1, 1]) * rng.uniform(0.2, 0.5)))
    return jpeg(noise(tint(blur(turned, dpi / 300), 243.0, rng), 3.0, rng), 55)


def _skewed(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    turned = skew(image, float(rng.choice([-1, 1]) * rng.uniform(1.6, 2.6)))
    return jpeg(noise(tint(blur(turned, dpi / 330), 246.0, rng), 2.0, rng), 60)


def _low_resolution(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    return jpeg(noise(tint(resample(blur(image, dpi / 240), 100 / dpi), 246.0, rng), 2.0, rng), 70)


def _photocopied(image: Pixels, dpi: float, rng: np.random.Generator) -> Pixels:
    return photocopy(skew(image, float(rng.uniform(-0.4, 0.4))), rng)


# By name, as the samples call them. All keep the resolution but low_resolution, which leaves 100 dpi.
DAMAGES: Final[dict[str, Damage]] = {
    "clean": _clean,
    "office": _office_scan,
    "skewed": _skewed,
    "low_resolution": _low_resolution,
    "photocopy": _photocopied,
}


def _pixels(values: Any) -> Pixels:
    clipped: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return clipped

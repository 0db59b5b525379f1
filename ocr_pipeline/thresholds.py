"""What parts ink from paper, and print from the print of the other side."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
_LEAST: Final = 100
# Where so much more is grey than dark, the print of the other side shines through; of 81 pages of scans two have as much.
_SHINING: Final = 1.8


def ink_threshold(grey: Pixels) -> float:
    """Otsu's threshold of a page, not so low that a page without ink would be torn apart."""
    return max(float(cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[0]), _LEAST)


def print_threshold(grey: Pixels, white: int) -> float | None:
    """Otsu's threshold of all that is darker than ``white``, where print shines through from behind; None where none does."""
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()[:white].astype(np.float64)
    below, moment = np.cumsum(counts), np.cumsum(counts * np.arange(white))
    total = max(float(below[-1]), 1.0)
    weights = below * (total - below)
    apart = (float(moment[-1]) * below / total - moment) ** 2
    parting = int(np.divide(apart, weights, out=np.zeros(white), where=weights > 0).argmax())
    return float(parting) if total - below[parting] > _SHINING * below[parting] else None

"""A line of text as the network wants to see it: cut out, scaled to its height, black and white stretched.

As Tesseract does it (``Tesseract::GetRectImage``, ``Input::PrepareLSTMInputs``, ``NetworkIO::FromPixes``).
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.line_network.kernels.activation import POOL

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
# Below this scale the mean of an area is taken, above it neighbours are mixed; both are sharpened by so much.
_REDUCED: Final = 0.7
_SHARPER: Final = ((3, 0.2), (5, 0.4))
_NOT_SHARPER_ABOVE: Final = 1.4


def line_image(grey: Pixels, height: int) -> Floats:
    """The image at this height, its usual black as -1.0 and its usual white as 1.0."""
    scale = height / grey.shape[0]
    size = max(POOL, round(grey.shape[1] * scale)), height
    reduced = scale < _REDUCED
    scaled = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if reduced else cv2.INTER_LINEAR).astype(np.float32)
    if scale < _NOT_SHARPER_ABOVE:
        side, share = _SHARPER[0 if reduced else 1]
        scaled = np.clip(scaled + share * (scaled - cv2.blur(scaled, (side, side))), 0.0, 255.0)
    black, white = _black_and_white(scaled[height // 2])
    stretch = (white - black) / 2.0 if white > black else 1.0
    found: Floats = np.clip((scaled - black) / stretch - 1.0, -1.0, 1.0).astype(np.float32)
    return found


def _black_and_white(row: npt.NDArray[Any]) -> tuple[float, float]:
    """The quartiles of a row's dark and light extremes: a row through the middle of a line meets both."""
    before, here, after = row[:-2], row[1:-1], row[2:]
    dark = here[((here < before) & (here <= after)) | ((here <= before) & (here < after))]
    light = here[((here > before) & (here >= after)) | ((here >= before) & (here > after))]
    return _quantile(dark, 0.25, 0.0), _quantile(light, 0.75, 255.0)


def _quantile(values: npt.NDArray[Any], share: float, otherwise: float) -> float:
    return float(np.sort(values)[int(share * (len(values) - 1))]) if len(values) else otherwise

"""What stands between the matrix products of the network: the strokes of an image, and the gates of an LSTM."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

POOL: Final = 3
# Lambert's continued fraction of tanh, cut after its seventh part: right to a ten-thousandth, and one beyond this.
_ONE: Final = np.float32(4.97)
_A1, _A3, _A5 = np.float32(135135.0), np.float32(17325.0), np.float32(378.0)
_B2, _B4, _B6 = np.float32(62370.0), np.float32(3150.0), np.float32(28.0)
_HALF: Final = np.float32(0.5)
# Outputs lie between -1 and 1. They are kept in two bytes: so many are one, and zero is 128; what is left over, in so many parts.
ONE: Final = 127
ZERO: Final = 128
PARTS: Final = 128
_ONE_BYTE, _HALF_OF_BYTE = np.float32(ONE), np.float32(ONE / 2)
_PARTS: Final = np.float32(PARTS)
# Half of one more, because what is written is cut and not rounded.
_MIDDLE: Final = np.float32(ZERO + 0.5)
# A state that has grown beyond this stays there.
_MOST: Final = np.float32(100.0)


def over(x: Any) -> Any:
    """What stands over the line of ``tanh``."""
    x = min(max(x, -_ONE), _ONE)
    s = x * x
    return x * (_A1 + s * (_A3 + s * (_A5 + s)))


def under(x: Any) -> Any:
    """What stands under it."""
    x = min(max(x, -_ONE), _ONE)
    s = x * x
    return _A1 + s * (_B2 + s * (_B4 + s * _B6))


def tanh(x: Any) -> Any:
    """Hyperbolic tangent of a 4-byte number, by a rational function, so that many go at once."""
    return over(x) / under(x)


def twice_logistic(x: Any) -> Any:
    """Twice the logistic function of a 4-byte number, times what stands under the line of half of it."""
    return over(_HALF * x) + under(_HALF * x)


def byte(x: Any) -> Any:
    """The byte that stands for a number."""
    return np.uint8(x + _MIDDLE)


def rest(x: Any) -> Any:
    """What ``byte`` leaves, in parts of one."""
    return (x - np.floor(x + _HALF)) * _PARTS


def pass_gates(layer: tuple[Array, ...], at: int, step: int, count: int) -> int:
    """One step of an LSTM for the first ``count`` lines.

    ``layer`` is what the last outputs tell the gates, what the inputs do (from the row ``at`` on), what one is worth in both,
    the biases, the states, the last outputs, which are replaced, all outputs, of which ``[step]`` is written, and room for the
    gates of one line. What is told, and outputs, are of two bytes: [lines, 2, gates].
    """
    gates, inwards, scales, bias, state, last, outputs, sums = layer
    width = state.shape[1]
    for n in range(count):
        for k in range(4 * width):
            whole = (gates[n, 0, k] + inwards[at + n, 0, k]) * PARTS + gates[n, 1, k] + inwards[at + n, 1, k]
            sums[k] = np.float32(np.int32(whole)) * scales[k] + bias[k]
        for k in range(width):
            new, let_in, keep, let_out = sums[k], sums[width + k], sums[2 * width + k], sums[3 * width + k]
            # One division for the two curves of a product: it takes as long as all else.
            kept = state[n, k] * twice_logistic(keep) / under(_HALF * keep)
            taken = over(new) * twice_logistic(let_in) / (under(new) * under(_HALF * let_in))
            now = min(max(_HALF * (kept + taken), -_MOST), _MOST)
            state[n, k] = now
            sums[k] = over(now) * twice_logistic(let_out) / (under(now) * under(_HALF * let_out)) * _HALF_OF_BYTE
        for k in range(width):
            last[n, 0, k] = byte(sums[k])
            outputs[step, n, 0, k] = byte(sums[k])
        for k in range(width):
            last[n, 1, k] = byte(rest(sums[k]))
            outputs[step, n, 1, k] = byte(rest(sums[k]))
    return 0


def find_strokes(image: Array, weights: Array, bias: Array, found: Array, best: Array) -> int:
    """The greatest answers of the filters in each square of three by three pixels of an image with a rim of one.

    ``weights`` are nine taps, column by column, by filters; ``found`` is [rows, columns, 2, filters]; ``best`` has room for one.
    """
    filters = weights.shape[1]
    for column in range(found.shape[1]):
        for row in range(found.shape[0]):
            for f in range(filters):
                best[f] = np.float32(-1e30)
            for dx in range(POOL):
                for dy in range(POOL):
                    x, y = column * POOL + dx, row * POOL + dy
                    p0, p1, p2 = image[y, x], image[y + 1, x], image[y + 2, x]
                    p3, p4, p5 = image[y, x + 1], image[y + 1, x + 1], image[y + 2, x + 1]
                    p6, p7, p8 = image[y, x + 2], image[y + 1, x + 2], image[y + 2, x + 2]
                    for f in range(filters):
                        value = (
                            bias[f] + p0 * weights[0, f] + p1 * weights[1, f] + p2 * weights[2, f]
                            + p3 * weights[3, f] + p4 * weights[4, f] + p5 * weights[5, f]
                            + p6 * weights[6, f] + p7 * weights[7, f] + p8 * weights[8, f]
                        )  # fmt: skip
                        best[f] = max(best[f], value)
            for f in range(filters):
                best[f] = tanh(best[f]) * _ONE_BYTE
            for f in range(filters):
                found[row, column, 0, f] = byte(best[f])
            for f in range(filters):
                found[row, column, 1, f] = byte(rest(best[f]))
    return 0

"""Products of matrices of whole bytes, by onnxruntime: four times as fast as those of 4-byte numbers, and exact.

The model for onnxruntime is one node (``MatMulInteger``) and its matrix. It is written here after the format that ONNX
describes in ``onnx.proto``, of which it takes a dozen fields: the package ``onnx`` is needed to train models, not to run them.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import onnxruntime

from ocr_pipeline.line_network.kernels.activation import ONE, ZERO

Bytes = npt.NDArray[np.uint8]
Sums = npt.NDArray[np.int32]

# Kinds of numbers and versions, as ONNX numbers them.
_UINT8, _INT8, _INT32 = 2, 3, 6
_IR_VERSION, _OPERATORS = 8, 13
_HIGH_BIT: Final = 0x80
_QUIET: Final = 3
# Products of this many pairs of the greatest bytes do not fit into the 16 bits in which older processors add them.
_MANY: Final = 64


class Product:
    """Multiplies rows of outputs of a layer with one matrix [inputs, outputs] of whole bytes."""

    def __init__(self, matrix: npt.NDArray[np.int8]) -> None:
        self._session = _session(matrix, careful=_careless_is_wrong())
        self._binding = self._session.io_binding()

    def bind(self, rows: Bytes, sums: Sums) -> None:
        """Take ``rows`` [count, inputs] from now on, and write ``sums`` [count, outputs]; both contiguous."""
        for bind, name, array in ((self._binding.bind_input, "rows", rows), (self._binding.bind_output, "sums", sums)):
            bind(name, "cpu", 0, array.dtype, array.shape, array.ctypes.data)

    def __call__(self) -> None:
        """Multiply what is bound."""
        self._session.run_with_iobinding(self._binding)


def _session(matrix: npt.NDArray[np.int8], *, careful: bool) -> Any:
    options = onnxruntime.SessionOptions()
    # A batch has a process for each processor.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = _QUIET
    if careful:
        options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(_model(matrix), options, providers=["CPUExecutionProvider"])


@functools.cache
def _careless_is_wrong() -> bool:
    """Whether this processor loses the highest bits of great sums unless it is told not to, which is slower."""
    session = _session(np.full((_MANY, 1), ONE, np.int8), careful=False)
    (sums,) = session.run(None, {"rows": np.full((1, _MANY), ZERO + ONE, np.uint8)})
    return int(sums[0, 0]) != _MANY * ONE * ONE


def _model(matrix: npt.NDArray[np.int8]) -> bytes:
    inputs, outputs = matrix.shape
    node = b"".join([*(_field(1, name) for name in ("rows", "matrix", "zero")), _field(2, "sums"), _field(4, "MatMulInteger")])
    graph = b"".join(
        [
            _field(1, node),
            _field(2, "product"),
            _field(5, _tensor("matrix", _INT8, matrix)),
            _field(5, _tensor("zero", _UINT8, np.array(ZERO, np.uint8))),
            _field(11, _value("rows", _UINT8, inputs)),
            _field(12, _value("sums", _INT32, outputs)),
        ]
    )
    operators = _field(1, "") + _field(2, _OPERATORS)
    return _field(1, _IR_VERSION) + _field(8, operators) + _field(7, graph)


def _tensor(name: str, kind: int, values: npt.NDArray[Any]) -> bytes:
    sizes = b"".join(_field(1, size) for size in values.shape)
    return sizes + _field(2, kind) + _field(8, name) + _field(9, values.tobytes())


def _value(name: str, kind: int, width: int) -> bytes:
    """Rows of this width, however many."""
    shape = _field(1, _field(2, "count")) + _field(1, _field(1, width))
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, shape)))


def _field(number: int, value: int | str | bytes) -> bytes:
    """A field of a message in the format of protocol buffers: a whole number, or bytes behind their length.

    >>> _field(1, 300).hex(), _field(2, "ab").hex()
    ('08ac02', '12026162')
    """
    if isinstance(value, int):
        return _whole(number << 3) + _whole(value)
    data = value.encode() if isinstance(value, str) else value
    return _whole(number << 3 | 2) + _whole(len(data)) + data


def _whole(number: int) -> bytes:
    """Seven bits a byte, the lowest first; all but the last have the high bit set."""
    found = bytearray()
    while number >= _HIGH_BIT:
        found.append(number & (_HIGH_BIT - 1) | _HIGH_BIT)
        number >>= 7
    found.append(number)
    return bytes(found)

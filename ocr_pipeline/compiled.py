"""Machine code of the inner loops (folders ``kernels``): made once, kept as object files, loaded without the compiler.

numba takes more than a second to import and to wake. What it makes is an ordinary object file, which llvmlite alone loads
in milliseconds. The files lie beside the sources, or else in the user's cache; their names tell from what they were made:
the kernels' sources, the compiler, the processor, the types of the arguments. A read-only container has no place for
them, and there each process compiles anew.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any, Final

import llvmlite
import numpy as np
from llvmlite import binding as llvm

_TYPES: Final = {"i": ctypes.c_int64, "f": ctypes.c_double}
# numba's layout of an array argument: owner and parent, which are nobody, then these.
_ARRAY: Final = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p)
# No reference counts, no exceptions, no way in from Python: so that the code calls nothing but the mathematical library.
_OPTIONS: Final = {"error_model": "numpy", "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}


class Flat:
    """Arguments made ready once for many calls: arrays, numbers, and tuples of them."""

    def __init__(self, source: Any) -> None:
        self.source: Final = source
        self.values, self.kinds = _flat(source)


class Kernel:
    """A function of a folder ``kernels`` that runs as machine code; ``function`` is its plain twin, which tests compare with.

    Arguments have the same types in every call, and all arrays are contiguous; the answer is an integer.
    """

    def __init__(self, function: Callable[..., int]) -> None:
        assert isinstance(function, FunctionType)
        self.function: Final = function
        self._kinds: list[str] = []
        self.native: Callable[..., int] | None = None

    def __call__(self, *args: Any) -> int:
        """Run the machine code; TypeError where the arguments have other types than in the first call."""
        values: list[Any] = []
        kinds: list[str] = []
        for arg in args:
            more = (arg.values, arg.kinds) if isinstance(arg, Flat) else _flat(arg)
            values += more[0]
            kinds += more[1]
        if self.native is None:
            self.native, self._kinds = _loaded(self.function, args, kinds), kinds
        if kinds != self._kinds:
            raise TypeError(f"{self.function.__name__} was made for {self._kinds}, not {kinds}")
        answer, trouble = ctypes.c_int64(), ctypes.c_void_p()
        self.native(ctypes.byref(answer), ctypes.byref(trouble), *values)
        return answer.value


class Bound:
    """A kernel with its first argument made ready, for many calls that differ in whole numbers alone."""

    def __init__(self, kernel: Kernel, first: Any) -> None:
        self._kernel, self._first = kernel, Flat(first)
        self._answer, self._trouble = ctypes.c_int64(), ctypes.c_void_p()
        self._native: Callable[..., int] | None = None

    def __call__(self, *numbers: int) -> int:
        """Run the machine code."""
        if self._native is None:
            found = self._kernel(self._first, *numbers)
            where = ctypes.byref(self._answer), ctypes.byref(self._trouble)
            assert self._kernel.native
            # Values of ctypes' own are passed on without a look at each.
            kinds = [kind for one in self._first.kinds for kind in _types(one)]
            values = [kind(value) for kind, value in zip(kinds, self._first.values, strict=True)]
            self._native = functools.partial(self._kernel.native, *where, *values)
            return found
        self._native(*numbers)
        return self._answer.value


def _flat(arg: Any) -> tuple[list[Any], list[str]]:
    """The values that machine code takes for an argument, and their kinds."""
    if isinstance(arg, np.ndarray):
        if not arg.flags.c_contiguous:
            raise TypeError("machine code takes contiguous arrays only")
        values = [None, None, arg.size, arg.itemsize, arg.ctypes.data, *arg.shape, *arg.strides]
        return values, [f"{arg.dtype.str}x{arg.ndim}{'w' if arg.flags.writeable else 'r'}"]
    if isinstance(arg, tuple):
        parts = [_flat(part) for part in arg]
        return [v for values, _ in parts for v in values], [k for _, kinds in parts for k in kinds]
    return [arg], ["f" if isinstance(arg, float) else "i"]


def _loaded(function: FunctionType, args: tuple[Any, ...], kinds: list[str]) -> Callable[..., int]:
    """The function's machine code, from its file or else from the compiler."""
    kernels = Path(function.__code__.co_filename).parent
    name = f"{function.__name__}-{_origin(kernels, ' '.join(kinds))}.o"
    data = next((place.joinpath(name).read_bytes() for place in _places(kernels) if place.joinpath(name).is_file()), None)
    if data is None:
        data = _made(function, tuple(arg.source if isinstance(arg, Flat) else arg for arg in args))
        _keep(_places(kernels), name, data)
    symbol, _, code = data.partition(b"\n")
    engine = _engine()
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    types = [t for kind in kinds for t in _types(kind)]
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *types)
    return prototype(engine.get_function_address(symbol.decode()))


def _types(kind: str) -> list[Any]:
    if kind in _TYPES:
        return [_TYPES[kind]]
    return [*_ARRAY, *[ctypes.c_int64] * (2 * int(kind.partition("x")[2][0]))]


@functools.cache
def _engine() -> Any:
    # Older releases must be woken, later ones refuse to be.
    with contextlib.suppress(RuntimeError):
        llvm.initialize()
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def _origin(kernels: Path, kinds: str) -> str:
    """A digest of all that machine code depends on."""
    sources = b"".join(path.read_bytes() for path in sorted(kernels.glob("*.py")))
    told = f"{llvmlite.__version__} {sys.version_info[:2]} {llvm.get_host_cpu_name()} {kinds}"
    return hashlib.blake2b(sources + told.encode(), digest_size=10).hexdigest()


def _places(kernels: Path) -> Iterator[Path]:
    """Where object files may lie: beside the sources, then in the user's cache."""
    yield kernels / "__pycache__"
    cache = os.environ.get("XDG_CACHE_HOME")
    try:
        yield (Path(cache) if cache else Path.home() / ".cache") / "ocr_pipeline"
    except RuntimeError:
        return  # this user has no home


def _keep(places: Iterator[Path], name: str, data: bytes) -> None:
    """Write an object file, whole or not at all, to the first place where that is allowed."""
    for place in places:
        try:
            place.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=place, delete=False) as file:
                file.write(data)
            Path(file.name).replace(place / name)
        except OSError:
            continue
        return


def _made(function: Callable[..., int], args: tuple[Any, ...]) -> bytes:
    """The name of the function in its object file, and the file."""
    # Needed once in the life of an installation, and slow to import.
    import numba

    dispatcher = _with_callees(function)
    dispatcher.compile(tuple(map(numba.typeof, args)))
    result = dispatcher.overloads[dispatcher.signatures[0]]
    (code, _) = result.library.serialize_using_object_code()[2]
    return bytes(result.fndesc.llvm_func_name.encode() + b"\n" + code)


@functools.cache
def _with_callees(function: Callable[..., Any]) -> Any:
    """The function for the compiler, and so all plain functions that it calls."""
    import numba

    assert isinstance(function, FunctionType)
    names = dict(function.__globals__)
    for name in function.__code__.co_names:
        if isinstance(names.get(name), FunctionType):
            names[name] = _with_callees(names[name])
    return numba.njit(**_OPTIONS)(FunctionType(function.__code__, names, function.__name__))

"""Compiles the inner loops; the machine code is kept where the installation, or else the user, can write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """The function in machine code, cached on disk where any place for it is writable.

    numba tries the folder of the source, then the user's cache; a read-only container has neither, and there the code
    is compiled anew by each process instead of failing at import.
    """
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:
        return njit(nogil=True)(function)

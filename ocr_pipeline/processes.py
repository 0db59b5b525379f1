"""Worker processes: forked from a server that has loaded already what they need.

The server is a process of its own that does nothing else, so that no threads are about when it forks, whatever the program
that uses this library does. It can be started before there is work: it loads while the program itself does, and its workers
share what it has loaded.
"""

from __future__ import annotations

import functools
import os
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext


@functools.cache
def start_server() -> ForkServerContext:
    """The context of worker processes; their server is started with the environment of the first call."""
    # Threads of Tesseract's, OpenCV's and numpy's own would only fight the other workers for the same cores.
    for variable in ("OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    context = get_context("forkserver")
    context.set_forkserver_preload(["ocr_pipeline.preloaded"])
    forkserver.ensure_running()
    return context

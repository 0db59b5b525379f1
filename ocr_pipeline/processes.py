"""Worker processes: forked from a server that has imported already what they need.

The server is a process of its own that does nothing else, so that no threads are about when it forks, whatever the program
that uses this library does. It can be started before there is work: it imports while the program itself does.
"""

from __future__ import annotations

import functools
import os
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext


@functools.cache
def start_server() -> ForkServerContext:
    """The context of worker processes; their server is started with the environment of the first call."""
    # Tesseract's and OpenCV's own threads would only fight the other workers for the same cores.
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    context = get_context("forkserver")
    context.set_forkserver_preload(["ocr_pipeline.batch.worker"])
    forkserver.ensure_running()
    return context

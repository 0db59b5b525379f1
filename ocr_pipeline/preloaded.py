"""Imported by the server of worker processes, and by nobody else: what it loads, the workers forked from it have.

The recogniser is not among it: it depends on settings, and its libraries may have threads, which a fork would lose.
"""

from __future__ import annotations

import contextlib
import gc
import importlib

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import OcrPipelineError

# What is loaded stays: the collector need not go through it, now or later, when it would make each worker a copy of its own.
gc.disable()
# A worker says what is wrong with the dictionaries; the server has nobody to say it to.
with contextlib.suppress(OcrPipelineError):
    importlib.import_module("ocr_pipeline.batch.worker").warm_text(Dictionaries.load())
gc.freeze()
gc.enable()

"""``train``: build the binaries of ``dictionaries/``."""

from __future__ import annotations

import sys
from argparse import Namespace

from ocr_pipeline.settings import Settings
from ocr_pipeline.training import train_dictionaries


def run(arguments: Namespace, _: Settings) -> int:
    """Build the binaries of ``dictionaries/``, saying what is being done."""
    train_dictionaries(
        arguments.shared, arguments.out, only=arguments.only, pairs=arguments.pairs,
        progress=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    return 0

"""``extract``: text in, the document's JSON out."""

from __future__ import annotations

from argparse import Namespace

from ocr_pipeline.commands.console import input_text, print_bytes
from ocr_pipeline.composition import read_text
from ocr_pipeline.document import to_json
from ocr_pipeline.settings import Settings


def run(arguments: Namespace, settings: Settings) -> int:
    """Print the document's JSON."""
    text, name = input_text(arguments.file)
    print_bytes(to_json(read_text(text, name=name, settings=settings)))
    return 0

"""``schema``: the JSON Schema of a document or of a JSON line."""

from __future__ import annotations

from argparse import Namespace

from ocr_pipeline.commands.console import print_json
from ocr_pipeline.document import json_schema
from ocr_pipeline.exports import record_schema
from ocr_pipeline.settings import Settings


def run(arguments: Namespace, _: Settings) -> int:
    """Print the JSON Schema of a document or of a JSON line."""
    print_json(record_schema() if arguments.lines else json_schema())
    return 0

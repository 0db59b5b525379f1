"""``restore``: garbled text in, restored text out."""

from __future__ import annotations

from argparse import Namespace

import msgspec

from ocr_pipeline.commands.console import input_text, print_bytes, print_json
from ocr_pipeline.restoration import restore_and_explain
from ocr_pipeline.settings import Settings


def run(arguments: Namespace, settings: Settings) -> int:
    """Print the restored text, or with --explain its edits; as many lines out as in."""
    text, _ = input_text(arguments.file)
    restored = restore_and_explain(text, settings=settings)
    if arguments.explain:
        print_json(msgspec.to_builtins({"text": restored.text, "edits": restored.edits, "review": restored.review}))
    else:
        print_bytes(restored.text.encode("utf-8", "replace"))
    return 0

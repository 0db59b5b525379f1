"""What the commands share with the terminal: text in, bytes out, what is told beside them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from ocr_pipeline.errors import UsageError
from ocr_pipeline.plain_text import decode_text


def input_text(name: str) -> tuple[str, str]:
    """The text of a file or of stdin, and the name to show for it."""
    if name == "-":
        return decode_text(sys.stdin.buffer.read(), "stdin"), "stdin"
    try:
        return decode_text(Path(name).read_bytes(), name), Path(name).name
    except OSError as error:
        raise UsageError(f"{name} cannot be read ({error.strerror})", remedy="Check the path.") from error


def print_bytes(data: bytes) -> None:
    """UTF-8 whatever the terminal's locale says, so that a pipe gets the same bytes as a file."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def print_json(value: Any) -> None:
    """The value as JSON that a person can read."""
    print_bytes(json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")


def tell_conflicts(count: int) -> None:
    """Corrections that were left out, because something else stands in their place now."""
    if count:
        print(f"  {count} corrections hold no longer and were left out; `ocr-pipeline correct` lists them", file=sys.stderr)

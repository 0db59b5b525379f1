"""The program: ``ocr-pipeline``, ``python -m ocr_pipeline``.

``run`` needs worker processes in any case: what they have to load is being loaded while the command itself is.
"""

from __future__ import annotations

import importlib
import sys


def main() -> int:
    """Run the command of the command line and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["run"] and not any(argument.startswith("--ray") for argument in arguments):
        importlib.import_module("ocr_pipeline.processes").start_server()
    exit_code: int = importlib.import_module("ocr_pipeline.cli").main(arguments)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())

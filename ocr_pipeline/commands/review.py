"""``review``: serve the page on which a person checks what is doubtful."""

from __future__ import annotations

import contextlib
import getpass
import sys
from argparse import Namespace

from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.settings import Settings


def run(arguments: Namespace, settings: Settings) -> int:
    """Print the address, and serve until interrupted."""
    try:
        from ocr_pipeline.review import ReviewServer, Shelf
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"the review page needs {error.name}", remedy="Install it with `pip install 'ocr_pipeline[review]'`."
        ) from error
    shelf = Shelf(
        arguments.folder,
        who=arguments.who or _user(),
        settings=settings,
        check=arguments.check,
        share=arguments.share,
        seed=arguments.seed,
    )
    server = ReviewServer(shelf, arguments.sources, port=arguments.port)
    print(f"{len(shelf.queue())} documents; open {server.address}", file=sys.stderr)
    print("Stop with Ctrl+C. The address holds a key: whoever has it can read and correct.", file=sys.stderr, flush=True)
    with contextlib.suppress(KeyboardInterrupt):  # the way to stop it
        server.run()
    return 0


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return "?"

"""``link``: the documents of a folder and what they cite."""

from __future__ import annotations

import sys
from argparse import Namespace

from ocr_pipeline.citations import link_archive
from ocr_pipeline.settings import Settings


def run(arguments: Namespace, _: Settings) -> int:
    """Link the documents of a folder and say what was found."""
    done = link_archive(arguments.folder, arguments.out, top=arguments.top)
    print(
        f"{done.documents} documents cite {done.cited} in {done.citations} citations; {done.missing} are not held, "
        f"{done.contradictions} contradictions, {done.skipped} files passed over; results in {arguments.out}",
        file=sys.stderr,
    )
    return 0

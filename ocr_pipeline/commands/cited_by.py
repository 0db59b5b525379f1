"""``cited-by``: the documents that cite a number."""

from __future__ import annotations

import sys
from argparse import Namespace

from ocr_pipeline.commands.console import print_bytes, print_json
from ocr_pipeline.commands.search import NOTHING_FOUND
from ocr_pipeline.search import Citing, cited_by, printable
from ocr_pipeline.settings import Settings


def run(arguments: Namespace, _: Settings) -> int:
    """Print the documents, newest first; 1 where there is none."""
    found = cited_by(arguments.db, arguments.number, date=arguments.date, limit=arguments.limit)
    if arguments.json:
        print_json([citing._asdict() for citing in found])
    else:
        print_bytes("".join(_shown(citing) for citing in found).encode("utf-8", "replace"))
        print(f"{len(found)} documents cite {arguments.number}", file=sys.stderr)
    return 0 if found else NOTHING_FOUND


def _shown(citing: Citing) -> str:
    own = [citing.number or "(no number)", citing.doc_type, citing.date, citing.issuer]
    stated = [citing.cited_type, citing.cited_number, citing.cited_date, citing.cited_issuer]
    head = f"{citing.file}, page {citing.page}: {' | '.join(fact for fact in own if fact)}"
    told = f"{citing.relation}: {' | '.join(fact for fact in stated if fact)}, {citing.mentions} mentions"
    return f"{printable(head)}\n    {printable(told)}\n"

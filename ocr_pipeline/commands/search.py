"""``search``: pages by words and numbers."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from ocr_pipeline.commands.console import print_bytes, print_json
from ocr_pipeline.search import Filters, Hit, printable, search
from ocr_pipeline.settings import Settings

NOTHING_FOUND = 1


def run(arguments: Namespace, _: Settings) -> int:
    """Print the hits, best first; 1 where there is none, as grep does."""
    names = ("number", "doc_type", "issuer", "first_day", "last_day", "cited")
    filters = Filters(**{name: getattr(arguments, name) for name in names})
    hits = search(arguments.db, arguments.query, filters, limit=arguments.limit)
    if arguments.json:
        print_json([_built(hit) for hit in hits])
    else:
        print_bytes("".join(_shown(hit) for hit in hits).encode("utf-8", "replace"))
        print(_summary(len(hits), arguments.limit), file=sys.stderr)
    return 0 if hits else NOTHING_FOUND


def _shown(hit: Hit) -> str:
    """File and page, what the document is, and the words found between square brackets."""
    facts = [hit.number or "(no number)", hit.doc_type, hit.date, hit.issuer, None if hit.exact else "without marks"]
    head = f"{hit.file}, page {hit.source_page}: {' | '.join(fact for fact in facts if fact)}"
    return f"{printable(head)}\n    {hit.snippet.marked()}\n"


def _built(hit: Hit) -> dict[str, Any]:
    marks = [list(span) for span in hit.snippet.marks]
    return {**hit._asdict(), "snippet": {"text": hit.snippet.text, "marks": marks}}


def _summary(found: int, limit: int) -> str:
    if not found:
        return "nothing found; fewer words, or words without marks, find more"
    return f"{found} pages" + (" (there may be more: raise --limit)" if found == limit else "")

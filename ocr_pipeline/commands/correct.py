"""``correct``: write the documents of a folder as their patches make them."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from ocr_pipeline.archive import Skipped, read_folder
from ocr_pipeline.corrections import Conflict, apply_patch, load_patch, pair_rows, patch_path, write_pairs
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document
from ocr_pipeline.errors import UsageError
from ocr_pipeline.exports import rendered, write_atomically
from ocr_pipeline.passages import secrecy_of
from ocr_pipeline.settings import Settings

SOME_CONFLICTS = 1


def run(arguments: Namespace, _: Settings) -> int:
    """Write every document, corrected where a patch lies beside it; 0 only when every correction could be applied."""
    folder: Path = arguments.folder
    if arguments.out.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"{arguments.out} is the folder {folder} or lies in it", remedy="Name another folder with --out.")
    documents, corrections, rows, conflicts = 0, 0, [], list[tuple[str, Conflict]]()
    for filed in read_folder(folder, corrected=False):
        if isinstance(filed, Skipped):
            print(f"{filed.path}: passed over, no document ({filed.reason})", file=sys.stderr)
            continue
        patch = load_patch(patch_path(folder / filed.path))
        document = filed.document
        if patch:
            applied = apply_patch(document, patch)
            document = applied.document
            conflicts += [(filed.path, conflict) for conflict in applied.conflicts]
            corrections += len(patch.corrections)
            rows += list(pair_rows(document, patch))
        _write(document, arguments.out / filed.path.removesuffix(".json"), arguments.formats)
        documents += 1
    if arguments.pairs:
        print(f"{write_pairs(rows, arguments.pairs)} lines for training in {arguments.pairs}", file=sys.stderr)
    print(
        f"{documents} documents, {corrections} corrections, {len(conflicts)} conflicts; results in {arguments.out}",
        file=sys.stderr,
    )
    for path, conflict in conflicts:
        print(f"  {path}: {_told(conflict)}", file=sys.stderr)
    return SOME_CONFLICTS if conflicts else 0


def _write(document: Document, stem: Path, formats: Sequence[str]) -> None:
    """Each format at its place; what bears a mark of secrecy goes into none that is made for an index."""
    indexed = secrecy_of(document, Dictionaries.load()) is None
    for name, data in rendered(document, indexed, formats):
        write_atomically(stem.with_name(f"{stem.name}.{name}"), data)


def _told(conflict: Conflict) -> str:
    made = conflict.correction
    where = made.field or f"page {made.page}, line {made.line}"
    return f"{where}: {made.before!r} was to become {made.after!r}, but {conflict.found!r} stands there"

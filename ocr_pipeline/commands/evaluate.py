"""``evaluate``: figures against gold files."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from ocr_pipeline import evaluation
from ocr_pipeline.commands.console import input_text
from ocr_pipeline.errors import DamagedInput, UsageError
from ocr_pipeline.evaluation import Tally
from ocr_pipeline.settings import Settings

_GOLD_PAGE = re.compile(r"\.p(\d+)\.txt$")
_ARITY = {"text": 2, "edits": 3, "harm": 2, "legacy": 2, "refs": 2, "meta": 2}
_SCORES: Final[dict[str, Callable[..., Tally]]] = {
    "text": evaluation.score_text,
    "edits": evaluation.score_edits,
    "harm": evaluation.score_harm,
    "legacy": evaluation.score_legacy,
}


def run(arguments: Namespace, _: Settings) -> int:
    """Print pooled counts and figures of groups of files."""
    total = Tally()
    for group in _groups(arguments.kind, arguments.files):
        total.add(_score(arguments.kind, group, arguments.pages))
    shown = {**total.counts, **evaluation.figures(arguments.kind, total)}
    if arguments.json:
        print(json.dumps(shown, ensure_ascii=False))
    else:
        print(" ".join(f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in shown.items()))
    for error, count in total.errors.most_common(arguments.errors):
        print(count, error)
    return 0


def _groups(kind: str, files: Sequence[Path]) -> list[list[Path]]:
    if kind == "page":
        starts = [i for i, file in enumerate(files) if file.suffix == ".json"]
        if not starts or starts[0] != 0:
            raise UsageError("page takes DOC.json GOLD.pN.txt ..., repeated", remedy="Put the document first.")
        return [list(files[i:j]) for i, j in zip(starts, [*starts[1:], len(files)], strict=True)]
    size = _ARITY[kind]
    if len(files) % size:
        raise UsageError(f"{kind} takes files in groups of {size}", remedy="See ocr-pipeline evaluate --help.")
    return [list(files[i : i + size]) for i in range(0, len(files), size)]


def _score(kind: str, group: Sequence[Path], pages: frozenset[int]) -> Tally:
    texts = [input_text(str(file))[0] for file in group]
    if kind == "page":
        numbers = [int(m[1]) if (m := _GOLD_PAGE.search(file.name)) else 1 for file in group[1:]]
        return evaluation.score_page(_json(texts[0], group[0]), zip(numbers, texts[1:], strict=True))
    if kind == "refs":
        return evaluation.score_refs(_json(texts[0], group[0]), _json(texts[1], group[1]), pages)
    if kind == "meta":
        return evaluation.score_meta(_json(texts[0], group[0]), _json(texts[1], group[1]))
    return _SCORES[kind](*texts)


def _json(text: str, file: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DamagedInput(f"{file} is no JSON ({error})", remedy="Name the document's .json.") from error

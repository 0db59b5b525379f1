"""What each command does, once its arguments are parsed; returns the exit code."""

from __future__ import annotations

import functools
import json
import re
import sys
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ocr_pipeline import evaluation
from ocr_pipeline.batch import Outcome, collect_jobs, run_jobs
from ocr_pipeline.citations import link_archive
from ocr_pipeline.doctor import examine
from ocr_pipeline.document import json_schema, to_json
from ocr_pipeline.errors import DamagedInput, MissingDependency, UsageError
from ocr_pipeline.evaluation import Tally
from ocr_pipeline.exports import record_schema, write_document
from ocr_pipeline.pipeline import read_text
from ocr_pipeline.restoration import restore_and_explain
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import decode_text
from ocr_pipeline.training import train_dictionaries

SOME_FAILED = 1
_GOLD_PAGE = re.compile(r"\.p(\d+)\.txt$")
_ARITY = {"text": 2, "edits": 3, "harm": 2, "legacy": 2, "refs": 2, "meta": 2}


def run(arguments: Namespace, settings: Settings) -> int:
    """Read the inputs, with a line of progress a file; 0 only when every page of every file came out."""
    jobs = collect_jobs(arguments.inputs, arguments.out)
    started, pages, failed = time.monotonic(), 0, []
    write = functools.partial(write_document, formats=arguments.formats)
    for done, outcome in enumerate(run_jobs(jobs, settings, write, arguments.jobs), 1):
        pages += outcome.pages
        failed += [] if outcome.succeeded else [outcome]
        rate = 60 * pages / max(time.monotonic() - started, 1e-9)
        print(f"[{done}/{len(jobs)}] {_summary(outcome)}, {rate:.0f} pages/min", file=sys.stderr, flush=True)
    if not failed:
        print(f"{len(jobs)} files, {pages} pages: all read, results in {arguments.out}", file=sys.stderr)
        return 0
    print(f"{len(jobs)} files, {pages} pages: {len(failed)} files with problems:", file=sys.stderr)
    for outcome in failed:
        print(f"  {outcome.error or f'{outcome.job.path}: ' + '; '.join(outcome.problems)}", file=sys.stderr)
    return SOME_FAILED


def _summary(outcome: Outcome) -> str:
    if outcome.error:
        return f"{outcome.job.shown_path}: failed"
    problems = f", {len(outcome.problems)} with problems" if outcome.problems else ""
    return f"{outcome.job.shown_path}: {outcome.pages} pages{problems}, {outcome.seconds:.1f} s"


def _input_text(name: str) -> tuple[str, str]:
    """The text of a file or of stdin, and the name to show for it."""
    if name == "-":
        return decode_text(sys.stdin.buffer.read(), "stdin"), "stdin"
    try:
        return decode_text(Path(name).read_bytes(), name), Path(name).name
    except OSError as error:
        raise UsageError(f"{name} cannot be read ({error.strerror})", remedy="Check the path.") from error


def _print(data: bytes) -> None:
    """UTF-8 whatever the terminal's locale says, so that a pipe gets the same bytes as a file."""
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _print_json(value: Any) -> None:
    _print(json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")


def restore(arguments: Namespace, settings: Settings) -> int:
    """Print the restored text, or with --explain its edits; as many lines out as in."""
    text, _ = _input_text(arguments.file)
    restored = restore_and_explain(text, settings=settings)
    if arguments.explain:
        _print_json(msgspec.to_builtins({"text": restored.text, "edits": restored.edits, "review": restored.review}))
    else:
        _print(restored.text.encode("utf-8", "replace"))
    return 0


def extract(arguments: Namespace, settings: Settings) -> int:
    """Print the document's JSON."""
    text, name = _input_text(arguments.file)
    _print(to_json(read_text(text, name=name, settings=settings)))
    return 0


def schema(arguments: Namespace, _: Settings) -> int:
    """Print the JSON Schema of a document or of a JSON line."""
    _print_json(record_schema() if arguments.lines else json_schema())
    return 0


def doctor(_: Namespace, settings: Settings) -> int:
    """Print what was looked at; not 0 where something needed is missing."""
    checks = examine(settings)
    for check in checks:
        mark = "ok" if check.passed else "MISSING" if check.needed else "optional"
        print(f"{mark:9}{check.name:20}{check.found}" + (f"\n{'':29}-> {check.remedy}" if check.remedy else ""))
    return MissingDependency.exit_code if any(c.needed and not c.passed for c in checks) else 0


def train(arguments: Namespace, _: Settings) -> int:
    """Build the binaries of ``dictionaries/``, saying what is being done."""
    train_dictionaries(
        arguments.shared, arguments.out, only=arguments.only, progress=lambda line: print(line, file=sys.stderr, flush=True)
    )
    return 0


def link(arguments: Namespace, _: Settings) -> int:
    """Link the documents of a folder and say what was found."""
    done = link_archive(arguments.folder, arguments.out, top=arguments.top)
    print(
        f"{done.documents} documents cite {done.cited} in {done.citations} citations; {done.missing} are not held, "
        f"{done.contradictions} contradictions, {done.skipped} files passed over; results in {arguments.out}",
        file=sys.stderr,
    )
    return 0


def evaluate(arguments: Namespace, _: Settings) -> int:
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
    texts = [_input_text(str(file))[0] for file in group]
    if kind == "page":
        numbers = [int(m[1]) if (m := _GOLD_PAGE.search(file.name)) else 1 for file in group[1:]]
        return evaluation.score_page(_json(texts[0], group[0]), zip(numbers, texts[1:], strict=True))
    if kind == "refs":
        return evaluation.score_refs(_json(texts[0], group[0]), _json(texts[1], group[1]), pages)
    if kind == "meta":
        return evaluation.score_meta(_json(texts[0], group[0]), _json(texts[1], group[1]))
    score = {
        "text": evaluation.score_text,
        "edits": evaluation.score_edits,
        "harm": evaluation.score_harm,
        "legacy": evaluation.score_legacy,
    }[kind]
    return score(*texts)


def _json(text: str, file: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DamagedInput(f"{file} is no JSON ({error})", remedy="Name the document's .json.") from error

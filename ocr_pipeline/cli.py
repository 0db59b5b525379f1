"""The commands. Results go to stdout or files, progress and problems to stderr; only ``main`` makes exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from ocr_pipeline.errors import OcrPipelineError
from ocr_pipeline.evaluation import KINDS
from ocr_pipeline.exports import FORMATS, PDF_KINDS, PROFILES
from ocr_pipeline.settings import Settings

Command = Callable[[argparse.Namespace, Settings], int]
INTERRUPTED: Final = 130
# The settings that matter to text alone.
_TEXT_SETTINGS: Final = ("tone_style", "review_below")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; an expected problem is one line, never a traceback."""
    arguments = _parser().parse_args(argv)
    # The matrices are small: threads of numpy's own would wait for each other longer than they reckon.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        command: Command = importlib.import_module(f"ocr_pipeline.commands.{arguments.command.replace('-', '_')}").run
        return command(arguments, _settings(arguments))
    except OcrPipelineError as error:
        print(f"ocr-pipeline: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); point stdout elsewhere so that closing it is quiet too.
        sys.stdout = None
        return 1
    except KeyboardInterrupt:
        print("ocr-pipeline: interrupted; what was finished is kept", file=sys.stderr)
        return INTERRUPTED


def _settings(arguments: argparse.Namespace) -> Settings:
    given = {f.name: getattr(arguments, f.name) for f in fields(Settings) if getattr(arguments, f.name, None) is not None}
    return Settings(**given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ocr-pipeline", description="Scanned Vietnamese directives to text and data.")
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_run(commands)
    _add_text_commands(commands)
    _add_link(commands)
    _add_search(commands)
    _add_catalogue(commands)
    _add_pdf(commands)
    _add_review(commands)
    _add_evaluate(commands)
    _add_train(commands)
    _command(commands, "schema", "print the JSON Schema of a document").add_argument(
        "--lines", action="store_true", help="the schema of one JSON line instead"
    )
    _command(commands, "doctor", "say what is installed, what is missing and how to get it")
    return parser


class _Version(argparse.Action):
    """Print the version, which takes a while to find out."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(importlib.import_module("importlib.metadata").version("ocr_pipeline"))
        parser.exit()


def _command(commands: Any, name: str, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
    parser.set_defaults(command=name)
    return parser


def _add_run(commands: Any) -> None:
    parser = _command(commands, "run", "read files or folders and write one .json and one .txt a document")
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="PDF, image or text file, or a folder of them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    parser.add_argument("--jobs", type=_positive, default=1, metavar="N", help="worker processes (default 1)")
    _add_formats(parser)
    _add_batch(parser)
    _add_settings(parser, [f.name for f in fields(Settings)])
    parser = _command(commands, "status", "say how far a run is, what failed and what to type next")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder that run writes to")


def _add_batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--redo",
        choices=("failed", "all", "changed-settings"),
        help="read again what an earlier run into DIR has done: what failed, all, or what was read with other settings",
    )
    parser.add_argument(
        "--ray", metavar="ADDRESS", help="share the work over the Ray cluster at ADDRESS (auto, HOST:PORT), --jobs workers in all"
    )
    parser.add_argument("--watch", type=_positive, metavar="SECONDS", help="go on looking for new files until interrupted")
    parser.add_argument(
        "--on-secret",
        choices=("stop", "skip", "mark"),
        default="mark",
        help="documents marked MẬT, TỐI MẬT or TUYỆT MẬT: stop the run, write nothing of them, or write them with their mark, "
        "except the last, of which nothing is written (default mark)",
    )
    parser.add_argument("--include-secret", action="store_true", help="write all marked documents, and let them into JSON lines")


def _add_formats(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--formats",
        type=_formats,
        default=("json", "txt"),
        metavar="LIST",
        help=f"comma-separated, of {', '.join(FORMATS)} (default json,txt)",
    )


def _add_text_commands(commands: Any) -> None:
    parser = _command(commands, "restore", "restore garbled text, line by line, to stdout")
    parser.add_argument("file", metavar="FILE", help="UTF-8 text, or - for stdin")
    parser.add_argument("--explain", action="store_true", help="print the edits as JSON")
    _add_settings(parser, _TEXT_SETTINGS)
    parser = _command(commands, "extract", "read text, garbled or clean, and print the document's JSON")
    parser.add_argument("file", metavar="FILE", help="UTF-8 text, or - for stdin")
    _add_settings(parser, (*_TEXT_SETTINGS, "restore"))


def _add_link(commands: Any) -> None:
    parser = _command(commands, "link", "link the documents of a folder: who cites whom, what is missing or contradicts")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with the JSONs that run wrote")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for graph and report")
    parser.add_argument(
        "--top", type=_positive, default=100, metavar="N", help="entries of each list of the report (default 100)"
    )


def _add_search(commands: Any) -> None:
    parser = _command(commands, "index", "put the documents of a folder into a search index; again to bring it up to date")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with the JSONs that run wrote")
    parser.add_argument("--db", type=Path, metavar="FILE", help="the index, one SQLite file")
    parser.add_argument("--bulk", type=Path, metavar="OUT", help="write bulk files and template for OpenSearch, Elasticsearch")
    parser.add_argument("--index-name", default="directives", metavar="NAME", help="index named in them (default directives)")
    parser.add_argument("--include-secret", action="store_true", help="index documents marked MẬT, TỐI MẬT, TUYỆT MẬT too")
    parser = _command(commands, "search", "find pages by words, with or without marks, and by numbers of documents")
    parser.add_argument("query", metavar="QUERY", help='words, "phrases" in double quotes, numbers in any written form')
    _add_database(parser, 20)
    parser.add_argument("--number", metavar="NUMBER", help="only the document with this number")
    parser.add_argument("--type", dest="doc_type", metavar="TYPE", help="only documents of this type: name or code")
    parser.add_argument("--issuer", metavar="NAME", help="only documents whose issuer's name has these words, marks or none")
    parser.add_argument("--from", dest="first_day", metavar="DATE", help="only documents of this day, month or year, or later")
    parser.add_argument("--to", dest="last_day", metavar="DATE", help="only documents of this day, month or year, or earlier")
    parser.add_argument("--cited", metavar="NUMBER", help="only documents that cite this number")
    parser = _command(commands, "cited-by", "list the documents that cite a number")
    parser.add_argument("number", metavar="NUMBER", help="in any written form: 57-NQ/TW, 57/nq-tw, NQ 57")
    _add_database(parser, 100)
    parser.add_argument("--date", metavar="DATE", help="only citations of the document of this day, or of none stated")


def _add_catalogue(commands: Any) -> None:
    parser = _command(commands, "catalogue", "write the catalogue of a folder's documents as CSV or XLSX, doubtful cells marked")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with the JSONs that run wrote")
    parser.add_argument(
        "--profile", choices=PROFILES, required=True, help="columns: Party (24), State (7), EAD_doc of TT 05/2025"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the catalogue, .csv or .xlsx")
    _add_settings(parser, ("review_below",))


def _add_pdf(commands: Any) -> None:
    parser = _command(commands, "pdf", "write scans as searchable PDF/A: page images untouched, the restored text beneath")
    parser.add_argument("inputs", nargs="+", type=Path, metavar="INPUT", help="PDF or image, or a folder of them")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the PDFs")
    parser.add_argument("--jobs", type=_positive, default=1, metavar="N", help="worker processes (default 1)")
    parser.add_argument(
        "--kind", choices=PDF_KINDS, default="pdfa", help="pdfa, or pdf for what cannot become PDF/A (default pdfa)"
    )
    parser.add_argument(
        "--corrections",
        type=Path,
        metavar="DIR",
        help="folder in which documents were corrected: so they stand in the PDFs",
    )
    parser.add_argument("--drop-signatures", action="store_true", help="make unsigned copies of signed PDFs")
    parser.add_argument("--include-secret", action="store_true", help="make PDFs of documents with a mark of secrecy too")
    _add_settings(parser, [f.name for f in fields(Settings) if f.name not in ("words", "review_below")])


def _add_database(parser: argparse.ArgumentParser, limit: int) -> None:
    parser.add_argument("--db", type=Path, required=True, metavar="FILE", help="the index that `index` made")
    parser.add_argument("--limit", type=_positive, default=limit, metavar="N", help=f"at most so many (default {limit})")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_review(commands: Any) -> None:
    parser = _command(commands, "review", "serve a page, on this machine alone, on which a person checks what is doubtful")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with the JSONs that run wrote")
    parser.add_argument("--sources", type=Path, metavar="DIR", help="folder with the files that were read, to show their pages")
    parser.add_argument("--who", metavar="NAME", help="who corrects (default the name of the user)")
    parser.add_argument("--port", type=int, default=0, metavar="N", help="port to serve on (default any that is free)")
    parser.add_argument("--check", type=int, choices=(1, 2, 3), default=1, help="1: every document; 2, 3: a random sample")
    parser.add_argument("--share", type=float, default=0.1, metavar="X", help="share of the documents in a sample (default 0.1)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="seed of the sample (default 1)")
    _add_settings(parser, ("review_below",))
    parser = _command(commands, "correct", "write the documents of a folder with their corrections applied")
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder with the JSONs that run wrote, and the corrections")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the corrected documents")
    _add_formats(parser)
    parser.add_argument("--pairs", type=Path, metavar="FILE", help="write the corrected lines as pairs for training (.jsonl.xz)")


def _add_evaluate(commands: Any) -> None:
    parser = _command(commands, "evaluate", "score results against gold files")
    parser.add_argument("kind", choices=KINDS, help="what to score")
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="text: GOLD TEXT; edits: RAW GOLD TEXT; harm: CLEAN TEXT; "
        "legacy: TRUTH TEXT; refs, meta: GOLD.json DOC.json; page: DOC.json GOLD.pN.txt ...; all repeatable",
    )
    parser.add_argument("--pages", type=_numbers, default=frozenset(), metavar="LIST", help="refs: keep to these pages")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="print the N most frequent errors")
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_train(commands: Any) -> None:
    parser = _command(commands, "train", "build the dictionaries' binaries from corpora and aligned pairs")
    parser.add_argument("--shared", type=Path, required=True, metavar="DIR", help="folder with corpus/, ocr_pairs/ and lists/")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the binaries")
    parser.add_argument(
        "--pairs",
        nargs="+",
        type=Path,
        default=(),
        metavar="FILE",
        help="lines that correct --pairs wrote, for the channel",
    )
    parser.add_argument("--only", choices=("language-model", "channel", "sentence-model", "digits"), help="build one of them")


def _add_settings(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """One option a setting, generated from ``Settings``; None stands for 'not given'."""
    hints = get_type_hints(Settings)
    group = parser.add_argument_group("settings")
    for setting in fields(Settings):
        if setting.name not in names:
            continue
        flag, kind = "--" + setting.name.replace("_", "-"), hints[setting.name]
        options: dict[str, Any] = {"default": None, "help": f"{setting.metadata['help']} (default {setting.default})"}
        if kind is bool:
            options["action"] = argparse.BooleanOptionalAction
        elif get_args(kind):
            options["choices"] = get_args(kind)
        else:
            options |= {"type": kind, "metavar": kind.__name__.upper()}
        group.add_argument(flag, **options)


def _positive(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not a number from 1")
    return int(value)


def _numbers(value: str) -> frozenset[int]:
    return frozenset(_positive(part) for part in value.split(","))


def _formats(value: str) -> tuple[str, ...]:
    names = tuple(value.split(","))
    if unknown := [name for name in names if name not in FORMATS]:
        raise argparse.ArgumentTypeError(f"unknown format {unknown[0]!r}; there are {', '.join(FORMATS)}")
    return names

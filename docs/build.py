"""Writes docs/cli.md from the command line's own parser and the settings: `make docs`. Nothing is listed twice."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from ocr_pipeline.cli import _parser
from ocr_pipeline.settings import Settings

PAGE = Path(__file__).resolve().parent / "cli.md"


def commands() -> dict[str, argparse.ArgumentParser]:
    """The parser of each command by its name."""
    (choices,) = (a.choices for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    return dict(choices)


def page() -> str:
    """The whole page."""
    lines = ["# The commands", "", "Written by `make docs` from the commands' own help.", ""]
    for name, parser in commands().items():
        rows = list(_arguments(parser))
        lines += [f"## ocr-pipeline {name}", "", str(parser.description), ""]
        lines += ["| argument | meaning |", "|---|---|", *rows, ""] if rows else []
    lines += ["## Settings", "", "Options of the commands above, and the fields of `ocr_pipeline.Settings`.", ""]
    lines += ["| setting | option | default | meaning |", "|---|---|---|---|"]
    for field in fields(Settings):
        option = "--" + field.name.replace("_", "-")
        lines.append(f"| `{field.name}` | `{option}` | `{field.default}` | {_cell(field.metadata['help'])} |")
    return "\n".join(lines) + "\n"


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    settings = {field.name for field in fields(Settings)}
    for action in parser._actions:
        if action.dest in settings or action.dest == "help":
            continue
        shown = ", ".join(action.option_strings) or action.metavar or action.dest
        yield f"| `{shown}` | {_cell(action.help or '')} |"
    taken = [f"`--{a.dest.replace('_', '-')}`" for a in parser._actions if a.dest in settings]
    if taken:
        yield f"| settings | {', '.join(taken)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("%%", "%")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

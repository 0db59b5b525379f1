"""Writes docs/cli.md from the command line's own parser and the settings, docs/fields.md from the JSON Schema: `make docs`.

Nothing is listed twice; the words for the keys of the JSON are in docs/fields.tsv.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from ocr_pipeline.cli import _parser
from ocr_pipeline.document import json_schema
from ocr_pipeline.exports import record_schema
from ocr_pipeline.settings import Settings

DOCS = Path(__file__).resolve().parent
PAGE = DOCS / "cli.md"
FIELDS_PAGE = DOCS / "fields.md"
WORDS = DOCS / "fields.tsv"


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


def words() -> dict[tuple[str, str], tuple[str, str]]:
    """What each key of each record means, in English and in Vietnamese."""
    rows = [line.split("\t") for line in WORDS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {(record, key): (english, vietnamese) for record, key, english, vietnamese in rows[1:]}


def records() -> dict[str, dict[str, Any]]:
    """The records of a document's JSON and of a JSON line, by name; the document first."""
    found = {**json_schema()["$defs"], **record_schema()["$defs"]}
    return {name: record for name, record in found.items() if record.get("properties")}


def fields_page() -> str:
    """The page of all keys, both languages side by side."""
    known = words()
    lines = ["# Every key of the JSON · Mọi trường của JSON", "", "Written by `make docs` from the JSON Schema.", ""]
    lines += ["How spans, lines and boxes count: [json.md](json.md).", ""]
    for name, record in records().items():
        lines += [f"## {name}", "", str(record.get("description", "")).replace("``", "`").split("\n")[0], ""]
        lines += ["| key | form | meaning | ý nghĩa |", "|---|---|---|---|"]
        for key, schema in record["properties"].items():
            english, vietnamese = known.get((name, key)) or known["*", key]
            lines.append(f"| `{key}` | {_cell(_form(schema))} | {_cell(english)} | {_cell(vietnamese)} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _form(schema: dict[str, Any]) -> str:
    """The form of a value in a word or two: string, integer or null, list of Line ..."""
    if "anyOf" in schema:
        return " or ".join(_form(part) for part in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#{name.lower()})" if name in records() else name
    if schema.get("type") == "array":
        return f"list of {_form(schema['items'])}"
    if "enum" in schema:
        return ", ".join(f'"{value}"' if "," in str(value) else str(value) for value in schema["enum"])
    inner = schema.get("additionalProperties")
    return f"by name: {_form(inner)}" if isinstance(inner, dict) and inner else str(schema.get("type", "any"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    FIELDS_PAGE.write_text(fields_page(), encoding="utf-8")

"""What the documentation says is so: commands, settings, keys, examples and links."""

from __future__ import annotations

import doctest
import importlib
import importlib.util
import re
import shlex
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest

from ocr_pipeline.cli import _parser
from ocr_pipeline.document import json_schema
from ocr_pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]


def _build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_commands_is_up_to_date() -> None:
    """Nobody has changed a command, an option or a setting without `make docs`."""
    assert _build().page() == (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


def test_every_key_has_words_in_both_languages() -> None:
    """Each key of each record has a row in docs/fields.tsv, and each row a key; then `make docs`."""
    build = _build()
    words = build.words()
    keys = {(name, key) for name, record in build.records().items() for key in record["properties"]}

    assert sorted(k for k in keys if k not in words and ("*", k[1]) not in words) == []
    assert sorted(k for k in words if k[0] != "*" and k not in keys) == []
    assert all(text.strip() for row in words.values() for text in row)


def test_the_page_of_keys_is_up_to_date() -> None:
    """Nobody has changed a record of the JSON, or the words for it, without `make docs`."""
    assert _build().fields_page() == (ROOT / "docs" / "fields.md").read_text(encoding="utf-8")


def test_readme_names_every_command() -> None:
    """Each command has its row."""
    missing = [name for name in _build().commands() if f"ocr-pipeline {name}" not in README]

    assert missing == []


def test_every_setting_says_what_it_does() -> None:
    """No setting without help."""
    assert [field.name for field in fields(Settings) if not field.metadata.get("help")] == []


@pytest.mark.parametrize("line", sorted(set(re.findall(r"\.venv/bin/ocr-pipeline ([^`\n]+)", README))))
def test_commands_in_the_readme_can_be_typed(line: str) -> None:
    """The parser takes each of them, and the files that they name are there."""
    arguments = _parser().parse_args(shlex.split(line))

    named = [word for word in shlex.split(line) if word.startswith("samples/")]
    assert callable(importlib.import_module(f"ocr_pipeline.commands.{arguments.command.replace('-', '_')}").run)
    assert [word for word in named if not (ROOT / word).exists()] == []


def test_make_targets_in_the_readme_exist() -> None:
    """Each `make something` is a target with a line of help."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))

    assert set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", README, re.MULTILINE))
    assert {a or b for a, b in re.findall(r"^make ([a-z]+)|`make ([a-z]+)`", README, re.MULTILINE)} <= targets


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_examples_in_the_readme_run(block: str) -> None:
    """Typed in, each example prints what it says."""
    test = doctest.DocTestParser().get_doctest(block, {}, "README", "README.md", 0)
    failures, attempted = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)

    assert attempted > 0
    assert failures == 0


def test_every_key_of_the_json_is_documented() -> None:
    """Each property of each record stands in docs/json.md between backticks."""
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    keys = {key for record in json_schema()["$defs"].values() for key in record.get("properties", {})}

    assert sorted(key for key in keys if not re.search(rf"`(?:\w+\[\]\.)?{key}`", page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []

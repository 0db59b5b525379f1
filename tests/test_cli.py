"""The commands as a user types them: results on stdout or in files, problems on stderr, exit codes that tell."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ocr_pipeline import cli
from ocr_pipeline.document import json_schema
from ocr_pipeline.errors import DamagedInput, InputError, UsageError
from ocr_pipeline.exports import record_schema
from ocr_pipeline.recognition import installed_models

ROOT = Path(__file__).resolve().parents[1]
SCANS, GOLD = ROOT / "samples" / "scans", ROOT / "samples" / "gold"
GARBLED = SCANS / "cong-van-garbled.txt"
MODELS = installed_models()
needs_tesseract = pytest.mark.skipif(
    not any(m == "vie" or m.endswith("Vietnamese") for m in MODELS), reason="no Vietnamese model of Tesseract here"
)


def _run(*arguments: str | Path) -> int:
    return cli.main([str(a) for a in arguments])


@pytest.mark.parametrize("text", ["Nghi quyét s6 57-NQ/TW\n\ncua B6 Chinh tri", "a\n", "\n\n", ""])
def test_restore_gives_as_many_lines_as_it_gets(
    text: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """From stdin to stdout, blank lines and the end of the last line kept."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    assert _run("restore", "-") == 0
    assert capfd.readouterr().out.count("\n") == text.count("\n")


def test_restore_explains(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each edit says what stood where, what stands there now, by which rule and how surely."""
    file = tmp_path / "a.txt"
    file.write_text("Nghi quyét s6 57-NQ/TW", encoding="utf-8")

    assert _run("restore", file, "--explain") == 0
    shown = json.loads(capfd.readouterr().out)
    assert shown["text"] == "Nghị quyết số 57-NQ/TW"
    assert {"before", "after", "span", "rule", "confidence"} <= set(shown["edits"][0])


def test_extract_prints_a_valid_document(capfd: pytest.CaptureFixture[str]) -> None:
    """Garbled text in, JSON that an independent validator accepts out."""
    assert _run("extract", GARBLED) == 0
    built = json.loads(capfd.readouterr().out)
    jsonschema.Draft202012Validator(json_schema()).validate(built)
    assert built["source"]["name"] == GARBLED.name


def test_schemas_are_schemas(capfd: pytest.CaptureFixture[str]) -> None:
    """Both printed schemas are valid ones, and the ones that the library gives."""
    for flags, expected in ((["schema"], json_schema()), (["schema", "--lines"], record_schema())):
        assert _run(*flags) == 0
        shown = json.loads(capfd.readouterr().out)
        jsonschema.Draft202012Validator.check_schema(shown)
        assert shown == json.loads(json.dumps(expected))


def test_evaluate_counts_errors(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Gold against itself is without error, against the garbled text it is not; --errors shows what went wrong."""
    gold = GOLD / "cong-van-garbled.txt"

    assert _run("evaluate", "text", gold, gold, "--json") == 0
    assert json.loads(capfd.readouterr().out)["cer"] == 0
    assert _run("evaluate", "text", gold, GARBLED, "--errors", "3") == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) == 4


def test_doctor_names_what_it_found(capfd: pytest.CaptureFixture[str]) -> None:
    """Every check has a line; the exit code is 0 only where nothing needed is missing."""
    code = _run("doctor")
    shown = capfd.readouterr().out
    for name in ("dictionaries", "full-text search", "ocrmypdf", "starlette"):
        assert name in shown
    assert (code == 0) == ("MISSING" not in shown)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["restore", "nowhere.txt"], UsageError.exit_code, "nowhere.txt cannot be read"),
        (["extract", "nowhere.txt"], UsageError.exit_code, "nowhere.txt cannot be read"),
        (["evaluate", "text", str(GARBLED)], UsageError.exit_code, "groups of 2"),
        (["evaluate", "meta", str(GARBLED), str(GARBLED)], DamagedInput.exit_code, "is no JSON"),
        (["run", "nowhere.pdf", "--out", "out"], UsageError.exit_code, "nowhere.pdf"),
        (["link", "nowhere", "--out", "out"], UsageError.exit_code, "nowhere"),
    ],
)
def test_expected_problems_are_one_line(
    arguments: list[str], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """No traceback: what happened, to which file, what to do; and nothing on stdout."""
    monkeypatch.chdir(tmp_path)

    assert _run(*arguments) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_text_that_is_a_picture_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """``restore`` and ``extract`` take text; a PDF or an image is named as such."""
    file = tmp_path / "a.txt"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)

    assert _run("restore", file) == InputError.exit_code
    assert "a.txt" in capfd.readouterr().err


@pytest.mark.parametrize("bad", [["run"], ["frobnicate"], ["run", "a", "--out", "b", "--jobs", "0"]])
def test_what_is_put_wrongly_is_told_with_usage(bad: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    """Argument errors leave with 2, as on every command line."""
    with pytest.raises(SystemExit) as leaving:
        _run(*bad)
    assert leaving.value.code == UsageError.exit_code
    assert "usage:" in capfd.readouterr().err


@needs_tesseract
def test_from_scans_to_files_with_the_real_recogniser(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A scan, a PDF, a text and a ruined file in one run: three documents come out, the fourth is told, the exit says so."""
    folder = tmp_path / "hộp 1"
    (folder / "con").mkdir(parents=True)
    for name in ("chi-thi-100dpi.jpg", "quyet-dinh-seal.pdf", "cong-van-garbled.txt"):
        shutil.copy(SCANS / name, folder)
    (folder / "con" / "hỏng.pdf").write_bytes((SCANS / "quyet-dinh-seal.pdf").read_bytes()[:3000])
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    assert _run("run", folder, "--out", tmp_path / "ra") != 0
    err = capfd.readouterr().err
    made = sorted(p.name for p in (tmp_path / "ra").rglob("*.json"))
    documents: dict[str, Any] = {p.stem: json.loads(p.read_bytes()) for p in (tmp_path / "ra").glob("*.json")}
    for built in documents.values():
        jsonschema.Draft202012Validator(json_schema()).validate(built)
    assert {"chi-thi-100dpi.json", "quyet-dinh-seal.json", "cong-van-garbled.json"} <= set(made)
    assert "hỏng.pdf" in err
    assert "Traceback" not in err
    assert documents["chi-thi-100dpi"]["metadata"]["doc_type"] == "Chỉ thị"
    assert documents["chi-thi-100dpi"]["pages"][0]["text_source"] == "ocr"
    assert (tmp_path / "ra" / "quyet-dinh-seal.txt").read_text(encoding="utf-8") == documents["quyet-dinh-seal"]["text"] + "\n"
    assert {p: p.read_bytes() for p in before} == before


def test_the_reader_of_the_output_may_leave() -> None:
    """``| head`` ends the command quietly."""
    command = f'"{sys.executable}" -m ocr_pipeline schema | head -c 1'
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""

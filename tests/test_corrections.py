"""Corrections: a patch applied leaves a document in which everything points back, and nothing is applied in the wrong place."""

from __future__ import annotations

import itertools
import json
import lzma
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recording import SCANS, Replay

from ocr_pipeline import Document, apply_edits, from_json, read, read_text, to_json
from ocr_pipeline.archive import Filed, Skipped, read_folder
from ocr_pipeline.citations.archive import Held, read_archive
from ocr_pipeline.cli import main
from ocr_pipeline.corrections import (
    Check,
    Correction,
    Patch,
    apply_patch,
    field_names,
    field_value,
    load_patch,
    load_patches,
    pair_rows,
    patch_path,
    save_patch,
    write_pairs,
)
from ocr_pipeline.corrections.lines import changes, corrected_line
from ocr_pipeline.document import Edit, Line, Span, Word
from ocr_pipeline.errors import InputError, OutputError, UsageError
from ocr_pipeline.exports.bulk import write_bulk
from ocr_pipeline.search import index_folder, search

WORDS = ("Nghị", "quyết", "số", "57-NQ/TW", "ngày", "22/12/2024", "của", "Bộ", "Chính", "trị", "s6", "Nghi", "quyét", "")


@pytest.fixture(scope="module")
def garbled() -> Document:
    """A garbled letter, with many edits and doubts."""
    return read(SCANS / "cong-van-garbled.txt")[0]


@pytest.fixture(scope="module")
def scanned() -> Document:
    """A scan whose number and day are blank, with words and boxes."""
    return read(SCANS / "chi-thi-100dpi.jpg", engine=Replay("chi-thi-100dpi"))[0]


def _line_change(document: Document, number: int, after: str, span: Span | None = None, page: int = 1) -> Correction:
    before = document.pages[page - 1].lines[number - 1].text
    return _correction(page=page, line=number, span=span, before=before, after=after)


def _correction(**what: object) -> Correction:
    return Correction(**{"who": "An", "when": "2026-11-25T08:00:00Z", "page": 1, **what})  # type: ignore[arg-type]


def _patch(document: Document, *corrections: Correction) -> Patch:
    return Patch(document=document.id, corrections=corrections)


def _assert_points_back(document: Document) -> None:
    """Every span holds its text, every edit replays."""
    assert document.text.split("\f") == [document.text[slice(*page.span)] for page in document.pages]
    for page in document.pages:
        for number, line in enumerate(page.lines, 1):
            assert line.span is None or line.text == document.text[slice(*line.span)]
            assert all(0 <= w.start < w.end <= len(line.text) for w in line.words)
            edits = [e for e in document.edits if (e.page, e.line) == (page.number, number)]
            assert line.text == apply_edits(line.raw, edits)
            assert all(e.before == line.raw[slice(*e.span)] for e in edits)
    for mention in (m for r in document.references for m in r.mentions):
        assert mention.surface == document.text[slice(*mention.span)]
    assert all(d.surface == document.text[slice(*d.span)] for d in document.dates)


# --- one line


@given(st.lists(st.sampled_from(WORDS), max_size=7), st.lists(st.sampled_from(WORDS), max_size=7))
def test_changes_make_the_new_line_of_the_old_one(old: list[str], new: list[str]) -> None:
    """Applied from the left they give it; no two touch; each replaces something by something else."""
    before, after = " ".join(old), " ".join(new)
    found = changes(before, after)
    text, at = "", 0
    for change in found:
        text += before[at : change.start] + change.after
        at = change.end

    assert after == text + before[at:]
    assert all(a.end < b.start for a, b in itertools.pairwise(found))
    assert all(before[c.start : c.end] != c.after for c in found)


@given(st.lists(st.tuples(st.sampled_from(WORDS[:-1]), st.sampled_from(WORDS)), max_size=7), st.lists(st.sampled_from(WORDS)))
def test_a_corrected_line_replays_from_its_raw_text(pairs: list[tuple[str, str]], new: list[str]) -> None:
    """Whatever restoration had done, the edits make the person's text of the raw line, and words lie in it in order."""
    edits, raw, at, words = [], " ".join(before for before, _ in pairs), 0, []
    for before, after in pairs:
        if before != after:
            edits.append(
                Edit(page=1, line=1, span=Span(at, at + len(before)), before=before, after=after, rule="r", confidence=0.5)
            )
        at += len(before) + 1
    old = apply_edits(raw, edits)
    for token in old.split():
        start = old.index(token, words[-1].end if words else 0)
        words.append(Word(start, start + len(token), 10 * start, 0, 10 * (start + len(token)), 20, 0.5))
    line, redone = corrected_line(Line(text=old, raw=raw, words=tuple(words)), edits, " ".join(new), 1, 1)

    assert " ".join(new) == line.text == apply_edits(raw, redone)
    assert all(e.before == raw[slice(*e.span)] and e.before != e.after for e in redone)
    assert all(a.end <= b.start for a, b in itertools.pairwise(line.words))
    assert all(0 <= w.start < w.end <= len(line.text) for w in line.words)


def test_edits_that_no_change_touches_stay_as_they_were() -> None:
    """Only the corrected word bears the person's rule; the others keep rule and confidence."""
    edits = [
        Edit(page=1, line=1, span=Span(0, 4), before="Nghi", after="Nghị", rule="syllable", confidence=0.7),
        Edit(page=1, line=1, span=Span(5, 10), before="quyét", after="quyệt", rule="syllable", confidence=0.6),
    ]
    _, redone = corrected_line(Line(text="Nghị quyệt", raw="Nghi quyét"), edits, "Nghị quyết", 1, 1)

    assert edits[0] == redone[0]
    assert ("quyét", "quyết", "corrected", 1.0) == (redone[1].before, redone[1].after, redone[1].rule, redone[1].confidence)


def test_a_word_given_back_as_recognised_leaves_no_edit() -> None:
    """Who undoes an edit of restoration leaves the raw text alone."""
    edit = Edit(page=1, line=1, span=Span(0, 2), before="CV", after="CỤ", rule="syllable", confidence=0.7)
    line, redone = corrected_line(Line(text="CỤ số", raw="CV số"), [edit], "CV số", 1, 1)

    assert ("CV số", []) == (line.text, redone)


def test_joined_words_share_a_box() -> None:
    """Two words that became one have the box around both; the third keeps its own."""
    words = (Word(0, 3, 0, 0, 30, 20, 0.9), Word(4, 7, 40, 0, 70, 20, 0.6), Word(8, 10, 80, 0, 99, 20, 0.8))
    line, _ = corrected_line(Line(text="quy ếtt số", raw="quy ếtt số", words=words), [], "quyết số", 1, 1)

    assert (Word(0, 5, 0, 0, 70, 20, 1.0), Word(6, 8, 80, 0, 99, 20, 0.8)) == line.words


# --- a document


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_after_any_corrections_everything_points_back(garbled: Document, data: st.DataObject) -> None:
    """Random lines rewritten, some twice; the patch applied again, or to the corrected document, changes nothing."""
    corrections = []
    for number in data.draw(st.lists(st.integers(1, len(garbled.pages[0].lines)), min_size=1, max_size=4, unique=True)):
        at = garbled.pages[0].lines[number - 1].text
        for _ in range(data.draw(st.integers(1, 2))):
            tokens = at.split(" ")
            tokens[data.draw(st.integers(0, len(tokens) - 1))] = data.draw(st.sampled_from(WORDS))
            corrections.append(_correction(line=number, before=at, after=" ".join(tokens)))
            at = " ".join(tokens)
    patch = _patch(garbled, *corrections)
    applied = apply_patch(garbled, patch)

    assert applied.conflicts == ()
    _assert_points_back(applied.document)
    for correction in corrections:
        final = next(c.after for c in reversed(corrections) if c.line == correction.line)
        assert final == applied.document.pages[0].lines[(correction.line or 1) - 1].text
    assert applied == apply_patch(applied.document, patch)
    assert applied.document == from_json(to_json(applied.document))


def test_an_empty_patch_changes_nothing(garbled: Document, scanned: Document) -> None:
    """The same document comes back."""
    assert garbled == apply_patch(garbled, _patch(garbled)).document
    assert scanned == apply_patch(scanned, _patch(scanned)).document


def test_words_of_a_scan_keep_their_boxes(scanned: Document) -> None:
    """A letter added to one word of a line leaves every word of the line in its box."""
    number, line = next((i, line) for i, line in enumerate(scanned.pages[0].lines, 1) if len(line.words) > 6)
    first = line.text.split(" ")[0]
    after = line.text.replace(first, f"{first}x", 1)
    corrected = apply_patch(scanned, _patch(scanned, _line_change(scanned, number, after))).document

    assert after == corrected.pages[0].lines[number - 1].text
    assert [w[2:6] for w in line.words] == [w[2:6] for w in corrected.pages[0].lines[number - 1].words]
    assert corrected.pages[0].lines[number - 1].words[0].confidence == 1.0
    _assert_points_back(corrected)


def test_references_follow_the_text() -> None:
    """A number put right in its line is cited as it now stands, and no other way."""
    document = read_text("Căn cứ Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị;")
    after = document.text.replace("57-NQ", "59-NQ").replace("22/12", "24/01")
    corrected = apply_patch(document, _patch(document, _line_change(document, 1, after))).document

    assert ["59-NQ/TW"] == [r.number for r in corrected.references]
    assert ["2024-01-24"] == [r.date for r in corrected.references] == [d.iso for d in corrected.dates]


def test_a_correction_of_what_no_longer_stands_there_is_a_conflict(garbled: Document) -> None:
    """It is told with what was found; the others are applied all the same."""
    stale = _correction(line=2, before="một dòng khác", after="một dòng mới")
    good = _correction(field="place", before=garbled.metadata.place, after="Hải Phòng")
    nowhere = _correction(line=4000, before="a", after="b")
    applied = apply_patch(garbled, _patch(garbled, stale, good, nowhere))

    assert [(stale, garbled.pages[0].lines[1].text), (nowhere, None)] == [(c.correction, c.found) for c in applied.conflicts]
    assert garbled.text == applied.document.text
    assert applied.document.metadata.place == "Hải Phòng"


def test_a_broken_chain_is_not_applied_in_part(garbled: Document) -> None:
    """The first of two corrections still fits, the second was made of another text: the line stays as it was."""
    line = garbled.pages[0].lines[1].text
    first, second = _correction(line=2, before=line, after="một"), _correction(line=2, before="hai", after="ba")
    applied = apply_patch(garbled, _patch(garbled, first, second))

    assert [second] == [c.correction for c in applied.conflicts]
    assert garbled == applied.document


@pytest.mark.parametrize("after", ["hai\ndòng", "sang\ftrang", "hai\u2028dòng", "cuối\n"])
def test_a_line_stays_one_line(garbled: Document, after: str) -> None:
    """Line and page breaks in a correction would move everything behind them: a conflict."""
    assert apply_patch(garbled, _patch(garbled, _line_change(garbled, 2, after))).conflicts


def test_fields_have_evidence_that_a_person_gave_them(scanned: Document) -> None:
    """A blank number and day filled in by hand: source "corrected", the doubts gone, the rest as it was."""
    number, date = (_correction(field=f, before=None, after=v) for f, v in (("number", "11-CT/TU"), ("date", "2021-06-02")))
    corrected = apply_patch(scanned, _patch(scanned, number, date)).document

    assert ("11-CT/TU", "2021-06-02", None) == (
        corrected.metadata.number,
        corrected.metadata.date,
        corrected.metadata.date_partial,
    )
    assert {"corrected"} == {corrected.evidence[f].source for f in ("number", "date")}
    assert {"number", "date"} & {r.field for r in scanned.review}
    assert not {"number", "date"} & {r.field for r in corrected.review}
    assert scanned.evidence["title"] == corrected.evidence["title"]


def test_a_confirmed_field_is_sure_and_as_it_was_read(garbled: Document) -> None:
    """Confirming changes no value and no source, only the confidence; a null one confirmed stays null."""
    kept = _correction(field="number", before=garbled.metadata.number, after=garbled.metadata.number)
    blank = _correction(field="urgency", before=None, after=None)
    corrected = apply_patch(garbled, _patch(garbled, kept, blank)).document

    assert garbled.metadata == corrected.metadata
    assert replace(garbled.evidence["number"], confidence=1.0) == corrected.evidence["number"]
    assert "urgency" not in corrected.evidence


def test_what_follows_from_a_field_follows() -> None:
    """Type and code, issuer and issuers, the first signer."""
    document = read_text("Thực hiện kế hoạch.")
    given = {
        "doc_type": "Kế hoạch",
        "issuer": "Sở Y tế - Liên đoàn Lao động",
        "signers.2.name": "Trần Văn Bình",
        "signers.1.authority": "TM. UBND\nKT. CHỦ TỊCH",
        "recipients": "Như trên\nLưu: VT",
    }
    patch = _patch(document, *(_correction(field=name, before=None, after=value) for name, value in given.items()))
    facts = apply_patch(document, patch).document.metadata

    assert facts.doc_type_code == "KH"
    assert facts.issuers == ("Sở Y tế", "Liên đoàn Lao động")
    assert [None, "Trần Văn Bình"] == [s.name for s in facts.signers]
    assert facts.signer == facts.signers[0]
    assert facts.recipients == ("Như trên", "Lưu: VT")
    assert given == {name: field_value(facts, name) for name in field_names(facts) if name in given}


@pytest.mark.parametrize(("name", "value"), [("date", "02/06/2025"), ("date_partial", "06-2025"), ("nonsense", "x"), ("id", "x")])
def test_what_is_no_field_or_has_the_wrong_form_is_refused(garbled: Document, name: str, value: str) -> None:
    """Dates are ISO dates, and only the fields of the form can be written."""
    before = garbled.metadata.date if name == "date" else None
    applied = apply_patch(garbled, _patch(garbled, _correction(field=name, before=before, after=value)))

    assert len(applied.conflicts) == 1
    assert garbled.metadata == applied.document.metadata


def test_a_confirmed_word_is_doubtful_no_more(garbled: Document) -> None:
    """The edit that was looked at is sure and its review entry gone; other doubts of the document stay."""
    doubt = next(r for r in garbled.review if r.reason == "low-margin")
    edit = next(e for e in garbled.edits if (e.page, e.line) == (doubt.page, doubt.line) and e.confidence < 0.8)
    line = garbled.pages[0].lines[(doubt.line or 1) - 1].text
    start = line.index(edit.after)
    seen = _correction(line=doubt.line, span=Span(start, start + len(edit.after)), before=line, after=line)
    corrected = apply_patch(garbled, _patch(garbled, seen)).document

    assert garbled.text == corrected.text
    assert [e.confidence for e in corrected.edits if e.span == edit.span and e.line == edit.line] == [1.0]
    assert 0 < len(garbled.review) - len(corrected.review) <= sum(r.line == doubt.line for r in garbled.review)


def test_a_confirmed_mention_is_sure() -> None:
    """A number with another possible reading, once confirmed, has no alternatives and no review entry."""
    document = read_text(
        "Thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị và Quyết định số 12/2023/QĐ-TTg ngày 05/3/2022."
    )
    assert "year-mismatch" in {r.reason for r in document.review}
    seen = _line_change(document, 1, document.text, Span(72, len(document.text)))
    corrected = apply_patch(document, _patch(document, seen)).document

    assert "year-mismatch" not in {r.reason for r in corrected.review}
    assert [m.number for r in document.references for m in r.mentions] == [
        m.number for r in corrected.references for m in r.mentions
    ]


# --- the file


def test_a_patch_comes_back_from_its_file(tmp_path: Path, garbled: Document) -> None:
    """Beside the JSON, readable, the same again; none is None; nothing else is left in the folder."""
    path = patch_path(tmp_path / "a.json")
    patch = replace(_patch(garbled, _line_change(garbled, 2, "mới", Span(0, 2))), checks=(Check(who="An", when="2026", check=1),))
    assert load_patch(path) is None
    save_patch(patch, path)

    assert patch == load_patch(path)
    assert [path] == list(tmp_path.iterdir())


def test_what_is_no_patch_is_told(tmp_path: Path) -> None:
    """A file of another kind under the name of a patch is an error with its path, not an empty patch."""
    path = tmp_path / "a.corrections.json"
    path.write_text("[]")

    with pytest.raises(InputError, match=r"a\.corrections\.json is no patch"):
        load_patch(path)
    with pytest.raises(OutputError, match="cannot be written"):
        save_patch(Patch(document="x"), tmp_path / "absent" / "b.corrections.json")


def test_a_patch_is_no_document_of_a_folder(tmp_path: Path, garbled: Document) -> None:
    """Who reads the documents of a folder meets neither the patch nor a complaint about it."""
    (tmp_path / "a.json").write_bytes(to_json(garbled))
    save_patch(_patch(garbled), patch_path(tmp_path / "a.json"))

    assert ["a.json"] == [entry.path for entry in read_folder(tmp_path)]


def test_whoever_reads_a_folder_gets_its_documents_corrected(tmp_path: Path, garbled: Document) -> None:
    """Search, bulk files, catalogues and citations see what a person put right; the file itself stays as it was."""
    folder, database = tmp_path / "out", tmp_path / "a.db"
    folder.mkdir()
    path = folder / "a.json"
    path.write_bytes(to_json(garbled))
    assert index_folder(folder, database).added == 1
    assert index_folder(folder, database).unchanged == 1
    number = _correction(field="number", before=garbled.metadata.number, after="77/CV-XYZ")
    save_patch(_patch(garbled, _line_change(garbled, 2, "chữ vừa sửa"), number), patch_path(path))

    assert index_folder(folder, database).added == 1
    assert ["77/CV-XYZ"] == [hit.number for hit in search(database, '"chữ vừa sửa"')]
    assert ["77/CV-XYZ"] == [hit.number for hit in search(database, "77-CV/XYZ", limit=1)]
    write_bulk(folder, tmp_path / "bulk")
    assert "chữ vừa sửa" in (tmp_path / "bulk" / "bulk-00001.ndjson").read_text(encoding="utf-8")
    assert main(["catalogue", str(folder), "--profile", "state7", "--out", str(tmp_path / "c.csv")]) == 0
    assert "77/CV-XYZ" in (tmp_path / "c.csv").read_text(encoding="utf-8-sig")
    assert ["77/CV-XYZ"] == [held.number for held in read_archive(folder) if isinstance(held, Held)]
    assert [garbled.metadata.number] == [
        filed.document.metadata.number for filed in read_folder(folder, corrected=False) if isinstance(filed, Filed)
    ]


def test_corrections_that_hold_no_longer_are_told_by_whoever_reads(
    tmp_path: Path, garbled: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    """The document goes in without them, and the command says so."""
    (tmp_path / "a.json").write_bytes(to_json(garbled))
    wrong = _correction(line=2, before="was never there", after="x")
    save_patch(_patch(garbled, wrong), patch_path(tmp_path / "a.json"))

    assert [1] == [filed.conflicts for filed in read_folder(tmp_path) if isinstance(filed, Filed)]
    assert main(["index", str(tmp_path), "--db", str(tmp_path / "a.db"), "--bulk", str(tmp_path / "bulk")]) == 0
    assert capsys.readouterr().err.count("1 corrections hold no longer") == 2
    assert main(["catalogue", str(tmp_path), "--profile", "state7", "--out", str(tmp_path / "c.csv")]) == 0
    assert "1 corrections hold no longer" in capsys.readouterr().err


def test_a_document_whose_patch_is_broken_is_told(tmp_path: Path, garbled: Document) -> None:
    """It is not taken uncorrected without a word."""
    (tmp_path / "a.json").write_bytes(to_json(garbled))
    patch_path(tmp_path / "a.json").write_text("[]")

    (told,) = read_folder(tmp_path)
    assert isinstance(told, Skipped)
    assert "a.corrections.json is no patch" in told.reason


def test_patches_are_found_by_document(tmp_path: Path, garbled: Document) -> None:
    """Wherever they lie in a folder; no folder is told."""
    (tmp_path / "inner").mkdir()
    save_patch(_patch(garbled), patch_path(tmp_path / "inner" / "a.json"))

    assert {garbled.id: _patch(garbled)} == load_patches(tmp_path)
    with pytest.raises(UsageError, match="is no folder"):
        load_patches(tmp_path / "absent")


def test_corrected_lines_are_evidence_for_training(tmp_path: Path, scanned: Document) -> None:
    """Printed and recognised, in the columns of the pairs that training reads; text that was never recognised gives none."""
    patch = _patch(scanned, _line_change(scanned, 2, "Chỉ thị mới"), _correction(field="place", before="x", after="y"))
    corrected = apply_patch(scanned, patch).document
    path = tmp_path / "ocr_pairs" / "real.jsonl.xz"

    assert write_pairs(pair_rows(corrected, patch), path) == 1
    (row,) = map(json.loads, lzma.decompress(path.read_bytes()).decode().splitlines())
    assert ["Chỉ thị mới", scanned.pages[0].lines[1].raw] == row[-2:]
    assert row[1] in {"eng", "vie", "Vietnamese"}
    assert list(pair_rows(read_text("một dòng"), patch)) == []


def test_training_reads_what_was_corrected(tmp_path: Path, scanned: Document) -> None:
    """The reader of the aligned pairs takes the file as it is."""
    from ocr_pipeline.training.channel_pairs import read_lines

    patch = _patch(scanned, _line_change(scanned, 2, "Chỉ thị mới"))
    rows = list(pair_rows(apply_patch(scanned, patch).document, patch))
    write_pairs(rows, tmp_path / "ocr_pairs" / "real.jsonl.xz")
    write_pairs([], tmp_path / "ocr_pairs" / "rendered.jsonl.xz")

    assert [("vie", True, "Chỉ thị mới")] == [(p.family, p.real, p.printed) for p in read_lines(tmp_path)]


def test_the_channel_learns_from_files_of_pairs_beside_the_shared_ones(tmp_path: Path, scanned: Document) -> None:
    """As from a real scan; a file of something else is told."""
    from ocr_pipeline.training.channel_pairs import read_lines

    shared = tmp_path / "shared" / "ocr_pairs"
    for name in ("real", "rendered"):
        write_pairs([], shared / f"{name}.jsonl.xz")
    patch = _patch(scanned, _line_change(scanned, 2, "Chỉ thị mới"))
    more = tmp_path / "corrected.jsonl.xz"
    write_pairs(pair_rows(apply_patch(scanned, patch).document, patch), more)

    assert [("vie", True, "Chỉ thị mới")] == [(p.family, p.real, p.printed) for p in read_lines(shared.parent, [more])]
    more.write_bytes(b"none")
    with pytest.raises(InputError, match=r"corrected\.jsonl\.xz is no file of pairs"):
        list(read_lines(shared.parent, [more]))

"""The tables of legacy encodings against definitions of their own, and the tidiness of their files."""

from __future__ import annotations

import lzma
import unicodedata
from pathlib import Path

import pytest

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.counting import write
from ocr_pipeline.legacy_encodings.double_conversion import damaged
from ocr_pipeline.legacy_encodings.spelling import ACCENTED
from ocr_pipeline.legacy_encodings.tables import Encoding, Table, tables
from ocr_pipeline.orthography import is_syllable

DICTIONARIES = Dictionaries.load()
# Code charts, row by row as the standards print them: where they begin and what follows. A dot is no letter.
# TCVN 5712:1993 (the control codes it shares out are in C0), RFC 1456, and the chart of the VPS fonts.
CHARTS: dict[str, dict[int, str]] = {
    "tcvn3": {
        0x01: "ÚỤ.ỪỬỮ",
        0x11: "ỨỰỲỶỸÝỴ",
        0x80: "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ",
        0xA1: "ĂÂÊÔƠƯĐăâêôơưđẰ",
        0xB5: "àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ",
    },
    "viscii": {
        0x02: "Ẳ..ẴẪ",
        0x14: "Ỷ....Ỹ....Ỵ",
        0x80: "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ",
        0xC0: "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
    },
    "vps": {
        0x02: "ẠẬẶẸỆ",
        0x10: "ỊỌỘỢỤỰ",
        0x19: "Ỵ..ẪỮ",
        0x80: "ÀẢÃẤẦẨọỗĂếềểệẮẰẲẾ..ỀỂỄỐỒỔỖýỷỵỚỜỞ",
        0xA1: "ắằẳẵặỠớÙờởỡŨỨợỪổỬỲỸÍÌộỈĨÓửữÒỎÕựầÁÂấẩẫậđẻÉÊẹỉễịỹƯỦồốÔỏơÈừứÚũưÝẺ.àáâãảạă.èéêẽìí.ĩẴĐòóôõ.Ơụùúủ.ỶẼỳ",
    },
}
GRAVE, ACUTE, HOOK, TILDE, DOT = "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"


def _parts(letter: str) -> tuple[str, str]:
    """A letter without its tone, and the tone."""
    decomposed = unicodedata.normalize("NFD", letter)
    tone = next((c for c in decomposed if c in GRAVE + ACUTE + HOOK + TILDE + DOT), "")
    return unicodedata.normalize("NFC", decomposed.replace(tone, "") if tone else decomposed), tone


def _vni(letter: str) -> str:
    """The code by the rule of VNI: the vowel, then one character for its shape and tone; i, đ, ơ and ư have their own."""
    base, tone = _parts(letter.lower())
    tones = {GRAVE: "ø", ACUTE: "ù", HOOK: "û", TILDE: "õ", DOT: "ï", "": ""}
    shapes = {
        "ă": {"": "ê", ACUTE: "é", GRAVE: "è", HOOK: "ú", TILDE: "ü", DOT: "ë"},
        "â": {"": "â", ACUTE: "á", GRAVE: "à", HOOK: "å", TILDE: "ã", DOT: "ä"},
    }
    if base == "i":
        code = {ACUTE: "í", GRAVE: "ì", HOOK: "æ", TILDE: "ó", DOT: "ò"}[tone]
    elif base in "ăâêô":
        code = {"ă": "a", "â": "a", "ê": "e", "ô": "o"}[base] + shapes["ă" if base == "ă" else "â"][tone]
    elif letter.lower() == "ỵ":
        code = "î"
    else:
        code = {"đ": "ñ", "ơ": "ô", "ư": "ö"}.get(base, base) + tones[tone]
    return code.upper() if letter.isupper() else code


def _viqr(letter: str) -> str:
    """The code by the rule of RFC 1456: the vowel, the mark of its shape, the mark of its tone."""
    base, tone = _parts(letter)
    shape = {"ă": "a(", "â": "a^", "ê": "e^", "ô": "o^", "ơ": "o+", "ư": "u+", "đ": "dd"}.get(base.lower(), base.lower())
    return (shape.upper() if letter.isupper() else shape) + {GRAVE: "`", ACUTE: "'", HOOK: "?", TILDE: "~", DOT: ".", "": ""}[
        tone
    ]


def code_of(letter: str, encoding: str) -> str:
    """What a letter looks like in text of an encoding that was read as Latin-1; not by the project's tables."""
    if encoding == "vni":
        return _vni(letter)
    if encoding == "viqr":
        return _viqr(letter)
    if encoding == "cp1258":
        base, tone = _parts(letter)
        return (base + tone).encode("cp1258").decode("latin-1")
    for start, row in CHARTS[encoding].items():
        if letter in row:
            return chr(start + row.index(letter))
    raise KeyError(letter)


def encoded(text: str, encoding: str) -> str:
    """Vietnamese text in a legacy encoding, read as Latin-1; marks that VIQR would take for accents are escaped."""
    result: list[str] = []
    for before, c in zip(" " + text, text, strict=False):
        escaped = encoding == "viqr" and c in "'`?~.^(+*" and (before in ACCENTED or before in "aeiouyAEIOUY")
        result.append("\\" + c if escaped else code_of(c, encoding) if c in ACCENTED else c)
    return "".join(result)


def _table(encoding: Encoding) -> Table:
    return next(table for table in tables(DICTIONARIES) if table.encoding == encoding)


ENCODINGS = [Encoding.TCVN3, Encoding.VNI, Encoding.VISCII, Encoding.VPS, Encoding.CP1258, Encoding.VIQR]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_tables_hold_all_letters(encoding: Encoding) -> None:
    """All 134 letters, each by the code that the chart or the rule of the encoding gives it."""
    codes = _table(encoding).codes

    assert len(ACCENTED) == 134
    assert {letter: letter for letter in ACCENTED} == {letter: codes[code_of(letter, encoding)] for letter in ACCENTED}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_no_code_stands_for_two_letters(encoding: Encoding) -> None:
    """Rows of the file do not contradict each other."""
    column = ["tcvn3", "vni", "viscii", "vps", "cp1258", "viqr"].index(encoding) + 1
    codes = [code for row in DICTIONARIES.rows("legacy_letters.tsv") for code in row[column].split(" ")]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("name", ["legacy_letters.tsv", "legacy_lookalikes.tsv", "legacy_syllables.tsv", "legacy_pairs.tsv"])
def test_files_are_tidy(name: str) -> None:
    """Comments first, a header, rows of as many fields, no row twice, NFC, no stray white space."""
    text = DICTIONARIES.text(name)
    lines = text.split("\n")
    header = next(line for line in lines if not line.startswith("#"))
    rows = DICTIONARIES.rows(name)

    assert lines[0].startswith("# ")
    assert {len(row) for row in rows} == {len(header.split("\t"))}
    assert len({row[0] for row in rows}) == len(rows)
    assert text == unicodedata.normalize("NFC", text) == "\n".join(line.rstrip(" ") for line in lines)


def test_second_conversion_is_what_the_vni_table_does() -> None:
    """The damage that is undone is what VNI makes of the letters that Unicode and its code page share."""
    codes = _table(Encoding.VNI).codes

    assert [("khơng", "horn")] == damaged("không")
    assert (codes["ô"], codes["ò"], codes["ó"]) == ("ơ", "ị", "ĩ")
    assert (codes["oà"], codes["oá"], codes["oã"]) == ("ồ", "ố", "ỗ")


def test_counts_come_from_texts(tmp_path: Path) -> None:
    """Words and pairs are counted without case and without the paragraphs held out; anything but a space parts a pair."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for source in ("legal", "admin", "party", "party_register", "news", "wiki"):
        with lzma.open(folder / f"{source}.txt.xz", "wt", encoding="utf-8", newline="\n") as file:
            file.writelines(["Hồ sơ, hồ sơ. Cơ quan\n"] * 600 if source == "legal" else [])
    write(tmp_path, tmp_path)

    counted = Dictionaries(tmp_path)
    assert [["cơ", "599"], ["hồ", "1198"], ["quan", "599"], ["sơ", "1198"]] == counted.rows("legacy_syllables.tsv")
    assert [["cơ", "quan:599"], ["hồ", "sơ:1198"]] == counted.rows("legacy_pairs.tsv")


def test_counted_words_are_words() -> None:
    """Syllables and abbreviations of Vietnamese letters, lower case."""
    words = [word for word, _ in DICTIONARIES.rows("legacy_syllables.tsv")]

    assert [w for w in words if w != w.lower()] == []
    assert sum(map(is_syllable, words)) > 0.9 * len(words)

"""Recall and precision of references on clean text, against a rule that shares no code and no table with them.

``python tests/benchmarks/mentions.py SHARED [--mentions 2000] [--seed 4] [--list 60]``

The rule sees words between blanks. A word is a number where it reads digits, perhaps a letter, perhaps a year, a stroke
or dash, and letters that begin with a capital, all without blanks; it is a mention where the name of a type and "số"
stand before it, and it is passed over where a stroke or dash stands behind it (a number printed with blanks). A date is
what stands behind "ngày" next to the number. Of every corpus a share of the mentions is drawn by chance, and
find_references reads the paragraph of each. TƯ counts as TW.

recall: share of the rule's mentions that are found with the same number; type: share of those found that have the same
type; date: share of those found next to a date that have the same. precision: share of all mentions found in those
paragraphs whose number stands in their place letter for letter, blanks aside, and is of the rule's form or has the name
of a type before it; the others, numbers that were put right above all, are listed as "extra" for a person to judge.
The symbols of dictionaries/symbols.tsv were counted in the same corpora: the figure is not one of unseen symbols.
"""

from __future__ import annotations

import argparse
import lzma
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ocr_pipeline import Mention, find_references

# Corpus and its share of the mentions.
SHARES = {"legal": 0.35, "admin": 0.3, "party_register": 0.2, "party": 0.1, "news": 0.05}
NUMBER = re.compile(r"\d{1,5}[a-zđA-ZĐ]?(?:/(?:19|20)\d\d)?[-/–][A-ZĐ][A-Za-zĐđƯư0-9]*(?:[-/–,&.][A-ZĐƯ][A-Za-zĐđƯư0-9]*)*")
EDGES = ".,;:()[]“”\"'‘’…"
TYPES = (
    "Bộ luật", "Luật", "Pháp lệnh", "Nghị quyết", "Nghị định", "Quyết định", "Quy định", "Chỉ thị", "Thông tư liên tịch",
    "Thông tư", "Thông tri", "Thông báo", "Kết luận", "Kế hoạch", "Chương trình", "Hướng dẫn", "Công văn", "Báo cáo",
    "Tờ trình", "Đề án", "Công điện", "Sắc lệnh", "Lệnh", "Quy chế", "Văn bản",
)  # fmt: skip
TYPED = re.compile(rf"(?:^|\W)({'|'.join(TYPES)})$", re.IGNORECASE)
DATED = re.compile(r",?\s+ngày\s+(\d{1,2})(?:[/.-]|\s+tháng\s+)(\d{1,2})(?:[/.-]|\s+năm\s+)(\d{4})(?!\d)")


class Wanted(NamedTuple):
    """A mention of the rule; ``start`` and ``end`` are of its number in the paragraph."""

    start: int
    end: int
    number: str
    doc_type: str
    date: str | None


def numbers(paragraph: str) -> Iterator[tuple[int, int]]:
    """The words that have the form of a number."""
    for word in re.finditer(r"\S+", paragraph):
        bare = word.group().strip(EDGES)
        if NUMBER.fullmatch(bare):
            start = word.start() + word.group().index(bare)
            yield start, start + len(bare)


def printed(word: str) -> str:
    """A number with one kind of dash and one kind of TW."""
    return word.replace("–", "-").replace("TƯ", "TW")


def mentions(paragraph: str) -> Iterator[Wanted]:
    """The rule's mentions of a paragraph."""
    for start, end in numbers(paragraph):
        before = paragraph[max(0, start - 60) : start].rstrip()
        lead = re.search(r"(?:^|\s)[Ss]ố\s?:?$", before)
        typed = TYPED.search(before[: lead.start()].rstrip(" ,")) if lead else None
        if typed is None or re.match(r"\s*[-–/]", paragraph[end:]):
            continue
        dated = DATED.match(paragraph, end)
        date = f"{dated[3]}-{int(dated[2]):02d}-{int(dated[1]):02d}" if dated else None
        yield Wanted(start, end, printed(paragraph[start:end]), typed[1].capitalize(), date)


def drawn(shared: Path, corpus: str, count: int, seed: int) -> list[str]:
    """Paragraphs with at least so many mentions together, drawn by chance; the same ones for the same seed."""
    with lzma.open(shared / "corpus" / f"{corpus}.txt.xz", "rt", encoding="utf-8") as lines:
        found = [line.rstrip("\n") for line in lines if re.search(r"[Ss]ố\s?:?\s\d", line) and any(mentions(line))]
    random.Random(seed).shuffle(found)
    total, at = 0, 0
    while at < len(found) and total < count:
        total += sum(1 for _ in mentions(found[at]))
        at += 1
    return found[:at]


def score(paragraphs: list[str]) -> tuple[Counter[str], Counter[str]]:
    """Counts, and the misses by kind."""
    counts, misses = Counter[str](), Counter[str]()
    for paragraph in paragraphs:
        found = list(find_references(paragraph))
        counts["found"] += len(found)
        for mention in found:
            confirmed = _is_confirmed(mention)
            counts["confirmed"] += confirmed
            misses[f"extra {mention.number}: {_around(paragraph, *mention.span)}"] += not confirmed
        for wanted in mentions(paragraph):
            counts["mentions"] += 1
            mention = _at(found, wanted)
            if mention is None:
                misses[f"missed {wanted.number}: {_around(paragraph, wanted.start, wanted.end)}"] += 1
            else:
                _compare(wanted, mention, counts, misses)
    return counts, +misses


def _around(paragraph: str, start: int, end: int) -> str:
    return repr(paragraph[max(0, start - 30) : end + 20])


def _at(found: list[Mention], wanted: Wanted) -> Mention | None:
    return next((m for m in found if m.span.start < wanted.end and m.span.end > wanted.start), None)


def _is_confirmed(mention: Mention) -> bool:
    compact, number = printed("".join(mention.surface.split())), mention.number
    named = any(mention.surface.lower().startswith(name.lower()) for name in TYPES)
    return compact.endswith(number) and (NUMBER.fullmatch(number) is not None or named)


def _compare(wanted: Wanted, mention: Mention, counts: Counter[str], misses: Counter[str]) -> None:
    same = mention.number == wanted.number
    counts["right"] += same
    misses[f"number {wanted.number} read {mention.number}"] += not same
    for field, told, got in (("type", wanted.doc_type, mention.doc_type), ("date", wanted.date, mention.date)):
        agrees = (told or "").lower() == (got or "").lower()
        counts[f"{field}s"] += told is not None
        counts[f"{field}s right"] += told is not None and agrees
        misses[f"{field} of {wanted.number}: {told} read {got}"] += told is not None and not agrees


def line(name: str, counts: Counter[str]) -> str:
    """A row of the table."""
    pairs = (("right", "mentions"), ("confirmed", "found"), ("types right", "types"), ("dates right", "dates"))
    shares = "  ".join(f"{counts[a] / max(counts[b], 1):9.4f}" for a, b in pairs)
    return f"{name:15} {counts['mentions']:8} {counts['found']:6}  {shares}"


def main() -> None:
    """Draw, read, print the table and the misses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--mentions", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--list", type=int, default=60)
    options = parser.parse_args()
    total, misses = Counter[str](), Counter[str]()
    print(f"{'corpus':15} {'mentions':>8} {'found':>6}  {'recall':>9}  {'precision':>9}  {'type':>9}  {'date':>9}")
    for corpus, share in SHARES.items():
        counts, missed = score(drawn(options.shared, corpus, round(share * options.mentions), options.seed))
        print(line(corpus, counts), flush=True)
        total.update(counts)
        misses.update(missed)
    print(line("all", total))
    for miss, count in misses.most_common(options.list):
        print(f"{count:4} {miss}")


if __name__ == "__main__":
    main()

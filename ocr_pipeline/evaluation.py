"""Figures against gold: what was read right, what restoration helped and hurt, which references were found.

A syllable is a run of letters and digits; comparison ignores case and tone placement (hoà = hòa), nothing else. CER is
the Levenshtein distance over NFC text with white space and dot leaders collapsed, divided by the gold length.
Each figure is computed for one group of files and adds up to pooled figures with the others (``Tally``).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import regex
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.orthography import unify

_SYLLABLE: Final = regex.compile(r"[^\W_]+")
_LEADERS: Final = regex.compile(r"(?:[.…_]\s?){2,}")
_SPACE: Final = regex.compile(r"\s+")


@dataclass
class Tally:
    """Counts of one or more groups of files, and their most frequent errors."""

    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Pool another tally into this one."""
        self.counts.update(other.counts)
        self.errors.update(other.errors)

    def share(self, part: str, whole: str, empty: float = 0.0) -> float:
        """One count divided by another."""
        return self.counts[part] / self.counts[whole] if self.counts[whole] else empty


def syllable_keys(text: str) -> list[str]:
    """The syllables of a text, equal where they differ by case or tone placement alone.

    >>> syllable_keys("Uỷ BAN") == syllable_keys("ủy ban")
    True
    """
    return [unify(word) for word in _SYLLABLE.findall(unicodedata.normalize("NFC", text))]


def flattened(text: str) -> str:
    """NFC, white space collapsed, dot leaders as one ellipsis."""
    return _SPACE.sub(" ", _LEADERS.sub("… ", unicodedata.normalize("NFC", text))).strip()


def character_errors(gold: str, text: str) -> tuple[int, int]:
    """Levenshtein distance and gold length of two flattened texts."""
    wanted, got = flattened(gold), flattened(text)
    return Levenshtein.distance(wanted, got), len(wanted)


def _lines(text: str) -> list[str]:
    lines = text.replace("\f", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def _side_by_side(*texts: str) -> tuple[list[tuple[str, ...]], bool]:
    """Lines in rows where the texts have the same number of lines, else each text as one row."""
    columns = [_lines(text) for text in texts]
    aligned = len({len(column) for column in columns}) == 1
    rows = list(zip(*columns, strict=True)) if aligned else [tuple(" ".join(column) for column in columns)]
    return rows, aligned


def _differences(gold: Sequence[str], got: Sequence[str]) -> Iterable[tuple[list[str], list[str]]]:
    for o in Levenshtein.opcodes(gold, got):
        if o.tag != "equal":
            yield list(gold[o.src_start : o.src_end]), list(got[o.dest_start : o.dest_end])


def score_text(gold: str, text: str) -> Tally:
    """Syllable accuracy and CER of a text against its gold, line by line."""
    tally = Tally()
    rows, aligned = _side_by_side(gold, text)
    for wanted, got in ((syllable_keys(a), syllable_keys(b)) for a, b in rows):
        tally.counts["syllables"] += len(wanted)
        for missed, instead in _differences(wanted, got):
            tally.counts["wrong"] += max(len(missed), len(instead))
            tally.errors[f"{' '.join(missed)!r} read as {' '.join(instead)!r}"] += 1
    errors, characters = character_errors(gold, text)
    tally.counts.update({"characters": characters, "character_errors": errors, "files": 1, "lines_equal": int(aligned)})
    return tally


def _in_place(gold: Sequence[str], got: Sequence[str]) -> list[bool]:
    found = [False] * len(gold)
    for o in Levenshtein.opcodes(gold, got):
        if o.tag == "equal":
            found[o.src_start : o.src_end] = [True] * (o.src_end - o.src_start)
    return found


def score_edits(raw: str, gold: str, text: str) -> Tally:
    """Syllables that restoration put right (helped) and put wrong (hurt)."""
    tally = Tally()
    rows, aligned = _side_by_side(raw, gold, text)
    for row in rows:
        before, wanted, after = map(syllable_keys, row)
        for word, was, is_now in zip(wanted, _in_place(wanted, before), _in_place(wanted, after), strict=True):
            tally.counts["helped"] += is_now and not was
            tally.counts["hurt"] += was and not is_now
            if was and not is_now:
                tally.errors[f"hurt {word}"] += 1
        tally.counts["syllables"] += len(wanted)
    tally.counts.update({"files": 1, "lines_equal": int(aligned)})
    return tally


def score_harm(clean: str, text: str) -> Tally:
    """Tokens of a clean text that were touched."""
    tally = Tally()
    rows, aligned = _side_by_side(clean, text)
    for wanted, got in ((flattened(a).split(), flattened(b).split()) for a, b in rows):
        tally.counts["tokens"] += len(wanted)
        for before, after in _differences(wanted, got):
            tally.counts["touched"] += max(len(before), len(after))
            tally.errors[f"{' '.join(before)!r} became {' '.join(after)!r}"] += 1
    tally.counts.update({"files": 1, "lines_equal": int(aligned)})
    return tally


def score_legacy(truth: str, text: str) -> Tally:
    """Characters right in converted legacy text, over the lines found in both, without case."""
    tally = Tally()
    wanted, got = ([line for line in (flattened(x).casefold() for x in _lines(t)) if len(line) >= 20] for t in (truth, text))
    for line in wanted:
        tally.counts["lines"] += 1
        errors = _errors_in_best_line(line, got)
        if errors is None:
            tally.errors[f"not found: {line[:60]}"] += 1
            continue
        tally.counts.update({"found": 1, "characters": len(line), "character_errors": errors})
        if errors:
            tally.errors[line[:60]] += 1
    return tally


def _errors_in_best_line(line: str, candidates: Sequence[str]) -> int | None:
    best = process.extractOne(line, candidates, scorer=fuzz.ratio, score_cutoff=90) or process.extractOne(
        line, candidates, scorer=fuzz.partial_ratio, score_cutoff=60
    )
    if not best:
        return None
    found = best[0]
    if len(found) > 1.2 * len(line):
        part = fuzz.partial_ratio_alignment(line, found)
        found = found[part.dest_start : part.dest_end] if part else found
    errors = Levenshtein.distance(line, found)
    return None if errors > 0.4 * len(line) else errors


def score_page(document: Mapping[str, Any], gold: Iterable[tuple[int, str]]) -> Tally:
    """Whole recognised pages against transcriptions, given as (page number, text)."""
    tally = Tally()
    pages = (document.get("text") or "").split("\f")
    for number, wanted_text in gold:
        got_text = pages[number - 1] if number <= len(pages) else ""
        errors, characters = character_errors(wanted_text, got_text)
        wanted, got = Counter(syllable_keys(wanted_text)), Counter(syllable_keys(got_text))
        tally.counts.update(
            {
                "pages": 1,
                "characters": characters,
                "character_errors": errors,
                "syllables": wanted.total(),
                "hits": (wanted & got).total(),
                "got": got.total(),
            }
        )
        tally.errors.update({f"missing {w}": n for w, n in (wanted - got).items()})
        tally.errors.update({f"extra {w}": n for w, n in (got - wanted).items()})
    return tally


def _name_key(name: Any) -> str | None:
    joined = " - ".join(map(str, name)) if isinstance(name, list | tuple) else name
    return " ".join(syllable_keys(joined)) if joined else None


Row = tuple[int, str | None, str | None, str | None, str | None, str | None]


def _row(mention: Mapping[str, Any]) -> Row:
    names = [_name_key(mention.get(key)) for key in ("issuer", "doc_type", "relation")]
    return (mention.get("page") or 1, mention.get("number"), mention.get("date"), names[0], names[1], names[2])


def _found_mentions(document: Mapping[str, Any]) -> list[Row]:
    inherited = ("number", "doc_type", "relation")
    mentions = [
        {**m, **{k: m.get(k, r.get(k)) for k in inherited}}
        for r in document.get("references", [])
        if not r.get("own")
        for m in r.get("mentions", [])
    ]
    return [_row(m) for m in sorted(mentions, key=lambda m: m.get("order") or 0)]


# What of a mention must agree for each figure.
_AGREEMENT: Final[dict[str, Callable[[Row], Any]]] = {
    "number": lambda m: m[1],
    "number_date": lambda m: m[1:3],
    "full": lambda m: m[1:4],
    "type": lambda m: (m[1], m[4]),
    "relation": lambda m: (m[1], m[5]),
}


def score_refs(gold: Mapping[str, Any], document: Mapping[str, Any], pages: frozenset[int] = frozenset()) -> Tally:
    """Cross-references, per mention; the document's own number is left out. ``pages`` keeps to those pages."""
    limit = gold.get("references_pages")
    wanted = [
        row for row in map(_row, (r for r in gold.get("references", []) if not r.get("own"))) if not pages or row[0] in pages
    ]
    got = [row for row in _found_mentions(document) if (not pages or row[0] in pages) and (not limit or row[0] <= limit)]
    tally = Tally(Counter({"mentions": len(wanted), "found": len(got)}))
    for name, pick in _AGREEMENT.items():
        a, b = Counter(map(pick, wanted)), Counter(map(pick, got))
        tally.counts[f"{name}_hits"] += (a & b).total()
        if name == "full":
            tally.errors.update({f"missing {m}": n for m, n in (a - b).items()})
            tally.errors.update({f"extra {m}": n for m, n in (b - a).items()})
    return tally


_FIELDS: Final = ("number", "date", "doc_type", "issuer", "parent_issuer", "place", "title", "signer_name")
_VERBATIM: Final = frozenset({"number", "date"})


def score_meta(gold: Mapping[str, Any], document: Mapping[str, Any]) -> Tally:
    """Metadata fields; a handwritten number or day left null counts as abstained, the date then by its month."""
    wanted, got = gold.get("metadata", gold), dict(document.get("metadata") or {})
    signer = (got.get("signers") or [got.get("signer") or {}])[0] or {}
    got["signer_name"] = signer.get("name")
    handwritten = frozenset(gold.get("handwritten") or ())
    tally = Tally()
    for name in _FIELDS:
        if name in wanted:
            _score_field(name, wanted[name], got, handwritten, tally)
    return tally


def _score_field(name: str, gold: Any, fields: Mapping[str, Any], handwritten: frozenset[str], tally: Tally) -> None:
    keyed = (lambda value: value) if name in _VERBATIM else _name_key
    want, have = keyed(gold), keyed(fields.get(name))
    if want == have or (not want and not have):
        tally.counts.update({name: 1, "right": 1, "of": 1})
        return
    may_abstain = (name == "number" and "number" in handwritten) or (name == "date" and bool(handwritten & {"day", "month"}))
    if have is None and may_abstain:
        month, partial = str(want)[:7], fields.get("date_partial")
        if name == "number" or "month" in handwritten or partial == month:
            tally.counts["abstained"] += 1
            return
        tally.errors[f"date_partial: gold {month!r} got {partial!r}"] += 1
    else:
        tally.errors[f"{name}: gold {gold!r} got {fields.get(name)!r}"] += 1
    tally.counts["of"] += 1


def figures(kind: str, tally: Tally) -> dict[str, float]:
    """The figures of a kind of score from its pooled counts."""
    return _FIGURES[kind](tally)


def _f1(tally: Tally, name: str) -> float:
    total = tally.counts["mentions"] + tally.counts["found"]
    return 2 * tally.counts[f"{name}_hits"] / total if total else 1.0


def _refs_figures(t: Tally) -> dict[str, float]:
    return {
        "number_precision": t.share("number_hits", "found", 1.0),
        "number_recall": t.share("number_hits", "mentions", 1.0),
        **{f"{name}_f1": _f1(t, name) for name in ("number", "number_date", "full", "type")},
        "relation_accuracy": t.share("relation_hits", "number_hits", 1.0),
    }


_FIGURES: Final[dict[str, Callable[[Tally], dict[str, float]]]] = {
    "text": lambda t: {
        "accuracy": max(0.0, 1 - t.share("wrong", "syllables")),
        "cer": t.counts["character_errors"] / max(t.counts["characters"], 1),
    },
    "edits": lambda t: {"hurt_per_helped": t.counts["hurt"] / max(t.counts["helped"], 1)},
    "harm": lambda t: {"untouched": max(0.0, 1 - t.share("touched", "tokens"))},
    "legacy": lambda t: {
        "lines_found": t.share("found", "lines"),
        "accuracy": 1 - t.share("character_errors", "characters") if t.counts["characters"] else 0.0,
    },
    "page": lambda t: {
        "cer": t.share("character_errors", "characters"),
        "syllable_recall": t.share("hits", "syllables"),
        "syllable_precision": t.share("hits", "got"),
    },
    "refs": _refs_figures,
    "meta": lambda t: {"right_share": t.share("right", "of")},
}
KINDS: Final = tuple(_FIGURES)

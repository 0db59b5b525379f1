"""What was gained and lost against the last state, mention by mention and field by field; part of ``make eval``.

``python tests/benchmarks/gains.py STATE [--write] NAME=GOLD:DOCUMENTS ... [NAME=GOLD:DOCUMENTS:transcribed ...]``

GOLD holds gold JSONs, DOCUMENTS our JSONs of the same names. ``transcribed`` keeps to the pages that GOLD has a
transcription of, and prints the pooled figures of references and metadata: for transcriptions read as text. A row of
STATE is one mention of the gold (set, document, page, number, how many times it came before) or one field of the
metadata, with what became of it; mentions that the gold has not are "extra". Keys alone are kept, no text.
A mention that is missed counts as ``misread`` where its number does not stand in the recognised text, else as
``missed``: the recogniser or the extraction is to blame. ``--write`` makes this the last state.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ocr_pipeline.evaluation import Tally, figures, score_meta, score_refs, syllable_keys

HEADER = (
    "# What became of every mention and field of the gold when `make eval` last wrote it: keys only. Sources: samples/gold,\n"
    "# and the transcribed scans and the garbled directive that the figures of docs/references.md are of.\n"
    "# Written by tests/benchmarks/gains.py --write; sorted.\n"
    "set\tdocument\tpage\tkey\ttimes\toutcome\n"
)
GOOD = frozenset({"right", "abstained"})


class Key(NamedTuple):
    """A mention (page above 0, its number, which one of several) or a field (page 0, its name)."""

    set: str
    document: str
    page: int
    key: str
    times: int


def outcomes(name: str, gold: dict[str, Any], found: dict[str, Any], pages: frozenset[int]) -> Iterator[tuple[Key, str]]:
    """What became of each mention of one document; ``name`` is set and document, parted by a blank."""
    kind, document = name.split(" ", 1)
    limit, texts = gold.get("references_pages"), ["".join(page.split()) for page in found.get("text", "").split("\f")]
    got = Counter((m["number"], m["date"], _name(m["issuer"])) for m in _mentions(found, pages, limit))
    seen = Counter[tuple[int, str]]()
    for r in gold["references"]:
        place = (r.get("page") or 1, r["number"])
        if r.get("own") or (pages and place[0] not in pages):
            continue
        full = (r["number"], r.get("date"), _name(r.get("issuer")))
        stands = "".join(texts[place[0] - 1 : place[0]]).count(r["number"]) > seen[place]
        yield Key(kind, document, *place, seen[place]), "right" if got[full] > 0 else "missed" if stands else "misread"
        got[full] -= 1
        seen[place] += 1
    for (number, *_), count in sorted((+got).items(), key=str):
        for times in range(count):
            yield Key(kind, document, 0, f"+{number}", times), "extra"


def _mentions(found: dict[str, Any], pages: frozenset[int], limit: int | None) -> Iterator[dict[str, Any]]:
    for reference in found["references"]:
        for mention in [] if reference["own"] else reference["mentions"]:
            if (not pages or mention["page"] in pages) and (not limit or mention["page"] <= limit):
                yield mention


def _name(issuer: Any) -> str:
    return " ".join(syllable_keys(" - ".join(issuer) if isinstance(issuer, list) else issuer or ""))


def fields(name: str, gold: dict[str, Any], found: dict[str, Any]) -> Iterator[tuple[Key, str]]:
    """What became of each field of the metadata of one document."""
    kind, document = name.split(" ", 1)
    for field, value in gold.get("metadata", gold).items():
        tally = score_meta({"metadata": {field: value}, "handwritten": gold.get("handwritten")}, found)
        told = "right" if tally.counts["right"] else "abstained" if tally.counts["abstained"] else "wrong"
        if tally.counts["of"] or tally.counts["abstained"]:
            yield Key(kind, document, 0, field, 0), told


def read_set(spec: str) -> dict[Key, str]:
    """The outcomes of one set; of transcriptions the pooled figures are printed."""
    name, rest = spec.split("=", 1)
    folder, documents, *transcribed = rest.split(":")
    rows: dict[Key, str] = {}
    refs, meta = Tally(), Tally()
    for file in sorted(Path(folder).glob("*.json")):
        found = Path(documents, file.name)
        if not found.is_file():
            continue
        gold, document = (json.loads(path.read_text(encoding="utf-8")) for path in (file, found))
        pages = _transcribed(file) if transcribed else frozenset[int]()
        rows |= dict(fields(f"{name} {file.stem}", gold, document))
        meta.add(score_meta(gold, document))
        if "references" in gold:
            rows |= dict(outcomes(f"{name} {file.stem}", gold, document, pages))
            refs.add(score_refs(gold, document, pages))
    if transcribed:
        for kind, tally in (("refs", refs), ("meta", meta)):
            print(f"  {kind}  {name}:", *(f"{k} {v:.4f}" for k, v in figures(kind, tally).items()))
    return rows


def _transcribed(gold: Path) -> frozenset[int]:
    pages = gold.parent.glob(f"{gold.stem}.p*.txt")
    return frozenset(int(page.name.removesuffix(".txt").rsplit(".p", 1)[1]) for page in pages)


def load(state: Path) -> dict[Key, str]:
    """The last state; empty where there is none."""
    rows = state.read_text(encoding="utf-8").splitlines() if state.is_file() else []
    cells = [row.split("\t") for row in rows if row and not row.startswith(("#", "set\t"))]
    return {Key(a, b, int(c), d, int(e)): outcome for a, b, c, d, e, outcome in cells}


def compare(last: dict[Key, str], now: dict[Key, str]) -> Iterator[str]:
    """The table: lines of what changed, then the sums of each set."""
    sets = {key.set for key in now}
    compared = sets & {key.set for key in last}
    changed = {k for k in last.keys() | now.keys() if k.set in compared and last.get(k) != now.get(k)}
    for key in sorted(changed):
        before, after = last.get(key, "-"), now.get(key, "-")
        gained = after in GOOD or (after == "-" and before == "extra")
        verdict = "gained" if gained else "lost" if before in GOOD or after == "extra" else "changed"
        yield f"  {verdict:8} {key.set:10} {key.document[:32]:32} p{key.page} {key.key} #{key.times}: {before} -> {after}"
    for name in sorted(sets):
        counts = Counter(outcome for key, outcome in now.items() if key.set == name)
        new = "" if name in compared else "first state: "
        sums = ", ".join(f"{outcome} {count}" for outcome, count in sorted(counts.items()))
        yield f"  {name:10} {new}{sums}"


def main() -> None:
    """Compare, print, and keep the state where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("state", type=Path)
    parser.add_argument("sets", nargs="+", metavar="NAME=GOLD:DOCUMENTS")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    last, now = load(options.state), dict[Key, str]()
    for spec in options.sets:
        now |= read_set(spec)
    print(f"gains and losses against {options.state}")
    print(*compare(last, now), sep="\n")
    if options.write:
        kept = {k: v for k, v in last.items() if k.set not in {key.set for key in now}} | now
        rows = ("\t".join([*map(str, key), kept[key]]) + "\n" for key in sorted(kept))
        options.state.write_text(HEADER + "".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()

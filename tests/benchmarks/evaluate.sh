#!/bin/sh
# Figures on the samples, and on the shared scans and garbled text where they are: `make eval`.
# usage: evaluate.sh BIN OUT SHARED JOBS
set -u
bin=$1 out=$2 shared=$3 jobs=$4
pipeline=$bin/ocr-pipeline

# The documents of folder $1 that gold folder $2 knows, scored as page, refs and meta.
score() {
    pages='' references='' metadata=''
    for gold in "$2"/*.json; do
        stem=$(basename "$gold" .json)
        document=$1/$stem.json
        [ -f "$document" ] || { echo "  $stem: no result"; continue; }
        metadata="$metadata $gold $document"
        ! grep -q '"references"' "$gold" || references="$references $gold $document"
        ! ls "$2/$stem".p*.txt >/dev/null 2>&1 || pages="$pages $document $(ls "$2/$stem".p*.txt)"
    done
    # shellcheck disable=SC2086  # lists of names without blanks
    {
        printf '  page  ' && "$pipeline" evaluate page $pages
        printf '  refs  ' && "$pipeline" evaluate refs $references
        printf '  meta  ' && "$pipeline" evaluate meta $metadata
    }
}

# Garbled text $1 restored and scored against $2.
score_text() {
    mkdir -p "$out/text"
    "$pipeline" restore "$1" >"$out/text/$(basename "$1")"
    printf '  text  %s: ' "$(basename "$1")" && "$pipeline" evaluate text "$2" "$out/text/$(basename "$1")"
}

echo "samples"
"$pipeline" run samples/scans --out "$out/samples" --jobs "$jobs" --redo all 2>/dev/null || echo "  some files had problems"
score "$out/samples" samples/gold
for text in samples/scans/*.txt; do
    score_text "$text" "samples/gold/$(basename "$text")"
done

state=tests/benchmarks/state.tsv
if [ ! -d "$shared/scans" ]; then
    "$bin/python" tests/benchmarks/gains.py "$state" "samples=samples/gold:$out/samples"
    exit 0
fi
echo "shared scans"
"$pipeline" run "$shared/scans/pdf" --out "$out/scans" --jobs "$jobs" --redo all 2>/dev/null || echo "  some files had problems"
score "$out/scans" "$shared/scans/gold"
echo "shared garbled text"
score_text "$shared/seeds/000.raw.txt" "$shared/seeds/000.gold.txt"
"$pipeline" extract "$shared/seeds/000.raw.txt" >"$out/text/000.json"
mkdir -p "$out/seed" && cp "$shared/seeds/000.gold.json" "$out/seed/000.json"
for kind in refs meta; do
    printf '  %s  ' "$kind" && "$pipeline" evaluate "$kind" "$shared/seeds/000.gold.json" "$out/text/000.json"
done
echo "shared transcriptions as text"
mkdir -p "$out/transcriptions"
for gold in "$shared"/scans/gold/*.p1.txt; do
    stem=$(basename "$gold" .p1.txt)
    for page in "$shared/scans/gold/$stem".p*.txt; do
        [ "$page" = "$gold" ] || printf '\f'
        cat "$page"
    done >"$out/transcriptions/$stem.txt"
    "$pipeline" extract "$out/transcriptions/$stem.txt" >"$out/transcriptions/$stem.json"
done
# STATE_WRITE=--write keeps what is found as the state that the next one is compared with.
# shellcheck disable=SC2086  # one option or none
"$bin/python" tests/benchmarks/gains.py "$state" ${STATE_WRITE:-} "samples=samples/gold:$out/samples" \
    "scans=$shared/scans/gold:$out/scans" "text=$shared/scans/gold:$out/transcriptions:transcribed" \
    "seed=$out/seed:$out/text"

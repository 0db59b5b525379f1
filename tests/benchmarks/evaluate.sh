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

[ -d "$shared/scans" ] || exit 0
echo "shared scans"
"$pipeline" run "$shared/scans/pdf" --out "$out/scans" --jobs "$jobs" --redo all 2>/dev/null || echo "  some files had problems"
score "$out/scans" "$shared/scans/gold"
echo "shared garbled text"
score_text "$shared/seeds/000.raw.txt" "$shared/seeds/000.gold.txt"
"$pipeline" extract "$shared/seeds/000.raw.txt" >"$out/text/000.json"
for kind in refs meta; do
    printf '  %s  ' "$kind" && "$pipeline" evaluate "$kind" "$shared/seeds/000.gold.json" "$out/text/000.json"
done

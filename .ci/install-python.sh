#!/bin/sh
# Make the virtual environment named by $1 and install the package into it, editable, with its development tools.
set -eu
venv=$1
here=$(dirname "$0")

if ! python=$(sh "$here/find-python.sh"); then
    echo "Python 3.11 or later with the venv module is needed; found: $(python3 --version 2>&1 || echo none)." >&2
    echo "On Debian 12, Ubuntu 24.04 or later: apt-get install python3 python3-venv" >&2
    exit 1
fi
# An environment whose interpreter is gone is made anew; a sound one is kept.
"$venv/bin/python" -c '' 2>/dev/null || "$python" -m venv --clear "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
# What pip does for packages that are not editable.
"$venv/bin/python" -m compileall -q "$here/../ocr_pipeline"
# The inner loops are compiled once, here and not under the first user's eyes; a machine without Tesseract has no pages to read.
echo "Compiling the inner loops (half a minute, once) ..." >&2
"$venv/bin/ocr-pipeline" restore "$here/../samples/scans/cong-van-garbled.txt" >/dev/null
"$venv/bin/python" -c 'import sys, ocr_pipeline; ocr_pipeline.read(sys.argv[1])' "$here/../samples/scans/chi-thi-100dpi.jpg" 2>/dev/null || true

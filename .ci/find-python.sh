#!/bin/sh
# Print a Python >= 3.11 that can make virtual environments; exit 1 where there is none.
# Each is started, not only looked up: a version manager's stand-in may point nowhere.
for python in python3 python3.13 python3.12 python3.11 python3.14; do
    if "$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$python"
        exit 0
    fi
done
exit 1

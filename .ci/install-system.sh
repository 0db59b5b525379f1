#!/bin/sh
# Install the Debian packages whose work nothing on this machine does yet: what is looked for is the program, the
# model or the font itself, so that a Tesseract from elsewhere counts too. Nothing missing: nothing is touched.
set -u
here=$(dirname "$0")

# Without these nothing works, without the others (page orientation, the better model, rendering samples) less does.
NEEDED="python3-venv tesseract-ocr tesseract-ocr-vie poppler-utils"
WANTED="tesseract-ocr-script-viet tesseract-ocr-osd fonts-liberation2"
# The tests of the review page drive a browser; nothing else needs one.
BROWSER=
[ "${1:-}" = --with-browser ] && BROWSER="chromium chromium-driver"

models() { tesseract --list-langs 2>/dev/null; }

has() {
    case $1 in
        python3-venv) sh "$here/find-python.sh" >/dev/null ;;
        tesseract-ocr) command -v tesseract >/dev/null ;;
        tesseract-ocr-vie) models | grep -qE '^(vie|Vietnamese|script/Vietnamese)$' ;;
        tesseract-ocr-script-viet) models | grep -qE '^(Vietnamese|script/Vietnamese)$' ;;
        tesseract-ocr-osd) models | grep -q '^osd$' ;;
        poppler-utils) command -v pdftoppm >/dev/null ;;
        chromium) command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ;;
        chromium-driver) command -v chromedriver >/dev/null ;;
        fonts-liberation2) find /usr/share/fonts /usr/local/share/fonts "$HOME/.fonts" "$HOME/.local/share/fonts" \
            -name 'LiberationSerif-Regular.ttf' 2>/dev/null | grep -q . ;;
    esac
}

missing_of() {
    for package in $1; do
        has "$package" || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif sudo -n true 2>/dev/null; then sudo -n "$@"
    elif [ -t 0 ] && command -v sudo >/dev/null; then sudo "$@"
    else return 1
    fi
}

# Newer releases carry Liberation 2 under the plain name.
available() {
    if [ "$1" = fonts-liberation2 ] && ! apt-cache show fonts-liberation2 >/dev/null 2>&1; then
        echo fonts-liberation
    else
        echo "$1"
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" >&2
}

# Group by group: a package that a release does not have must not keep the others out.
apt_install() {
    command -v apt-get >/dev/null && as_root true || return 1
    apt update || echo "apt-get update failed; trying with the lists that are here." >&2
    for group in "$NEEDED" "$WANTED" "$BROWSER"; do
        packages=$(for package in $(missing_of "$group"); do available "$package"; done)
        # shellcheck disable=SC2086  # a list of words
        [ -z "$packages" ] || apt install -y --no-install-recommends $packages || return 1
    done
}

missing=$(missing_of "$NEEDED $WANTED $BROWSER")
[ -z "$missing" ] && exit 0

echo "Installing system packages: $missing" >&2
apt_install || echo "Could not install them all here (neither root nor sudo, no apt, or apt failed)." >&2

browser=$(missing_of "$BROWSER")
[ -z "$browser" ] || echo "Going on without: $browser (the tests that drive a browser are skipped)" >&2
wanted=$(missing_of "$WANTED")
[ -z "$wanted" ] || echo "Going on without: $wanted (install them for better results: sudo apt-get install $wanted)" >&2

needed=$(missing_of "$NEEDED")
[ -z "$needed" ] && exit 0
echo "Missing, and needed: $needed" >&2
echo "Ask whoever administers this machine to run: apt-get install $needed$wanted" >&2
case $needed in
    *python3-venv*) echo "(python3-venv stands for Python 3.11 or later with the venv module.)" >&2 ;;
esac
exit 1

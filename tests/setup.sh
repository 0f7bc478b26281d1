#!/bin/sh
# What the tests need from the system beside Python and make: a Chromium to open the map in, a
# Chinese font to read it with, poppler to look at PDF pages. Installs what is missing where
# it may (Debian or Ubuntu, root or password-less sudo); elsewhere says what to install.
set -eu

missing=""

have() { command -v "$1" >/dev/null 2>&1; }

browser="${KEPU_TEST_BROWSER:-}"
for name in chromium chromium-browser google-chrome; do
    [ -n "$browser" ] || browser="$(command -v "$name" || true)"
done
[ -n "$browser" ] || missing="$missing chromium"

# Output kept in a variable: a pipe into `grep -q` would end fc-list early and fail on some systems.
fonts="$(fc-list 2>/dev/null || true)"
case "$fonts" in *"Noto Sans CJK SC"*) ;; *) missing="$missing fonts-noto-cjk fontconfig" ;; esac

have pdftotext && have pdftoppm || missing="$missing poppler-utils"

[ -n "$missing" ] || exit 0

root=""
if [ "$(id -u)" -ne 0 ]; then root="sudo -n"; fi
if have apt-get && { [ -z "$root" ] || sudo -n true 2>/dev/null; }; then
    echo "Installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    $root apt-get update -qq
    # shellcheck disable=SC2086 # the list and the prefix are meant to be split
    $root apt-get install -y -qq --no-install-recommends $missing </dev/null >/dev/null
    exit 0
fi

cat >&2 <<END
The tests need these, by their Debian names:$missing
Install them with this system's package manager, then run the tests again.
A Chromium in an unusual place is named by KEPU_TEST_BROWSER.
END
exit 1

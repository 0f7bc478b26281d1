#!/bin/sh
# What the tests need from the system beside Python and make: a Chromium to open the map in, a
# Chinese font to read it with, poppler to look at PDF pages, LibreOffice to open documents and workbooks
# as offices do, PostgreSQL with PostGIS to keep stores in (the tests run a server of their own; none has
# to be running). Installs what is missing where it may (Debian or Ubuntu, root or password-less sudo);
# elsewhere says what to install.
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

have soffice || have libreoffice || missing="$missing libreoffice-writer-nogui libreoffice-calc-nogui"

# postgresql-postgis depends on PostGIS for the distribution's own version of PostgreSQL, 15 in Debian 12. A server
# that is there without PostGIS gets the one for its version.
postgis() {
    programs="$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)"
    [ -n "$programs" ] || programs="$(command -v initdb || true)"
    [ -n "$programs" ] || { echo "postgresql postgresql-postgis"; return; }
    shared="$("$(dirname "$programs")/pg_config" --sharedir 2>/dev/null || pg_config --sharedir 2>/dev/null || true)"
    [ ! -e "$shared/extension/postgis.control" ] || return 0
    version="$("$programs" --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')"
    echo "postgresql-$version-postgis-3"
}
needed="$(postgis)"
[ -z "$needed" ] || missing="$missing $needed"

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

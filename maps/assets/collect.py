"""Copy the front end from node_modules/ to vendor/, ready for one HTML file (the map) or to be served (the pages).

Run by `make assets` after `npm ci`. Style sheets come out with their images inside
them, scripts without the address of their source map: nothing that is left asks for a file.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path

ASSETS = Path(__file__).resolve().parent
VENDOR = ASSETS / "vendor"
MODULES = ASSETS.parent.parent / "node_modules"

# package → (file in the package, name in vendor/<package>/)
SHIPPED: dict[str, dict[str, str]] = {
    "htmx.org": {"LICENSE": "LICENSE", "dist/htmx.min.js": "htmx.min.js"},
    "leaflet": {"LICENSE": "LICENSE", "dist/leaflet.css": "leaflet.css", "dist/leaflet.js": "leaflet.js"},
}

_IMAGE = re.compile(r"url\(\s*(['\"]?)(?!data:|#)([^'\")]+)\1\s*\)")
_SOURCE_MAP = re.compile(r"\s*(?://|/\*)# sourceMappingURL=\S+(?:\s*\*/)?\s*$")
_MIME = {".gif": "image/gif", ".png": "image/png", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


def inlined(css: str, folder: Path) -> str:
    """The style sheet with every file that it names, relative to `folder`, as a data: address.

    Raises FileNotFoundError for a file that isn't there, KeyError for a kind of file not known here.
    """

    def replace(match: re.Match[str]) -> str:
        file = folder / match[2]
        content = base64.b64encode(file.read_bytes()).decode("ascii")
        return f"url(data:{_MIME[file.suffix]};base64,{content})"

    return _IMAGE.sub(replace, css)


def collect(modules: Path, vendor: Path) -> dict[str, str]:
    """Fill `vendor` from `modules`; returns package → version, as written to versions.json.

    Raises FileNotFoundError when npm has not installed a package.
    """
    shutil.rmtree(vendor, ignore_errors=True)
    versions = {}
    for package, files in sorted(SHIPPED.items()):
        source = modules / package
        versions[package] = json.loads((source / "package.json").read_text(encoding="utf-8"))["version"]
        (vendor / package).mkdir(parents=True)
        for origin, name in files.items():
            text = (source / origin).read_text(encoding="utf-8")
            if name.endswith(".css"):
                text = inlined(text, (source / origin).parent)
            (vendor / package / name).write_text(_SOURCE_MAP.sub("\n", text), encoding="utf-8", newline="\n")
    # Written last: the Makefile takes it as the sign that the rest is there.
    (vendor / "versions.json").write_text(json.dumps(versions, indent=2) + "\n", encoding="utf-8", newline="\n")
    return versions


if __name__ == "__main__":
    for name, version in collect(MODULES, VENDOR).items():
        print(f"{name} {version}")

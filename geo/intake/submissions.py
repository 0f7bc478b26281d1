"""Import a folder of submissions that a manifest describes: who sent which file, as what."""

from __future__ import annotations

import tomllib
from datetime import date  # pydantic resolves the annotation at run time
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from geo.crs import Datum
from geo.errors import InputRefused
from geo.faults import Fault
from geo.intake.imports import ImportReport, import_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo.store import Store

MANIFEST = "manifest.toml"


class Submission(BaseModel):
    """One file of a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    layer: str
    sender: str = ""
    received_on: date | None = None
    datum: Datum | Literal["auto"] = "auto"
    complete: bool = False
    scope: str | None = None

    def options(self) -> dict[str, Any]:
        """Return what `geo.intake.imports.import_file` is told of the file."""
        return self.model_dump(exclude={"file"})


class Manifest(BaseModel):
    """manifest.toml: the files in the order of their arrival."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[Submission, ...]


def read_manifest(folder: Path) -> Manifest:
    """Read a folder's manifest.toml. Raises InputRefused if it is missing or faulty."""
    path = folder / MANIFEST
    try:
        return Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        found = [(".".join(map(str, e["loc"])), str(e["msg"])) for e in error.errors(include_url=False)]
        faults = [Fault("error", "manifest", path.name, f"“{where}”有误：{told}", "请改正") for where, told in found]
    except UnicodeDecodeError:
        faults = [Fault("error", "manifest", path.name, "不是 UTF-8 文本", "请另存为 UTF-8")]
    except tomllib.TOMLDecodeError as error:
        faults = [Fault("error", "manifest", path.name, f"不是有效的 TOML:{error}", "请改正")]
    except OSError:
        faults = [Fault("error", "manifest", path.name, f"“{folder.name}”里没有这个文件，或读不出来", "请核对文件夹")]
    raise InputRefused(faults[0].line(), faults=faults)


def import_submissions(
    store: Store, folder: Path, *, by: str = "", done: Callable[[ImportReport], None] | None = None
) -> list[ImportReport]:
    """Import every file of a folder's manifest; a refused file does not stop the others.

    `by`: who imports them. `done` is told of each report as it comes (for progress bars).
    """
    place = store.place()
    reports = []
    for item in read_manifest(folder).files:
        report = import_file(store, folder / item.file, shown_as=item.file, place=place, by=by, **item.options())
        reports.append(report)
        if done is not None:
            done(report)
    return reports

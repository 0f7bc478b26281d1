"""Rebuild this place's base layers from `sources/`: boundary, townships, villages, names.csv and changes.csv.

    python data/changji/make_base.py

Areas and village points are laid out by geo.schematic; every other value is copied from a source.
The same sources give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import shapely
from shapely import Point

from geo.crs import CGCS2000
from geo.schematic import lay_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shapely.geometry.base import BaseGeometry

    from geo.schematic import Area, Layout

    Row = dict[str, str]
    Feature = tuple[dict[str, object], BaseGeometry]

FOLDER = Path(__file__).resolve().parent
YEARS = ("2019", "2020", "2021", "2022", "2023")
TOWNSHIP_KINDS = {"0": "subdistrict", "1": "town", "2": "township", "3": "township", "4": "zone"}
VILLAGE_KINDS = {"0": "community", "1": "community", "2": "village", "3": "village"}


def build(folder: Path = FOLDER) -> dict[str, bytes]:
    """File name → content of every file that this script makes, from a place folder's sources."""
    sources = folder / "sources"
    place = tomllib.loads((folder / "place.toml").read_text(encoding="utf-8"))["place"]
    townships = read_table(sources / "townships.csv")
    villages = read_table(sources / "villages.csv")
    names = read_table(sources / "township_names.csv")
    seats = read_seats(sources)
    members = [[v for v in villages if v["township_code9"] == t["code9"]] for t in townships]
    properties, outline = read_boundary(sources / "boundary.geojson")
    layout = lay_out(
        outline,
        [Point(float(seats[t["code9"]]["lon"]), float(seats[t["code9"]]["lat"])) for t in townships],
        [len(own) for own in members],
        working_crs=place["working_crs"],
    )
    boundary: dict[str, object] = {"code": properties["adcode"], "name": properties["name"], "gb": properties["gb"]}
    return {
        "boundary.geojson": geojson("boundary", [(boundary, layout.boundary)]),
        "townships.geojson": geojson("townships", township_features(townships, seats, names, layout.townships)),
        "villages.geojson": geojson("villages", village_features(members, layout)),
        "names.csv": name_table(townships, villages, names, sources),
        "changes.csv": change_table(read_table(sources / "village_history_2019_2023.csv")),
    }


def read_table(file: Path) -> list[Row]:
    """The rows of a source table, every cell as text."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def read_seats(sources: Path) -> dict[str, Row]:
    """9-digit township code → seat: the surveyed and listed ones, then those placed by hand."""
    rows = read_table(sources / "township_seats.csv") + read_table(sources / "schematic_seats.csv")
    return {row["township_code"]: row for row in rows}


def read_boundary(file: Path) -> tuple[dict[str, str], Area]:
    """The one feature of the boundary source: its properties and its area in lon/lat."""
    (feature,) = json.loads(file.read_text(encoding="utf-8"))["features"]
    area = shapely.from_geojson(json.dumps(feature["geometry"]))
    assert isinstance(area, shapely.Polygon | shapely.MultiPolygon)
    return feature["properties"], area


def township_features(
    townships: Sequence[Row], seats: dict[str, Row], names: Sequence[Row], areas: Sequence[Area]
) -> list[Feature]:
    """One feature a township-level unit. Agricultural: all but subdistricts without a 村委会."""
    in_plan = {row["township_code"] for row in names if row["scheme"] == "plan"}
    short = {row["township_code"]: row["name"] for row in names if row["scheme"] == "short"}
    features: list[Feature] = []
    for row, area in zip(townships, areas, strict=True):
        code, seat = row["code9"], seats[row["code9"]]
        kind = TOWNSHIP_KINDS.get(code[6], "farm")
        features.append(
            (
                {
                    "code": row["code12"],
                    "name": row["name"],
                    "short_name": short.get(code, row["name"]),
                    "kind": kind,
                    "in_plan": code in in_plan,
                    "agricultural": kind in {"town", "township"}
                    or (kind == "subdistrict" and int(row["n_cunwei"]) > 0),
                    "population": None,
                    "lon": float(seat["lon"]),
                    "lat": float(seat["lat"]),
                    "seat_quality": seat["quality"],
                    "seat_source": seat["source"],
                    "schematic": True,
                },
                area,
            )
        )
    return features


def village_features(members: Iterable[Sequence[Row]], layout: Layout) -> list[Feature]:
    """One feature a village-level unit; codes in order take the points from the seat outwards."""
    features: list[Feature] = []
    for rows, points, areas in zip(members, layout.points, layout.villages, strict=True):
        for row, point, area in zip(rows, points, areas, strict=True):
            properties: dict[str, object] = {
                "code": row["code12"],
                "name": row["name"],
                "township_code": row["township_code9"] + "000",
                "kind": VILLAGE_KINDS.get(row["code12"][9], "similar"),
                "population": None,
                "lon": point.x,
                "lat": point.y,
                "schematic": True,
            }
            features.append((properties, area))
    return features


def geojson(name: str, features: Iterable[Feature]) -> bytes:
    """A GeoJSON text with one feature a line; coordinates are lon/lat in CGCS2000."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:" + CGCS2000.replace(":", "::")}}
    lines = [
        compact({"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(area)})
        for properties, area in features
    ]
    head = f'{{"type":"FeatureCollection","name":{compact(name)},"crs":{compact(crs)},"features":[\n'
    return (head + ",\n".join(lines) + "\n]}\n").encode()


def compact(value: object) -> str:
    """JSON without spaces, Chinese as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def name_table(townships: Sequence[Row], villages: Sequence[Row], names: Sequence[Row], sources: Path) -> bytes:
    """names.csv: what else a unit is or was called, and its codes in the other scheme or year."""
    rows = township_names(townships, names, read_table(sources / "township_code_crosswalk.csv"))
    rows += former_names(villages, read_table(sources / "village_history_2019_2023.csv"))
    return csv_bytes(("code", "name", "scheme", "other_code"), rows)


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table as CSV, UTF-8 with BOM."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def township_names(
    townships: Sequence[Row], names: Sequence[Row], crosswalk: Sequence[Row]
) -> list[tuple[str, str, str, str]]:
    """Civil-affairs names and codes, then names in official use that differ from the listed one."""
    listed = {row["code9"]: row["name"] for row in townships}
    rows = [
        (row["statistics_code"] + "000", row["name"], "civil_affairs", row["civil_affairs_code"] + "000")
        for row in crosswalk
        if row["civil_affairs_code"]
    ]
    variants = [(row["township_code"], row["name"]) for row in names if row["scheme"] != "short"]
    variants += [(row["statistics_code"], row["name"]) for row in crosswalk]
    return rows + [
        (code + "000", name, "official_variant", "") for code, name in sorted(set(variants)) if name != listed[code]
    ]


def former_names(villages: Sequence[Row], history: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """Names of 2019–2023 that no longer hold, one row a year.

    A code that has gone stands in other_code; code is its successor only when the same name has
    another code in the same township today, else blank.
    """
    current = {row["code12"]: row["name"] for row in villages}
    heirs = {(code[:9], name): code for code, name in current.items()}
    rows = []
    for row in history:
        code = row["code12"]
        for year in YEARS:
            name = row[year]
            if not name or current.get(code) == name:
                continue
            known = code in current
            heir = code if known else heirs.get((code[:9], name), "")
            rows.append((heir, name, year, "" if known else code))
    return rows


def change_table(history: Sequence[Row]) -> bytes:
    """changes.csv: what two yearly tables in a row list differently, by year and code.

    The tables tell codes and names, not decisions: a code whose name changed is renamed, one whose name
    another code of its township has from that year on is recoded, and of all others only that they are
    listed no more or for the first time. Their day isn't told, only the year of the table.
    """
    rows = []
    for before, year in pairwise(YEARS):
        source = f"统计用区划代码{before}年版与{year}年版对照"
        gone = {row["code12"]: row[before] for row in history if row[before] and not row[year]}
        new = {row["code12"]: row[year] for row in history if row[year] and not row[before]}
        moved = {(code[:9], name): code for code, name in new.items()}
        found = []
        for row in history:
            code, old, now = row["code12"], row[before], row[year]
            to = moved.get((code[:9], old)) if code in gone else None
            if to is not None:
                found.append(("recoded", code, old, to, new.pop(to)))
            elif code in gone:
                found.append(("dropped", code, old, "", ""))
            elif old and now and old != now:
                found.append(("renamed", code, old, code, now))
        found += [("added", "", "", code, name) for code, name in new.items()]
        rows += [(*change, year, source) for change in sorted(found, key=lambda change: change[1] or change[3])]
    return csv_bytes(("kind", "from_code", "from_name", "to_code", "to_name", "changed_on", "source"), rows)


def main() -> None:
    """Write every file beside this script."""
    for name, content in build().items():
        (FOLDER / name).write_bytes(content)
        print(name, len(content))


if __name__ == "__main__":
    main()

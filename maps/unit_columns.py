"""Townships, villages, schools, bases and the city as one list of units, column by column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from geo.schema import LAYERS
from maps.datablock import Block, digits, integers_of, texts_of
from maps.geometry import label_point, quantise, rings_of
from maps.layers import FACILITY_LAYERS, placement
from maps.pinyin import keys
from maps.scope import planned
from maps.texts import LABEL_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geo.layers import Layers

    Placement = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]

KINDS: Final = ("township", "village", "school", "base", "city")
_PLANNED: Final = (0, 1)
_BASE: Final = (("townships", "kind"), ("villages", "kind"))
_OWN: Final = (("schools", "stage"), ("bases", "kind"))


@dataclass
class Units:
    """Columns with one entry a unit; lon, lat in degrees, NaN where unknown."""

    kind: list[int] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    type: list[str | None] = field(default_factory=list)
    town: list[str | None] = field(default_factory=list)
    schematic: list[bool] = field(default_factory=list)
    population: list[int | None] = field(default_factory=list)
    area: list[BaseGeometry | None] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)

    def add(self, kind: int, **columns: list[Any]) -> None:
        """Append units of one kind; a column that is not given is blank."""
        n = len(columns["code"])
        self.kind += [kind] * n
        for name, blank in _BLANKS.items():
            getattr(self, name).extend(columns[name] if name in columns else [blank] * n)

    def positions(self, kind: int) -> dict[str, int]:
        """Position of each unit of a kind by its code; the first where codes repeat."""
        found = [at for at, own in enumerate(self.kind) if own == kind]
        return {self.code[at]: at for at in reversed(found)}


_BLANKS: Final = {
    "code": "", "name": "", "type": None, "town": None, "schematic": False, "population": None, "area": None,
    "lon": np.nan, "lat": np.nan,
}  # fmt: skip


def gather(
    block: Block, layers: Layers, place: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Placement], dict[str, list[int]]]:
    """The units' columns, and of each facility layer where its rows are drawn and which unit each belongs to.

    Fills in ``block.units``. ``place`` holds the city's code and name.
    """
    units = Units()
    for kind, (name, type_column) in enumerate(_BASE):
        _add_base(units, kind, layers[name], type_column)
        block.units[KINDS[kind]] = units.positions(kind)
    homes = block.units["village"] | block.units["township"]
    lon, lat = np.array([*units.lon, np.nan]), np.array([*units.lat, np.nan])
    towns = [*units.town, None]
    placed, of_unit = {}, {}
    for name in FACILITY_LAYERS:
        table = layers[name]
        of_unit[name] = [homes.get(code, -1) for code in table["unit_code"].to_list()]
        placed[name] = placement(table["geometry"].to_numpy(), lon[of_unit[name]], lat[of_unit[name]])
    for kind, (name, type_column) in enumerate(_OWN, start=len(_BASE)):
        at = placed[name]
        units.add(
            kind, code=list(map(str, layers[name]["id"].to_list())), name=_names(layers[name]),
            type=_types(layers[name], name, type_column), town=[towns[unit] for unit in of_unit[name]],
            lon=at[0].tolist(), lat=at[1].tolist(),
        )  # fmt: skip
        block.units[KINDS[kind]] = units.positions(kind)
    units.add(len(KINDS) - 1, code=[str(place["code"])], name=[str(place["name"])])
    block.units["city"] = units.positions(len(KINDS) - 1)
    return _columns(block, units, layers), placed, of_unit


def _add_base(units: Units, kind: int, table: pd.DataFrame, type_column: str) -> None:
    codes = list(map(str, table["code"].to_list()))
    units.add(
        kind, code=codes, name=_names(table), type=_types(table, ("townships", "villages")[kind], type_column),
        town=codes if kind == 0 else texts_of(table["township_code"]), area=table["geometry"].to_list(),
        schematic=table["schematic"].to_list(), population=integers_of(table["population"]),
        lon=table["lon"].to_list(), lat=table["lat"].to_list(),
    )  # fmt: skip


def _names(table: pd.DataFrame) -> list[str]:
    return ["" if name is None else name for name in texts_of(table["name"])]


def _types(table: pd.DataFrame, layer: str, column: str) -> list[str | None]:
    """What kind of township, village, school or base each is, in words."""
    words = LAYERS[layer].column(column).choices
    return [None if value is None else words.get(value, value) for value in texts_of(table[column])]


def _columns(block: Block, units: Units, layers: Layers) -> dict[str, Any]:
    townships = block.units["township"]
    inside, n = planned(layers), len(layers["townships"])
    plan = [kind in _PLANNED and home in inside for kind, home in zip(units.kind, units.town, strict=True)]
    plan[-1] = True  # the city
    points = zip(units.lon[:n], units.lat[:n], units.area[:n], strict=True)
    labels = [label_point(area, fallback=(x, y) if x == x and y == y else None) for x, y, area in points]
    search = [keys(name) for name in units.name]
    return {
        "kind": digits(np.array(units.kind)),
        "code": units.code,
        "name": block.texts(units.name),
        "short": block.texts(map(short_name, units.name)),
        "type": block.texts(units.type),
        "town": [-1 if home is None else townships.get(home, -1) for home in units.town],
        "plan": digits(np.array(plan)),
        "schematic": digits(np.array(units.schematic, dtype=bool)),
        "x": quantise(np.array(units.lon)),
        "y": quantise(np.array(units.lat)),
        "labels": [None if at is None else quantise(np.array(at)) for at in labels] + [None] * (len(units.code) - n),
        "shapes": rings_of(units.area),
        "population": units.population,
        "pinyin": [full for full, _ in search],
        "initials": [initials for _, initials in search],
    }


def short_name(name: str) -> str:
    """The name as written on the map: without its administrative ending."""
    for ending, short in LABEL_ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name.removesuffix(ending) + short
    return name

"""Commands that produce files and pages: map, export, serve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.app import (
    DEFAULT_STORE,
    AsOfOption,
    KnownOnOption,
    StoreOption,
    TownshipOption,
    app,
    complain,
    day,
    known_day,
    open_store,
    refuse,
    say,
    township_code,
)

if TYPE_CHECKING:
    from datetime import date

    from geo.admin.gazetteer import Gazetteer
    from geo.assessment import Assessment
    from geo.store import Store
    from maps.basemaps.cutting import Basemap


@app.command("map")
def map_(
    output: Annotated[Path, typer.Option("-o", "--output", help="写入 .html")],
    as_of: AsOfOption = None,
    known_on: KnownOnOption = None,
    township: TownshipOption = None,
    basemap: Annotated[Path | None, typer.Option("--basemap", help="底图：.mbtiles、.pmtiles 或带位置的图片")] = None,
    basemap_datum: Annotated[
        str | None, typer.Option("--basemap-datum", help="底图的坐标基准： cgcs2000 wgs84 gcj02 bd09")
    ] = None,
    basemap_bounds: Annotated[
        str | None, typer.Option("--basemap-bounds", help="图片的范围（经纬度）：西,南,东,北")
    ] = None,
    basemap_crs: Annotated[str | None, typer.Option("--basemap-crs", help="世界文件的坐标系，如 EPSG:4538")] = None,
    basemap_credit: Annotated[str | None, typer.Option("--basemap-credit", help="底图来源，印在图边")] = None,
    basemap_beside: Annotated[bool, typer.Option("--basemap-beside", help="瓦片写到旁边的文件夹，不装进网页")] = False,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """写出一张单文件覆盖地图，断网也能打开。"""
    if output.suffix.lower() not in (".html", ".htm"):
        refuse(f"{output.name}：只支持 .html；请改扩展名")
    database = open_store(store)
    code = township_code(database, township)
    under = None
    if basemap is not None:
        options = {"datum": basemap_datum, "bounds": basemap_bounds, "crs": basemap_crs, "credit": basemap_credit}
        under = cut_basemap(database, basemap, output if basemap_beside else None, **options)
    elif basemap_beside or any((basemap_datum, basemap_bounds, basemap_crs, basemap_credit)):
        refuse("--basemap-* 各项要与 --basemap 底图文件一起用")
    write_map(database, output, as_of=day(as_of), known_on=known_day(known_on), township=code, basemap=under)
    say(f"已写出 {output}")


def cut_basemap(
    store: Store, file: Path, beside: Path | None, *, datum: str | None, bounds: str | None, crs: str | None,
    credit: str | None,
) -> Basemap:  # fmt: skip
    """Cut a basemap to the store's place; with `beside`, its tiles go into a folder beside that page."""
    from contextlib import closing

    from maps.basemaps.cutting import BESIDE_MB, PACKED_MB, cut, extent_of
    from maps.basemaps.reading import open_basemap, parse_bounds

    place = None if bounds is None else parse_bounds(file.name, bounds)
    with closing(open_basemap(file, datum=datum, bounds=place, crs=crs)) as source:
        limit = PACKED_MB if beside is None else BESIDE_MB
        found = cut(source, extent_of(store.place()), credit=credit, limit_mb=limit)
    size, (first, last) = found.size / 2**20, found.zooms
    say(f"底图：第 {first}–{last} 级，{len(found.tiles)} 张瓦片，{size:.1f} MB")
    if found.note:
        say(found.note)
    return found if beside is None else found.beside(beside.with_name(f"{beside.stem}_tiles"))


def write_map(
    store: Store,
    output: Path,
    *,
    as_of: date,
    known_on: date | None = None,
    township: str | None = None,
    basemap: Basemap | None = None,
) -> None:
    """Render the coverage map of a store into one HTML file."""
    from geo.assess import assess_store
    from maps.series import month_by_month
    from maps.web_map import render

    result = assess_store(store, as_of=as_of, known_on=known_on)
    layers, place = store.layers(as_of=as_of, known_on=known_on), store.place()
    series = month_by_month(layers, result, place.name)
    page = render(layers, result, place, township=township, series=series, basemap=basemap)
    output.write_text(page, encoding="utf-8", newline="\n")


def write_gaps(result: Assessment, gazetteer: Gazetteer, output: Path) -> None:
    """Write every gap of an assessment."""
    from geo.tables import GAP_COLUMNS, gap_rows, known_text, write_table

    rows = gap_rows(result, gazetteer)
    title = f"缺口表（截至{result.as_of.isoformat()}{known_text(result.known_on)}）"
    write_table(output, rows, title=title, header=GAP_COLUMNS)


@app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="写入 .gpkg")],
    as_of: AsOfOption = None,
    known_on: KnownOnOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """写出 GeoPackage：全部图层、评估结果和样式，可用 QGIS 打开。"""
    from geo.assess import assess_store
    from maps.geopackage import write_geopackage

    if output.suffix.lower() != ".gpkg":
        refuse(f"{output.name}：只支持 .gpkg；请改扩展名")
    database = open_store(store)
    moment, known = day(as_of), known_day(known_on)
    result = assess_store(database, as_of=moment, known_on=known)
    write_geopackage(output, database.layers(as_of=moment, known_on=known), result, database.place())
    say(f"已写出 {output}")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="监听地址（默认 127.0.0.1）")] = None,
    port: Annotated[int | None, typer.Option("--port", help="端口（默认 8000）", min=1, max=65535)] = None,
    workers: Annotated[int, typer.Option("--workers", help="几个进程一起应答（默认 1）", min=1, max=64)] = 1,
    store: Annotated[str | None, typer.Option("--store", envvar="KEPU_DATABASE_URL", help="数据库地址")] = None,
) -> None:
    """打开网页：总览、地图、缺口、接口。没有用户时只应答本机，有了用户就要登录。"""
    from contextlib import closing

    from api.logs import fault
    from api.serving import run
    from api.settings import Settings
    from geo.accounts import Accounts

    settings = Settings.from_environment(host=host, port=port, database_url=store)
    if wrong := fault(settings, workers):
        refuse(wrong)
    with closing(open_store(settings.database_url)) as there:
        if not Accounts(lambda: there).exist():
            complain("还没有用户：不用登录，只应答本机；要登录、要让别的电脑用，先 kepu user add 姓名 --role admin")
    scheme = "https" if settings.tls_certificate else "http"
    say(f"浏览器打开 {scheme}://{settings.host}:{settings.port}/ ，按 Ctrl+C 停止")
    run(settings, workers)

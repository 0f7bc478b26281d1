"""Commands that produce files and pages: map, export, serve."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.app import (
    DEFAULT_STORE,
    AsOfOption,
    StoreOption,
    TownshipOption,
    app,
    day,
    open_store,
    refuse,
    say,
    township_code,
)

if TYPE_CHECKING:
    from datetime import date

    from geo.admin import Gazetteer
    from geo.assessment import Assessment
    from geo.store import Store


@app.command("map")
def map_(
    output: Annotated[Path, typer.Option("-o", "--output", help="写入 .html")],
    as_of: AsOfOption = None,
    township: TownshipOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """写出一张单文件覆盖地图，断网也能打开。"""
    if output.suffix.lower() not in (".html", ".htm"):
        refuse(f"{output.name}：只支持 .html；请改扩展名")
    database = open_store(store)
    write_map(database, output, as_of=day(as_of), township=township_code(database, township))
    say(f"已写出 {output}")


def write_map(store: Store, output: Path, *, as_of: date, township: str | None = None) -> None:
    """Render the coverage map of a store into one HTML file."""
    from geo.assess import assess_store
    from maps.series import month_by_month
    from maps.web_map import render

    result = assess_store(store, as_of=as_of)
    layers, place = store.layers(as_of=as_of), store.place()
    series = month_by_month(layers, result, place.name)
    page = render(layers, result, place, township=township, series=series)
    output.write_text(page, encoding="utf-8", newline="\n")


def write_gaps(result: Assessment, gazetteer: Gazetteer, output: Path) -> None:
    """Write every gap of an assessment."""
    from geo.tables import GAP_COLUMNS, gap_rows, write_table

    rows = gap_rows(result, gazetteer)
    write_table(output, rows, title=f"缺口表（截至{result.as_of.isoformat()}）", header=GAP_COLUMNS)


@app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="写入 .gpkg")],
    as_of: AsOfOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """写出 GeoPackage：全部图层、评估结果和样式，可用 QGIS 打开。"""
    from geo.assess import assess_store
    from maps.geopackage import write_geopackage

    if output.suffix.lower() != ".gpkg":
        refuse(f"{output.name}：只支持 .gpkg；请改扩展名")
    database = open_store(store)
    moment = day(as_of)
    write_geopackage(output, database.layers(as_of=moment), assess_store(database, as_of=moment), database.place())
    say(f"已写出 {output}")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option("--host", help="监听地址（默认 127.0.0.1）")] = None,
    port: Annotated[int | None, typer.Option("--port", help="端口（默认 8000）", min=1, max=65535)] = None,
    store: Annotated[str | None, typer.Option("--store", envvar="KEPU_DATABASE_URL", help="数据库地址")] = None,
) -> None:
    """在本机打开网页：总览、地图、缺口、接口。"""
    import uvicorn

    from api.main import create_app
    from api.settings import Settings

    settings = Settings.from_environment(host=host, port=port, database_url=store)
    open_store(settings.database_url).close()
    say(f"浏览器打开 http://{settings.host}:{settings.port}/ ，按 Ctrl+C 停止")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
    )

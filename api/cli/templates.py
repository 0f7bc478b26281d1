"""The command that makes blank workbooks to fill in: template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.app import DEFAULT_STORE, StoreOption, TownshipOption, app, open_store, refuse, say, township_code


@app.command()
def template(
    layer: Annotated[str, typer.Argument(help="图层名，或 ledger（台账）")],
    output: Annotated[Path, typer.Option("-o", "--output", help="写入 .xlsx")],
    township: TownshipOption = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """写出空白填报表：单位已填好，带下拉列表、校验和填写说明。"""
    from geo.forms.sheet_templates import make_template
    from geo.forms.template_books import template_book
    from geo.tables import check_table_path

    check_table_path(output)
    if output.suffix.lower() != ".xlsx":
        refuse(f"{output.name}：模板只能写成 .xlsx；请改扩展名")
    database = open_store(store)
    code = township_code(database, township)
    made = make_template(database.place(), database.plan(), layer, township=code)
    output.write_bytes(template_book(made))
    say(f"已写出 {output}，{len(made.rows)}行已填好单位；填好后：kepu import {layer} {output.name}")

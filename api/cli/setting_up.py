"""Commands that make a store: demo and init."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.app import BAD_INPUT, DEFAULT_STORE, StoreOption, app, complain, refuse, say, show_faults, who

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo.intake.imports import ImportReport
    from geo.intake.submissions import Manifest
    from geo.place import Place
    from geo.store import Store

DEMO_USER = "演示"
PlaceOption = Annotated[Path | None, typer.Option("--place", help="地区数据文件夹（默认：随程序附带的）")]


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="输出文件夹")] = Path("out/demo"),
    place: PlaceOption = None,
) -> None:
    """用随附的演示报表走一遍：建库、导入、评估，写出地图、评估和缺口表。"""
    from api.cli.producing import write_gaps, write_map
    from geo.assess import assess_store
    from geo.bundled import bundled_place
    from geo.intake.submissions import import_submissions, read_manifest
    from geo.store.files import sqlite_url

    folder = place or bundled_place()
    out.mkdir(parents=True, exist_ok=True)
    database = out / "kepu.db"
    sent = _submissions(folder)[0]
    manifest = read_manifest(sent)
    with _in_place_of(database, folder) as fresh:
        store = _create(sqlite_url(fresh), folder)
        bar = typer.progressbar(length=len(manifest.files), label="导入演示报表", file=typer.get_text_stream("stderr"))
        with bar as shown:
            reports = import_submissions(store, sent, by=who(), done=lambda _: shown.update(1))
        as_of = store.place().demo_as_of
        if as_of is None:
            refuse("place.toml 没有写 demo_as_of，不知道演示截至哪一天")
        result = assess_store(store, as_of=as_of)
        (out / "assessment.json").write_bytes(result.to_json())
        write_gaps(result, store.place().gazetteer, out / "gaps.csv")
        write_map(store, out / "map.html", as_of=as_of)
        password = _demo_login(store)
        store.close()
    _report(reports)
    for name, what in (
        ("map.html", "覆盖地图（双击打开）"),
        ("assessment.json", "评估"),
        ("gaps.csv", "缺口表"),
        ("kepu.db", "数据库"),
    ):
        say(f"{out / name}  {what}")
    say(f"网页登录  用户：{DEMO_USER}  密码：{password}（只用于这个演示库，每次演示都换新的）")
    if any(report.outcome == "refused" for report in reports):
        raise typer.Exit(BAD_INPUT)


def _demo_login(store: Store) -> str:
    """Make an admin for the pages of the demo and return the password, which is kept nowhere."""
    import secrets

    from geo.accounts import Accounts

    password = "-".join(secrets.token_hex(2) for _ in range(5))
    Accounts(lambda: store).add(DEMO_USER, "admin", password)
    return password


def _submissions(folder: Path) -> list[Path]:
    """The place's folders of submissions, the ones to import first: as they came (wild), else tidied."""
    tidy = folder / "submissions"
    wild = tidy / "wild"
    return [wild, tidy] if (wild / "manifest.toml").is_file() else [tidy]


@contextmanager
def _in_place_of(database: Path, folder: Path) -> Iterator[Path]:
    """Give a name to make the demo's store under; once made, it takes the place of an older demo's, and of no other."""
    from geo.intake.submissions import read_manifest
    from geo.place import read_place
    from geo.store.files import in_the_making, publish

    place, manifests = read_place(folder), [read_manifest(sent) for sent in _submissions(folder)]
    _refuse_others(database, place, manifests)
    with in_the_making(database) as fresh:
        yield fresh
        if database.exists():
            _refuse_others(database, place, manifests)  # somebody may have imported meanwhile
            fresh.replace(database)
        else:
            publish(fresh, database)


def _refuse_others(database: Path, place: Place, manifests: list[Manifest]) -> None:
    """End the command if there is a database that holds anything but this place and its demo submissions."""
    from geo.accounts import Accounts
    from geo.errors import StoreError
    from geo.store import Store
    from geo.store.files import sqlite_url

    if not database.exists():
        return
    try:
        old = Store.open(sqlite_url(database))
        with old.reading() as seen:
            code, batches = seen.place().code, seen.batches()
        people = [user.name for user in Accounts(lambda: old).all() if user.name != DEMO_USER]
    except StoreError:
        refuse(f"{database} 不是演示库，演示不会覆盖它；请用 --out 另选文件夹")
    known = {(item.file, item.sender, item.received_on) for manifest in manifests for item in manifest.files}
    own = [b for b in batches if b.kind != "import" or (b.file, b.sender, b.received_on) not in known]
    if code != place.code or own or people:
        what = f"有演示以外的批次（第{own[0].batch}批）" if own else "是另一个地区的"
        what = f"有演示以外的用户（{people[0]}）" if people else what
        refuse(f"{database} {what}，演示不会覆盖它；请用 --out 另选文件夹")


def _report(reports: list[ImportReport]) -> None:
    refused = [r for r in reports if r.outcome == "refused"]
    for report in reports:
        show_faults(report.faults)
    records = sum(sum(r.records.values()) for r in reports)
    say(f"导入 {len(reports) - len(refused)} 份报表、{records} 条记录；{len(refused)} 份有错误未导入")


@app.command()
def init(
    place: PlaceOption = None,
    plan: Annotated[Path | None, typer.Option("--plan", help="方案文件（默认：地区文件夹里的 plan.toml）")] = None,
    store: StoreOption = DEFAULT_STORE,
) -> None:
    """新建数据库：装入一个地区的底图和方案，不含任何设施。"""
    from geo.bundled import bundled_place

    made = _create(store, place or bundled_place(), plan)
    where = made.place()
    say(f"已建库：{where.name}，{len(where.townships)}个乡镇级单位、{len(where.villages)}个村级单位")
    complain("下一步：kepu import auto 文件.xlsx")


def _create(url: str, folder: Path, plan: Path | None = None) -> Store:
    from geo.errors import PlanError
    from geo.place import read_place
    from geo.store import Store

    path = plan or folder / "plan.toml"
    where = read_place(folder)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        msg = f"读不到方案文件 {path}"
        raise PlanError(msg) from None
    except UnicodeDecodeError:
        msg = f"方案文件 {path} 不是 UTF-8 文本"
        raise PlanError(msg) from None
    return Store.create(url, where, text, plan_file=path.name, by=who())

"""The Typer application and what all commands share: options, tables, errors and exit codes.

Exit codes: 0 done, 1 finished with findings to look at, 2 bad input (one clear line per
fault on stderr).
"""

from __future__ import annotations

import os
import sys
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from geo.errors import InputRefused, KepuError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from geo.faults import Fault
    from geo.store import Store

DONE, FINDINGS, BAD_INPUT = 0, 1, 2
_MOST_LINES = 1000
DEFAULT_STORE = "sqlite:///kepu.db"

app = typer.Typer(
    name="kepu",
    help="科普设施一张图：导入各乡镇报表，按方案逐村评估，输出覆盖地图。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

StoreOption = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="KEPU_DATABASE_URL",
        help="数据库地址（SQLite 文件或 PostgreSQL）",
    ),
]
AsOfOption = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="评估截至日，如 2022-10-31（默认今天）")
]
KnownOnOption = Annotated[
    datetime | None,
    typer.Option("--known-on", formats=["%Y-%m-%d"], help="只按到这一天为止已入库的数据，如 2022-11-05（默认现在）"),
]
TownshipOption = Annotated[str | None, typer.Option("--township", help="只看一个乡镇（街道）：名称或代码")]


def say(text: str) -> None:
    """Print a line for the user."""
    typer.echo(text)


def complain(text: str) -> None:
    """Print a line on stderr."""
    typer.echo(text, err=True)


def refuse(text: str) -> NoReturn:
    """Print a line on stderr and end the command as bad input."""
    complain(f"错误：{text}")
    raise typer.Exit(BAD_INPUT)


def show_faults(faults: Iterable[Fault], *, notes: bool = False) -> None:
    """Print faults on stderr, one a line, repaired names folded; notes only if asked for."""
    from geo.intake.told_lines import told_lines

    shown = told_lines(fault for fault in faults if notes or fault.severity != "note")
    for line in shown[:_MOST_LINES]:
        complain(line)
    if len(shown) > _MOST_LINES:
        complain(f"……另有{len(shown) - _MOST_LINES}条，请用 --report 写成文件查看")


def deliver(content: bytes, output: Path | None) -> None:
    """Write a result to a file, or to stdout where none is named."""
    if output is None:
        typer.get_binary_stream("stdout").write(content)
    else:
        output.write_bytes(content)
        say(f"已写出 {output}")


def day(value: datetime | None) -> date:
    """Return the day that an --as-of option means; the office's own today if it was not given."""
    return value.date() if value else date.today()


def known_day(value: datetime | None) -> date | None:
    """Return the day that a --known-on option means."""
    return value.date() if value else None


def who() -> str:
    """Return who runs this: KEPU_USER, else the account of the operating system; '' where it can't be told."""
    import getpass

    told = os.environ.get("KEPU_USER", "").strip()
    if not told:
        try:
            told = getpass.getuser()
        except (OSError, KeyError, ImportError):
            return ""
    return readable(told)


def readable(text: str) -> str:
    """Return a file name, a user's name or an argument as text that can be stored.

    Bytes that are no UTF-8, as in names out of archives made on older Windows, are read as GB18030, else replaced.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        written = os.fsencode(text)
        try:
            return written.decode("gb18030")
        except UnicodeDecodeError:
            return written.decode(errors="replace")
    return text


def open_store(url: str) -> Store:
    """Open the store that an option names."""
    from geo.store import Store

    return Store.open(url)


def township_code(store: Store, wanted: str | None) -> str | None:
    """Return the 12-digit code that a --township option means. Raises UnknownUnit."""
    if wanted is None:
        return None
    return store.place().gazetteer.township_code(wanted)


def main() -> None:
    """Run `kepu`; turn errors raised on purpose into lines on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    from api.cli import (  # noqa: F401 - they register
        auditing,
        distances,
        dossier,
        importing,
        keeping,
        looking,
        past,
        producing,
        proving,
        scenarios,
        setting_up,
        siting,
        templates,
        users,
    )

    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        raise SystemExit(_misused(error)) from None
    except InputRefused as refusal:
        if not refusal.faults:
            complain(f"错误：{refusal}")
        show_faults(refusal.faults)
        raise SystemExit(BAD_INPUT) from None
    except KepuError as error:
        complain(f"错误：{error}")
        raise SystemExit(BAD_INPUT) from None
    except BrokenPipeError:
        raise SystemExit(DONE) from None
    except OSError as error:
        complain(f"错误：{error.filename or ''} 读写不了：{error.strerror or error}；请检查路径、权限和磁盘空间")
        raise SystemExit(BAD_INPUT) from None
    if code:
        raise SystemExit(code)


def _misused(error: TyperException) -> int:
    """Say what is wrong with the command; alone, `kepu` shows its help."""
    from api.cli.usage import told
    from geo.faults import printable

    if type(error).__name__ == "NoArgsIsHelpError":
        say(error.message)
    else:
        complain(f"错误：{printable(told(error))}")
    return BAD_INPUT

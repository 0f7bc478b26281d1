"""What people decided about names that the lists can't tell: read from an answers file, kept by sender, reused."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geo.errors import InputRefused
from geo.faults import Asked, Fault, printable
from geo.words.vocabulary import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from geo.admin.gazetteer import Gazetteer

    Key = tuple[str, str, str]

BY_NAME, BY_CODE = "village", "unit_code"
"""The questions that a row's own unit may raise: which village its names mean, which its code."""
_FIELDS = {"field", "township", "written", "code"}
_HEAD = """\
# 请在 code 里填上所选单位的代码（也可填候选以外的代码；留空的仍算没有回答），再运行：
#   kepu import … --sender 报送单位 --answers 本文件
"""


def key_of(asked: Asked) -> Key:
    """Return a question so that its spellings in spaces and widths are one."""
    return asked.field, plain(asked.township), plain(asked.written)


@dataclass(frozen=True)
class Answer:
    """A question and the unit that a person chose."""

    asked: Asked
    code: str


@dataclass
class Decisions:
    """The answers that hold for a file: those given with it, and the sender's earlier ones.

    `used`: the questions that came up, with their answers.
    """

    given: Mapping[Key, Answer] = field(default_factory=dict)
    before: Mapping[Key, Answer] = field(default_factory=dict)
    used: dict[Key, Answer] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Iterable[Answer] = (), before: Iterable[Answer] = ()) -> Decisions:
        """Make them of answers; of several to one question the last holds."""
        return cls({key_of(a.asked): a for a in given}, {key_of(a.asked): a for a in before})

    def code_for(self, asked: Asked) -> tuple[str, bool] | None:
        """Return the unit that was chosen, and whether that was before this file; None where nobody has chosen."""
        key = key_of(asked)
        answer = self.given.get(key) or self.before.get(key)
        if answer is None:
            return None
        self.used[key] = answer
        return answer.code, key not in self.given

    @property
    def taken(self) -> list[Answer]:
        """The answers given with the file that were needed."""
        return [answer for key, answer in self.used.items() if key in self.given]

    @property
    def reused(self) -> list[Answer]:
        """The sender's earlier answers that were needed."""
        return [answer for key, answer in self.used.items() if key not in self.given]

    def signature(self) -> str:
        """Return a text that tells the answers used from others; blank for none."""
        return repr(sorted((key, answer.code) for key, answer in self.used.items())) if self.used else ""


def read_answers(path: Path, gazetteer: Gazetteer) -> list[Answer]:
    """Read an answers file. Raises InputRefused with every fault; an answer left blank is none."""
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("answers", [])
    except OSError:
        raise _refused([Fault("error", "answers", path.name, "没有这个文件，或读不出来", "请核对路径")]) from None
    except UnicodeDecodeError:
        raise _refused([Fault("error", "answers", path.name, "不是 UTF-8 文本", "请另存为 UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise _refused([Fault("error", "answers", path.name, f"不是有效的 TOML：{error}", "请改正")]) from None
    return checked_answers(listed, gazetteer, path.name)


def checked_answers(listed: object, gazetteer: Gazetteer, name: str) -> list[Answer]:
    """Return answers given as a list of tables (township, written, code, field). Raises InputRefused with every fault.

    `name`: of the file that they come in.
    """
    if not isinstance(listed, list):
        raise _refused([Fault("error", "answers", name, "answers 应写成 [[answers]]", "请改正")])
    answers: dict[Key, Answer] = {}
    faults = []
    for number, entry in enumerate(listed, start=1):
        told = _fault_in(entry, gazetteer)
        if told:
            faults.append(Fault("error", "answers", name, f"第{number}个答复：{told}", "请改正"))
        elif entry["code"].strip():
            answer = _answer(entry, gazetteer)
            if answers.setdefault(key_of(answer.asked), answer).code != answer.code:
                faults.append(Fault("error", "answers", name, f"第{number}个答复与前面的矛盾", "请只留一个"))
    if faults:
        raise _refused(faults)
    return list(answers.values())


def _fault_in(entry: object, gazetteer: Gazetteer) -> str | None:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        return "应为文字（代码也要加引号）"
    if unknown := entry.keys() - _FIELDS:
        return f"没有 {'、'.join(sorted(unknown))} 这一项"
    if "code" not in entry or not (entry.get("written") or entry.get("township")):
        return "缺少 written（表中的写法）或 code（所选单位的代码）"
    if entry["code"].strip() and not gazetteer.known(gazetteer.code_of(entry["code"]) or ""):
        return f"{gazetteer.place_name}没有代码“{entry['code']}”"
    return None


def _answer(entry: Mapping[str, str], gazetteer: Gazetteer) -> Answer:
    asked = Asked(entry.get("field", BY_NAME), entry.get("township", ""), entry.get("written", ""))
    return Answer(asked, str(gazetteer.code_of(entry["code"])))


def _refused(faults: list[Fault]) -> InputRefused:
    return InputRefused("；".join(fault.line() for fault in faults), faults=faults)


def idle_answers(given: Iterable[Answer], taken: Iterable[Answer], file: str) -> list[Fault]:
    """Note the answers to questions that never came up."""
    used = {key_of(answer.asked) for answer in taken}
    return [
        Fault("note", "answer-idle", file, f"答复“{_told(answer.asked)}”没有用到", "请核对写法是否与表中一致")
        for answer in given
        if key_of(answer.asked) not in used
    ]


def questions_text(faults: Iterable[Fault]) -> str:
    """Return an answers file to fill in: every question among faults once, its candidates above it."""
    asked: dict[Key, Fault] = {}
    for fault in faults:
        if fault.asked is not None and fault.severity == "error":
            asked.setdefault(key_of(fault.asked), fault)
    return _HEAD + "".join(_question(fault) for fault in asked.values())


def _question(fault: Fault) -> str:
    asked = fault.asked or Asked("", "", "")
    where = "，".join(filter(None, (fault.file, fault.sheet, f"第{fault.row}行" if fault.row else None)))
    lines = ["", f"# {printable(where)}：{printable(fault.message)}"]
    lines += [f"#   {c.code} {printable(c.name)}（{c.reason}）" for c in fault.candidates]
    lines.append("[[answers]]")
    told = {"township": asked.township, "written": asked.written, "code": ""}
    if asked.field != BY_NAME:
        told = {"field": asked.field, **told}
    lines += [f"{name} = {_toml(text)}" for name, text in told.items()]
    return "\n".join(lines) + "\n"


def _toml(text: str) -> str:
    escaped = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)
    return f'"{escaped}"'


def _told(asked: Asked) -> str:
    return printable(" ".join(filter(None, (asked.township, asked.written))))


def as_answers(rows: Iterable[Any], gazetteer: Gazetteer) -> list[Answer]:
    """Return stored decisions (with field, township, written, code) as answers; units that are gone are left out."""
    return [Answer(Asked(row.field, row.township, row.written), row.code) for row in rows if gazetteer.known(row.code)]

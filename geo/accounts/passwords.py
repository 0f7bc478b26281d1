"""Passwords: what may be one, and how it is kept (argon2id, RFC 9106)."""

from __future__ import annotations

import re
import secrets
import unicodedata
from base64 import b64encode
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geo.errors import PasswordRefused

SHORTEST: Final = 12
SHORTEST_CHINESE: Final = 8
LONGEST: Final = 256
_DIFFERENT: Final = 5
_LEFT: Final = 5
# The second choice of RFC 9106, section 4: for machines that also do other work. 64 MiB for each at a time.
_TIME, _MEMORY_KIB, _LANES = 3, 64 * 1024, 4
_AT_ONCE: Final = BoundedSemaphore(2)
_COMMON: Final = (
    "password", "passw0rd", "p@ssw0rd", "qwerty", "qwertyuiop", "asdfgh", "zxcvbn", "iloveyou", "woaini", "letmein",
    "welcome", "admin", "administrator", "root", "test", "guest", "user", "login", "kepu", "kexie", "changeme", "mima",
    "密码", "管理员", "我爱你", "科普", "科协", "测试",
)  # fmt: skip
_RUNS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc")
_RUN: Final = 4
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


def plain(password: str) -> str:
    """Return a password as it is hashed: the same signs typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, name: str = "") -> None:
    """Refuse a password that is too short, or that others would try first. Raises PasswordRefused."""
    text = plain(password)
    if len(text) > LONGEST:
        msg = f"密码太长，最多{LONGEST}个字符"
        raise PasswordRefused(msg)
    if len(text) < SHORTEST and len(_HAN.findall(text)) < SHORTEST_CHINESE:
        msg = f"密码太短：至少{SHORTEST}个字符，或至少{SHORTEST_CHINESE}个汉字的一句话"
        raise PasswordRefused(msg)
    if len(set(text)) < _DIFFERENT or len(_without_common(text, name)) < _LEFT:
        msg = "密码太常见：不要只用姓名、常用词、连续或重复的数字；可用几个不相干的词连成一句"
        raise PasswordRefused(msg)


def _without_common(text: str, name: str) -> str:
    """What remains of a password without the pieces that everybody tries: the name, common words, years, runs."""
    left = text.casefold()
    for piece in sorted((plain(name).casefold(), *_COMMON), key=len, reverse=True):
        left = left.replace(piece, "\n") if piece else left
    for row in (*_RUNS, *(run[::-1] for run in _RUNS)):
        for length in range(len(row), _RUN - 1, -1):
            for at in range(len(row) - length + 1):
                left = left.replace(row[at : at + length], "\n")
    left = re.sub(r"(?:19|20)\d\d", "\n", left)
    return re.sub(r"(.)\1{2,}|\s", "", left)


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=_TIME, memory_cost=_MEMORY_KIB, parallelism=_LANES)


@cache
def _of_nobody() -> str:
    """One such hash for all comparisons."""
    return of_nobody()


def of_nobody() -> str:
    """Return a hash of today's parameters that no password has: comparing with it costs what a user's costs."""
    salt, tag = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={_MEMORY_KIB},t={_TIME},p={_LANES}${salt}${tag}"


def hashed(password: str) -> str:
    """Return what is stored of a password: argon2id's encoded form, with its salt and parameters."""
    with _AT_ONCE:
        return _hasher().hash(plain(password))


def matches(stored: str | None, password: str) -> bool:
    """Say whether a password is the stored one; None stands for a user that there is not, and costs as much."""
    with _AT_ONCE:
        try:
            _hasher().verify(stored or _of_nobody(), plain(password)[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(stored)

"""Every error that geo raises on purpose.

KepuError
├── InputRefused (ValueError)       a file, plan or option cannot be used; carries its faults
│   ├── UnreadableFile              not a table, or not what its name says
│   ├── PlanError                   plan.toml breaks its model; each fault names a line
│   ├── PlaceError                  a place folder is incomplete or contradicts itself
│   ├── PointsRefused               no points that distances could be measured between
│   ├── SitingRefused               no question that sites could answer
│   ├── AccountRefused              no account or link can be like this
│   └── PasswordRefused             too short, too long, or one that everybody tries
├── UnknownUnit (LookupError)       no township or village has this code
├── UnknownRule (LookupError)       the plan has no rule of this id
├── UnknownLayer (LookupError)      no layer of this name
├── UnknownAccount (LookupError)    no user of this name, or no shared link of this number
├── UnknownEvidence (LookupError)   no file of this number was attached
├── LoginRefused                    name and password fit no user who may log in
├── LoginThrottled                  too many log-ins failed; says for how many seconds to wait
└── StoreError
    ├── StoreMissing (LookupError)  nothing is stored at this address yet
    ├── StoreExists (ValueError)    a fresh store was wanted where one stands
    ├── StoreUnusable (ValueError)  not a store of ours, or made by a newer program
    ├── NothingKnown (LookupError)  the day asked about lies ahead, or before the store was made
    ├── BuiltUpon (ValueError)      later batches rely on the one to take back; names them
    └── ClockBehind (ValueError)    the machine's clock is earlier than the newest batch

Messages are shown to users and are in Chinese; attributes are for programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo.faults import Fault


class KepuError(Exception):
    """Base of every error raised on purpose."""


class InputRefused(KepuError, ValueError):
    """Input that cannot be used. `faults` holds one entry for each thing to mend."""

    def __init__(self, message: str, *, faults: Sequence[Fault] = ()) -> None:
        super().__init__(message)
        self.faults: tuple[Fault, ...] = tuple(faults)


class UnreadableFile(InputRefused):
    """The file is missing, empty, a directory, or not of the kind that its name says."""


class PlanError(InputRefused):
    """The plan does not follow its model; faults name the line."""


class PlaceError(InputRefused):
    """A place folder is incomplete or contradicts itself."""


class PointsRefused(InputRefused):
    """Points between which no distance can be measured."""


class SitingRefused(InputRefused):
    """Costs, demand or conditions of a siting that contradict themselves; says which."""


class AccountRefused(InputRefused):
    """A user or a shared link can't be like this."""


class PasswordRefused(InputRefused):
    """A password is too short, too long, or one that everybody tries."""


class UnknownUnit(KepuError, LookupError):
    """No unit has this code."""


class UnknownRule(KepuError, LookupError):
    """The plan has no rule of this id."""


class UnknownLayer(KepuError, LookupError):
    """There is no layer of this name."""


class UnknownAccount(KepuError, LookupError):
    """There is no user of this name, or no shared link of this number."""


class UnknownScenario(KepuError, LookupError):
    """No scenario of this name is kept."""


class UnknownEvidence(KepuError, LookupError):
    """No file of this number was attached."""


class LoginRefused(KepuError):
    """Name and password fit no user who may log in; which of them is wrong isn't told."""


class LoginThrottled(KepuError):
    """Too many log-ins failed, of this account or from this address."""

    def __init__(self, message: str, *, seconds: int = 1) -> None:
        super().__init__(message)
        self.seconds = seconds


class StoreError(KepuError):
    """The store cannot do what was asked."""


class StoreMissing(StoreError, LookupError):
    """Nothing is stored at this address yet."""


class StoreExists(StoreError, ValueError):
    """A store already stands where a fresh one was wanted."""


class StoreUnusable(StoreError, ValueError):
    """The database is not a store of ours, or a newer program made it."""


class NothingKnown(StoreError, LookupError):
    """Nobody can say what was known on this day: it has not come yet, or the store was made later."""


class BuiltUpon(StoreError, ValueError):
    """Later batches in force build on the one to take back; `reasons` holds one sentence for each."""

    def __init__(self, message: str, *, reasons: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.reasons: tuple[str, ...] = tuple(reasons)


class ClockBehind(StoreError, ValueError):
    """The machine's clock is earlier than the newest batch: what is written now would count as known before it."""

"""Every error that geo raises on purpose.

KepuError
├── InputRefused (ValueError)       a file, plan or option cannot be used; carries its faults
│   ├── UnreadableFile              not a table, or not what its name says
│   ├── PlanError                   plan.toml breaks its model; each fault names a line
│   └── PlaceError                  a place folder is incomplete or contradicts itself
├── UnknownUnit (LookupError)       no township or village has this code
├── UnknownRule (LookupError)       the plan has no rule of this id
├── UnknownLayer (LookupError)      no layer of this name
└── StoreError
    ├── StoreMissing (LookupError)  nothing is stored at this address yet
    ├── StoreExists (ValueError)    a fresh store was wanted where one stands
    └── StoreUnusable (ValueError)  not a store of ours, or made by a newer program

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


class UnknownUnit(KepuError, LookupError):
    """No unit has this code."""


class UnknownRule(KepuError, LookupError):
    """The plan has no rule of this id."""


class UnknownLayer(KepuError, LookupError):
    """There is no layer of this name."""


class StoreError(KepuError):
    """The store cannot do what was asked."""


class StoreMissing(StoreError, LookupError):
    """Nothing is stored at this address yet."""


class StoreExists(StoreError, ValueError):
    """A store already stands where a fresh one was wanted."""


class StoreUnusable(StoreError, ValueError):
    """The database is not a store of ours, or a newer program made it."""

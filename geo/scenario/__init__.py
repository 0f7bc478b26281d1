"""What if: facilities added, moved, closed or shared, boards changed, a threshold or the day another.

`measures` says what a scenario is, `applying` works it into layers and plan, `comparing` tells what it
changes. Nothing of it touches what is stored; `geo.store.scenarios` keeps scenarios, under their names.
"""

from geo.scenario.applying import apply
from geo.scenario.comparing import Comparison, compare
from geo.scenario.measures import Scenario, read_scenario

__all__ = ["Comparison", "Scenario", "apply", "compare", "read_scenario"]

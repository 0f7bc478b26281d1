"""Where to build: the models of location, each with a proof of optimality.

Plain functions of arrays. Rows are demand points (villages), columns are candidate sites; indices come back.
"""

from geo.siting.center import p_center
from geo.siting.conditions import Conditions
from geo.siting.cover import mclp
from geo.siting.curve import mclp_curve, p_median_curve
from geo.siting.median import p_median
from geo.siting.set_cover import lscp
from geo.siting.solution import Clash, Solution

__all__ = ["Clash", "Conditions", "Solution", "lscp", "mclp", "mclp_curve", "p_center", "p_median", "p_median_curve"]

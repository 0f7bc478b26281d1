"""The overview, which leaders read: one sentence, the tasks, the coverage, who lags behind, and how it came about."""

from __future__ import annotations

from api.views.overview.page import Overview, overview
from api.views.overview.phases import phase_text

__all__ = ["Overview", "overview", "phase_text"]

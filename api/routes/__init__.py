"""Routes, one module for each kind of caller; handlers only join a question to a view."""

"""The plan as data: its model, its mistakes and where they stand."""

"""The store: base layers, plan, and everything that was ever imported, batch by batch.

A `Store` is a database behind a SQLAlchemy URL (an SQLite file by default). Nothing is
overwritten: a newer report of a facility supersedes the older row, a newer report of none
the older rows of its unit, and undoing a batch brings them back.
"""

from geo.store.batches import Batch, NewBatch
from geo.store.store import Store

__all__ = ["Batch", "NewBatch", "Store"]

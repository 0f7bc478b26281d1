"""The store: base layers, plan, and everything that was ever imported, batch by batch.

A `Store` is a database behind a SQLAlchemy URL (an SQLite file by default). Nothing is
overwritten: what counts of several reports of one facility is worked out at reading
(`geo.store.force`), so undoing a batch leaves what the others alone would tell.
"""

from geo.store import account_tables as account_tables  # so that the metadata is whole
from geo.store import evidence_tables as evidence_tables
from geo.store import job_tables as job_tables
from geo.store import scenario_tables as scenario_tables
from geo.store import task_tables as task_tables
from geo.store.batches import Batch, NewBatch
from geo.store.store import Store

__all__ = ["Batch", "NewBatch", "Store"]

"""Import jobs that survive: a queue in the store's database, uploads in a spool folder beside it.

Any process of the server runs what waits, one import at a time for a store. A job's end and the batch that it
stores are one transaction, so one that was cut off has stored nothing.
"""

"""From raw tables to records in the store: columns, units, positions, identity, faults."""

"""What pages and answers say, as pure functions from a snapshot to plain values."""

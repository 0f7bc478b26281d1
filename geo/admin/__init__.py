"""Which unit: codes, names, former names, and the look-ups among them."""

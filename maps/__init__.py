"""Maps: the interactive map, the tables behind every drawing, and one palette for all of them."""

"""Map bodies for paper: vector drawings in millimetres, true to scale, that Typst sets into sheets."""

"""Basemaps: a tile archive or a picture that the map may be laid over, cut to a place and on its datum."""

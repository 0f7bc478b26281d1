"""What all printed matter shares: fonts that are there, and Typst documents set from plain values."""

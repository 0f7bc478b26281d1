"""How people write headers, values and names, and what they mean by them."""

"""From a file as it comes to raw tables: spreadsheets, text, vector files."""

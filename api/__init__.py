"""How people and programs reach the atlas: command line, pages, HTTP. Imports geo and maps, never the other way."""

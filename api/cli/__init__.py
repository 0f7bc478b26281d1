"""The command line, `kepu`. Each file holds the commands of one purpose; heavy libraries load when used."""

from api.cli.app import main

__all__ = ["main"]

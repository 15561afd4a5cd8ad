"""The command line: `pharmatrace …`, the same as `python app.py …`."""

from trace.cli.group import main

__all__ = ["main"]

"""The web: pages for people and an API for machines, on one ledger. `create_app` is the only way in."""

from trace.web.factory import create_app

__all__ = ["create_app"]

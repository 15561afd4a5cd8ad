"""What can be configured, with its default and the reason for it. Every name may be given to `create_app` in a mapping."""

from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
"""The folder that holds `static/` and `templates/`, in a checkout as in an installed package."""
LANGUAGES = ("zh", "en")
"""The languages of every page, the project's own first."""
KIBIBYTE = 1024
"""Bytes."""
BODY_LIMIT = 64 * KIBIBYTE
"""Bytes of a request's body where nothing larger is expected."""
PHOTO_LIMIT = 12 * KIBIBYTE * KIBIBYTE
"""Bytes of an uploaded photo: a 12-megapixel JPEG of a phone has about 5 MB."""
BULK_LINES = 20_000
"""Transactions in one request: what fits into a block."""
FORM_LIMIT = 256 * KIBIBYTE
"""Bytes of a form that may wait in memory. Text fields need a few hundred, but files pass through the same buffer in pieces of 64 KiB."""
FORM_PARTS = 8
"""Fields and files of a form; the scan page has four."""
PAGE_ROWS = 50
"""Rows of a list on one page."""


def defaults() -> dict[str, Any]:
    """The configuration before the caller's own values."""
    return {
        "LEDGER": None,  # an open ledger; None: opened at the first request from DATA
        "DATA": None,  # the data folder; None: the setting `data` (PHARMATRACE_DATA)
        "WRITER": None,  # in a process that only answers: the socket file of the one that writes
        "READERS": None,  # in a process that writes beside others that answer: the folder where they keep their metrics
        "PUBLIC_URL": "",  # address under which the public reaches this server; empty: as the request says
        "ANCHOR": None,  # canonical JSON of the anchor that is pinned; None: the setting `anchor`, else the node's own; empty: none
        "SECOND_NODE": None,  # address of another operator's node whose heads devices compare; None: the setting `second_node`; empty: none
        "DEFAULT_LANGUAGE": "zh",  # for clients that ask for neither language
        "MAX_CONTENT_LENGTH": BODY_LIMIT,
        "MAX_FORM_MEMORY_SIZE": FORM_LIMIT,
        "MAX_FORM_PARTS": FORM_PARTS,
        "TRUSTED_HOSTS": None,  # host names that are answered; None: all, for a machine whose name is not known
        "BABEL_DEFAULT_LOCALE": "zh",
        "BABEL_TRANSLATION_DIRECTORIES": str(Path(__file__).resolve().parent / "translations"),
    }

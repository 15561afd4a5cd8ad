"""The browser's verifier as single files: its modules joined into one script, and the page that can be saved (PROTOCOL §1, §8).

There is no build step and nothing is fetched: the modules of `static/verify/` are read and joined (`trace/javascript`). The same sources
always give the same bytes, so the hash of the page can be printed.
"""

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from functools import cache

from trace import styles
from trace.javascript.errors import JoiningError
from trace.javascript.joining import join
from trace.javascript.modules import FOLDER

PAGE, DEVICE, FALLBACK, SCANS, COMPARE, WORKER = "page.js", "device.js", "ed25519.js", "gs1/scan.js", "compare.js", "worker.js"
"""Modules that others begin with: the page that can be saved, the device's check of a verdict page, signatures without WebCrypto,
what scanners do to codes, heads of a second node, what keeps pages for times without a network."""


def script(entry: str, language: str | None = None, addresses: Mapping[str, str] | None = None) -> str:
    """A module and all that it imports as one script. `language`: the only one whose words are in it; `addresses`: module that is loaded
    only when needed -> where it is fetched; those without are inside."""
    text = f'"use strict";{{\n{join(entry, language, addresses).script()}}}'
    if re.search(r"<(?:!--|/?script)", text, re.IGNORECASE):
        raise JoiningError("a script that may stand in a page", entry)
    return text


def library(entry: str) -> str:
    """A module and all that it imports as one module, which exports what its entry does."""
    joined = join(entry)
    given = ",".join(f"{own} as {name}" for name, own in joined.given(entry).items())
    return f"{joined.script()}export{{{given}}};\n"


# --- the page that can be saved ----------------------------------------------------------------------------------------------


@cache
def page(anchor: bytes | None, second: str = "") -> bytes:
    """The verifier as one HTML file that needs no network. `anchor`: canonical JSON of what it pins; `second`: address of another one."""
    code, data = script(PAGE), "null" if anchor is None else as_data(anchor.decode("utf-8"))
    style = styles.style("pharmatrace.css")
    skeleton = FOLDER.joinpath("page.html").read_text("utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {source(code)}",
            f"style-src {source(style)}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    parts = {"second": html.escape(second), "policy": policy, "style": style, "anchor": data, "script": code}
    # all at once: what is put in is not looked at again
    filled = re.sub(r"/\* (second|policy|style|anchor|script) \*/", lambda found: parts[found[1]], skeleton)
    return filled.encode("utf-8")


def as_data(text: str) -> str:
    """JSON as it may stand inside a script element."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def digest(data: bytes) -> str:
    """SHA-256 of a page, hex: what is printed, and compared by whoever saved it."""
    return hashlib.sha256(data).hexdigest()


def policy_of(data: bytes) -> str:
    """The Content-Security-Policy that a page carries in itself, for its header."""
    found = re.search(rb'http-equiv="Content-Security-Policy" content="([^"]+)"', data)
    return found[1].decode("ascii") if found else ""


def source(text: str) -> str:
    """A text as a source of a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"

"""Reading query parameters: a value of the wanted form, or a Problem that names the parameter."""

import re

from flask import request

from trace.web.errors import Problem
from trace.web.negotiation import wants_json

GLN = re.compile(r"[0-9]{13}")
"""Thirteen digits; the check digit is the ledger's business: an unknown GLN is simply not found."""
GTIN = re.compile(r"[0-9]{14}")
"""Fourteen digits; likewise."""
HASH = re.compile(r"[0-9a-f]{64}")
"""A SHA-256 in lower-case hex."""
NUMBER = re.compile(r"[0-9]{1,15}")
"""A natural number that fits an integer of canonical JSON."""
OWN_PAGE = "same-origin"
"""`Sec-Fetch-Site` of a form that a page of this server has sent (W3C Fetch Metadata); browsers that do not say it count as such."""
VIEWERS = ("consumer", "pharmacy", "distributor", "regulator")
"""Values of `?as=` (DOMAIN §10.1)."""


def number(name: str, default: int, limits: tuple[int, int]) -> int:
    """A natural number between two limits. Raises Problem 400 `web.parameter`."""
    raw = request.args.get(name)
    if raw is None:
        return default
    if NUMBER.fullmatch(raw) is None or not limits[0] <= int(raw) <= limits[1]:
        raise Problem(400, "web.parameter", f"{limits[0]} to {limits[1]}", raw, field=name)
    return int(raw)


def matching(name: str, form: re.Pattern[str], expected: str, default: str = "") -> str:
    """A parameter of a form; the default where it is left out. Raises Problem 400 `web.parameter`."""
    raw = request.args.get(name)
    if raw is None:
        return default
    if form.fullmatch(raw) is None:
        raise Problem(400, "web.parameter", expected, raw, field=name)
    return raw


def height_or_none(name: str) -> int | None:
    """A block height, or None where the parameter is left out."""
    return number(name, 0, (0, 10**12)) if name in request.args else None


def viewer() -> str:
    """Who looks; consumer unless said otherwise."""
    raw = request.args.get("as") or "consumer"
    if raw not in VIEWERS:
        raise Problem(400, "web.parameter", ", ".join(VIEWERS), raw, field="as")
    return raw


def place() -> str | None:
    """GLN of the site where the scan happens."""
    raw = request.args.get("at") or None
    if raw is not None and GLN.fullmatch(raw) is None:
        raise Problem(400, "web.parameter", "a GLN of 13 digits", raw, field="at")
    return raw


def receipt() -> str | None:
    """The public receipt key that the asker holds, base64url; the seed itself never reaches a server (DOMAIN §11)."""
    return request.args.get("receipt") or None


def answer() -> str | None:
    """The answer to the question of an earlier verdict, as machines say it in the address; on a page only what its own button sent.

    A code can be printed with any address: one that answers for the buyer would make every copy of a sold pack green.
    """
    given = [each.get("answer") or None for each in (request.args, request.form)]
    for raw in given:
        if raw not in (None, "yes", "no"):
            raise Problem(400, "web.parameter", "yes or no", raw, field="answer")
    in_address, sent = given
    if wants_json():
        return in_address
    return sent if request.headers.get("Sec-Fetch-Site", OWN_PAGE) == OWN_PAGE else None


def hash_in_path(value: str) -> bytes:
    """The id in an address. Raises Problem 404: a thing with another name does not exist."""
    if HASH.fullmatch(value) is None:
        raise Problem(404, "web.not_found", "64 lower-case hex digits", value)
    return bytes.fromhex(value)

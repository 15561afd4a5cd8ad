"""Parties: the list, and one party with its licences, sites and keys (S-21)."""

from dataclasses import dataclass
from itertools import islice

from flask import Blueprint, render_template, request

from chain.interfaces import StateView, Value
from trace.market import day_in
from trace.parties import queries
from trace.places import region_text, role_text, site_kind_text
from trace.web.access import ledger
from trace.web.errors import Problem
from trace.web.parameters import GLN
from trace.web.settings import PAGE_ROWS

bp = Blueprint("parties", __name__)

KEYS_SHOWN = 200
"""Keys of a party on its page: the tills of a large chain."""


@dataclass(frozen=True, slots=True)
class PartyRow:
    """A party in a list."""

    gln: str
    """Its GLN."""
    entry: Value
    """Its state entry."""
    roles: tuple[str, ...]
    """Roles in force on the day of the newest block."""
    suspended: bool
    """Is it suspended as a whole?"""


def party_row(view: StateView, gln: str, entry: Value, time: int) -> PartyRow:
    """A party for a list."""
    day = day_in(view, entry["country"], time)
    return PartyRow(gln, entry, queries.roles_in_force(entry, day), queries.is_suspended(entry, time + 1))


def all_parties(view: StateView, time: int, after: str = "") -> list[PartyRow]:
    """Parties in order of their GLN, at most a page and one more."""
    start = f"party/{after}" if after else ""
    found = islice(view.scan("party/", start), PAGE_ROWS + 1)
    return [party_row(view, key.removeprefix("party/"), entry, time) for key, entry in found]


def find_party(view: StateView, gln: str) -> Value:
    """A party's entry. Raises Problem 404."""
    entry = queries.find_party(view, gln) if GLN.fullmatch(gln) else None
    if entry is None:
        raise Problem(404, "web.not_found", "the GLN of an enrolled party", gln)
    return entry


def owner_of(view: StateView, gln: str) -> str:
    """The party that a GLN leads to: itself, or the party of that site."""
    if GLN.fullmatch(gln) and queries.find_party(view, gln) is None:
        return queries.party_of_site(view, gln) or gln
    return gln


@bp.get("/parties")
def index() -> str:
    """All parties."""
    node = ledger().node
    after = request.args.get("after", "")
    after = after if GLN.fullmatch(after) else ""
    rows = all_parties(node.view(), node.context().time, after)
    return render_template("explorer/parties.html", rows=rows[:PAGE_ROWS], more=len(rows) > PAGE_ROWS, role_text=role_text)


@bp.get("/parties/<gln>")
def show(gln: str) -> str:
    """One party; the GLN of a site leads to the party that it belongs to."""
    node = ledger().node
    view, time = node.view(), node.context().time
    gln = owner_of(view, gln)
    entry = find_party(view, gln)
    return render_template(
        "explorer/party.html",
        row=party_row(view, gln, entry, time),
        sites=list(queries.sites_of(view, gln)),
        keys=list(islice(queries.keys_of(view, gln), KEYS_SHOWN)),
        in_force=lambda key: queries.is_key_in_force(key, time),
        events=node.history(queries.party_key(gln)),
        role_text=role_text,
        site_kind_text=site_kind_text,
        region_text=region_text,
    )

"""Alerts of this node: sales that it accepted, or heard of, and that the ledger did not take because another came first (DOMAIN §4).

They are this node's own knowledge and say so. Nothing here is read by a rule; another node may know of others.
"""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

from chain.interfaces import StateView
from chain.node import Node
from trace.drugs.entries import find_product
from trace.drugs.incidents import SALE, Incident, Side, incidents
from trace.web import parameters
from trace.web.access import ledger
from trace.web.journey import place_text, signature
from trace.web.kinds import words_of
from trace.web.models import Alert, AlertSide, Text
from trace.web.operating import operator_text
from trace.web.sentences import sentence_of
from trace.web.settings import PAGE_ROWS
from trace.web.settling import level_text

bp = Blueprint("alerts", __name__)

TWICE = {"zh": "同一盒售出两次", "en": "The same pack was sold twice"}
"""Title where two keys sold one pack."""
REPEATED = {"zh": "同一把密钥售出两次", "en": "One key sold the same pack twice"}
"""Title where a till repeated itself: nobody else is suspected."""
NOT_TAKEN = {"zh": "已受理,未入账:", "en": "Accepted, not recorded: "}
"""Title of every other loss, before the kind."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page was asked for."""

    site: str | None
    """GLN of the place that one side is at; None for all."""


def asked() -> Asked:
    """`?site=`. Raises Problem 400."""
    return Asked(parameters.matching("site", parameters.GLN, "a GLN of 13 digits") or None)


def wanted(node: Node, what: Asked) -> list[Incident]:
    """The incidents that were asked for, the newest first."""
    found = incidents(node)
    return [one for one in found if what.site is None or what.site in places(one)][:PAGE_ROWS]


def places(one: Incident) -> set[str | None]:
    """GLNs of the places of both sides, as far as they are public."""
    sides = (one.lost, *([one.winner] if one.winner else []))
    return {side.place.gln for side in sides if side.place}


def alert_of(node: Node, one: Incident) -> Alert:
    """An incident as a page shows it."""
    return Alert(
        title=title(one),
        sentence=one.words,
        light="amber" if one.same_key or one.winner is None else "red",
        settled=one.settled,
        product=product_name(node.view(), one.gtin),
        gtin=one.gtin,
        lot=one.lot,
        slot=one.slot,
        lost=side_of(one.lost),
        winner=side_of(one.winner) if one.winner else None,
        noticed=one.noticed,
        code=one.code,
        why={"zh": sentence_of(one.code).zh, "en": sentence_of(one.code).en},
    )


def title(one: Incident) -> Text:
    """What happened, in a few words."""
    if one.lost.kind == SALE and one.winner is not None:
        return REPEATED if one.same_key else TWICE
    kind = words_of(one.lost.kind).text
    return {lang: NOT_TAKEN[lang] + kind[lang] for lang in ("zh", "en")}


def product_name(view: StateView, gtin: str | None) -> Text:
    """Name of the medicine."""
    product = find_product(view, gtin) if gtin else None
    return product["names"] if product else gtin or ""


def side_of(side: Side) -> AlertSide:
    """One side with its signature."""
    return AlertSide(
        kind=words_of(side.kind).text,
        place=place_text(side.place),
        signature=signature(side.kind, side.signature, side.place),
        transaction=side.signature.transaction,
        height=side.height,
        level=level_text(side.level, operator_text()),
    )


@bp.get("/alerts")
def index() -> str:
    """All alerts, or those of a place."""
    node, what = ledger().node, asked()
    return render_template("alerts/index.html", rows=[alert_of(node, one) for one in wanted(node, what)], site=what.site)


def alerts_json() -> dict[str, Any]:
    """The same for machines."""
    found = ledger()
    rows = [one.as_json() for one in wanted(found.node, asked())]
    return {"source": "node", "operator": found.operator, "alerts": rows}

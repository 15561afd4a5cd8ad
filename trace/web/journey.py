"""The way of a pack as a line of stops, from the events of its run: both signatures of every hand-over, when, how late, how settled.

The public sees maker and dispensing places by name, everybody between as role and region (DOMAIN §4, trade confidentiality).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chain.interfaces import StateView
from chain.node import Node
from chain.reader import Event
from trace.parties import queries
from trace.web import names
from trace.web.kinds import words_of
from trace.web.models import Signature, Stop
from trace.web.parties import role_text
from trace.web.settling import settled

Text = Mapping[str, str]
"""`{"zh": …, "en": …}`."""

LATE_MS = 5 * 60_000
"""Lateness from which a stop says so."""
NAMED_PLACES = ("plant", "shop", "hospital_pharmacy", "ward", "theatre")
"""Site kinds that the public sees by name: where it was made and where it is dispensed."""
MEANINGS: Mapping[str, tuple[str, str]] = {
    "drugs.batch": ("生产方签名", "Made, signed by"),
    "drugs.release": ("放行人签名", "Released, signed by"),
    "drugs.ship": ("交付方签名", "Handed over, signed by"),
    "drugs.return": ("退回方签名", "Handed back, signed by"),
    "drugs.receive": ("收货方签名", "Taken over, signed by"),
    "drugs.refuse": ("拒收方签名", "Refused, signed by"),
    "drugs.dispense": ("发药方签名", "Dispensed, signed by"),
    "drugs.undo": ("撤销方签名", "Undone, signed by"),
    "drugs.recall": ("召回方签名", "Recalled, signed by"),
}
"""What a signature under a kind says."""
HAND_OVERS = ("drugs.ship", "drugs.return", "drugs.refuse")
"""Kinds that begin a hand-over, which a `drugs.receive` completes."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader may see."""

    view: StateView
    """The state, for names."""
    node: Node
    """The node, for finality."""
    public: bool
    """Does the reader see links of the trade as role and region only?"""
    operator: str
    """Name of the only attester, or empty: then a final block is called final."""

    def place(self, gln: str | None) -> Text:
        """A site by name, or as role and region."""
        site = queries.find_site(self.view, gln) if gln else None
        if site is None:
            return names.party_name(self.view, gln) if gln else {"zh": "未知", "en": "unknown"}
        if self.public and site["kind"] not in NAMED_PLACES:
            return self.role_and_region(site["party"], site["region"])
        found: Text = site["names"]
        return found

    def role_and_region(self, gln: str, region: str) -> Text:
        """`批发企业(North)` / `distributor, North`."""
        party = queries.find_party(self.view, gln)
        role = role_text(party["roles"][0]["role"]) if party and party["roles"] else {"zh": "企业", "en": "company"}
        return {"zh": f"{role['zh']}({region})", "en": f"{role['en']}, {region}"}

    def signature(self, event: Event, gln: str | None) -> Signature:
        """The signature of an event, by the party of the site concerned."""
        signer = names.signer(self.view, event.transaction.by)
        site = queries.find_site(self.view, gln) if gln else None
        hidden = self.public and site is not None and site["kind"] not in NAMED_PLACES
        zh, en = MEANINGS.get(event.transaction.kind, ("签名", "Signed by"))
        who = (
            self.role_and_region(site["party"], site["region"])
            if hidden and site
            else signer.name or {"zh": "未登记", "en": "not enrolled"}
        )
        return Signature({"zh": zh, "en": en}, who, signer.key, event.transaction.at, None if hidden else signer.gln)

    def finality(self, height: int) -> Text:
        """How settled a block is, in words."""
        return finality_text(settled(self.node, height).level, self.operator)


def finality_text(level: str, operator: str) -> Text:
    """PROTOCOL §6, words: with one operator nothing is called final without naming whose word it is."""
    if level == "final" and operator:
        return {"zh": f"由 {operator} 记录", "en": f"recorded by {operator}"}
    return {
        "final": {"zh": "已终局", "en": "final"},
        "in_block": {"zh": "已入块,尚未终局", "en": "in a block, not final yet"},
    }.get(level, {"zh": "等待入块", "en": "waiting for a block"})


def stops(sight: Sight, events: Sequence[Event]) -> list[Stop]:
    """The stops of a way: a hand-over and its receipt are one stop with two signatures."""
    found: list[Stop] = []
    open_shipments: dict[str, int] = {}
    for event in events:
        kind, body = event.transaction.kind, event.transaction.body
        if kind in HAND_OVERS:
            open_shipments[event.transaction.id.hex()] = len(found)
        place = open_shipments.pop(str(body.get("shipment")), None) if kind == "drugs.receive" else None
        if place is not None:
            found[place] = completed(sight, found[place], event)
        else:
            found.append(stop(sight, event, _shipment_of(events, event)))
    return found


def _shipment_of(events: Iterable[Event], event: Event) -> Mapping[str, Any]:
    """The body of the shipment that an event refers to, or the event's own."""
    wanted = event.transaction.body.get("shipment")
    for other in events:
        if other.transaction.id.hex() == wanted:
            return other.transaction.body
    return event.transaction.body


def stop(sight: Sight, event: Event, shipment: Mapping[str, Any]) -> Stop:
    """One event as a stop of its own."""
    item = event.transaction
    words = words_of(item.kind)
    origin = item.body.get("site") or item.body.get("from") or shipment.get("to")
    late = max(event.time - item.at, 0)
    one = Stop(
        symbol=words.symbol,
        title=words.text,
        detail=detail(sight, item.kind, item.body, shipment),
        time=event.time,
        signatures=(sight.signature(event, origin),),
        late=late if late >= LATE_MS else 0,
        finality=sight.finality(event.height),
        height=event.height,
        transactions=(item.id.hex(),),
    )
    if item.kind in ("drugs.ship", "drugs.return"):
        waiting = Signature({"zh": "收货方尚未签名", "en": "Not yet taken over by"}, sight.place(item.body.get("to")))
        return replace(one, signatures=(*one.signatures, waiting))
    return one


def detail(sight: Sight, kind: str, body: Mapping[str, Any], shipment: Mapping[str, Any]) -> Text | str:
    """Where it happened: a place, or two with an arrow."""
    if kind in ("drugs.ship", "drugs.return"):
        return arrow(sight.place(body.get("from")), sight.place(body.get("to")))
    if kind in ("drugs.receive", "drugs.refuse", "drugs.cancel") and "from" in shipment:
        return arrow(sight.place(shipment.get("from")), sight.place(shipment.get("to")))
    return sight.place(body["site"]) if "site" in body else ""


def arrow(start: Text, end: Text) -> Text:
    """`A → B` in both languages."""
    return {lang: f"{start.get(lang) or next(iter(start.values()))} → {end.get(lang) or next(iter(end.values()))}" for lang in ("zh", "en")}


def completed(sight: Sight, begun: Stop, event: Event) -> Stop:
    """A hand-over whose receiver has signed too."""
    late = max(event.time - event.transaction.at, 0)
    receiver = event.transaction.body.get("at")
    signed = sight.signature(event, receiver or _receiver(sight, event))
    return replace(
        begun,
        title={"zh": "交接", "en": "Handed over"},
        symbol="truck",
        time=event.time,
        signatures=(begun.signatures[0], signed),
        late=max(begun.late, late if late >= LATE_MS else 0),
        finality=sight.finality(event.height),
        height=event.height,
        transactions=(*begun.transactions, event.transaction.id.hex()),
    )


def _receiver(sight: Sight, event: Event) -> str | None:
    shipment = sight.view.get(f"shipment/{event.transaction.body.get('shipment')}")
    return shipment["to"] if shipment else None

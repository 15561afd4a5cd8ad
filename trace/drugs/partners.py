"""Who may deliver to whom, and who takes goods back (DOMAIN §7.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chain.errors import Refusal
from chain.interfaces import Value
from trace.drugs.draft import Draft
from trace.drugs.shapes import Shipment
from trace.market import find_market
from trace.parties import queries
from trace.parties.checks import party_day

_FROM_MAKERS = frozenset({"manufacturer", "mah", "importer", "repackager", "distributor", "pharmacy", "hospital"})
_FROM_TRADE = frozenset({"repackager", "distributor", "pharmacy", "hospital"})
SUPPLY: Mapping[str, frozenset[str]] = {
    "manufacturer": _FROM_MAKERS,
    "mah": _FROM_MAKERS,
    "importer": _FROM_MAKERS,
    "repackager": _FROM_TRADE,
    "distributor": _FROM_TRADE,
}
"""Role -> roles that it may deliver to, in every market."""
PEER_SUPPLY: Mapping[str, frozenset[str]] = {
    "pharmacy": frozenset({"pharmacy", "hospital"}),
    "hospital": frozenset({"hospital", "pharmacy"}),
}
"""Further deliveries where the market of the giving site has `peer_supply`."""
HOLDERS = (
    "mah", "manufacturer", "importer", "repackager", "distributor", "carrier", "pharmacy", "hospital", "disposal", "laboratory",
)  # fmt: skip
"""Roles that may hold goods; each may move them between its own sites and choose what is known about them."""


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where goods go, and who stands at both ends."""

    source: str
    """GLN of the site that they leave."""
    target: str
    """GLN of the site that they go to."""
    country: str
    """Market of the target."""
    giver_gln: str
    """The party that sends."""
    giver: Value
    """Its entry."""
    receiver_gln: str
    """The party of the target."""
    receiver: Value
    """Its entry."""
    supply: Mapping[str, frozenset[str]]
    """Who may deliver to whom, where the goods leave."""
    giver_roles: tuple[str, ...]
    """Roles that the giver may act in."""
    receiver_roles: tuple[str, ...]
    """Roles of the receiver whose licence is in force."""

    @property
    def is_own(self) -> bool:
        """Are both sites of one party?"""
        return self.giver_gln == self.receiver_gln

    def takers(self) -> tuple[str, ...]:
        """Roles of the receiver to which the giver may deliver."""
        allowed = frozenset[str]().union(*(self.supply.get(role, ()) for role in self.giver_roles))
        return tuple(role for role in queries.roles_held(self.receiver) if role in allowed)

    def takers_back(self, purpose: str) -> tuple[str, ...]:
        """Roles of the receiver that may take goods back: those that may deliver to the giver, and disposal for destruction."""
        given = set(queries.roles_held(self.giver))
        return tuple(
            role
            for role in queries.roles_held(self.receiver)
            if given & self.supply.get(role, frozenset()) or (role == "disposal" and purpose == "destruction")
        )


def find_way(draft: Draft) -> Way:
    """The two ends of a ship or return. Raises Refusal `parties.site.unknown`, `parties.site.closed`, `drugs.ship.same_site`."""
    source, target = draft.body["from"], draft.body["to"]
    site = queries.find_site(draft, target)
    receiver = queries.find_party(draft, site["party"]) if site else None
    if site is None or receiver is None:
        raise Refusal("parties.site.unknown", "an enrolled site", target, field="to")
    if not site["open"]:
        raise Refusal("parties.site.closed", "an open site", target, field="to")
    if source == target:
        raise Refusal("drugs.ship.same_site", "two sites", target, field="to")
    signer, time = draft.signer, draft.block.time
    suspended = queries.suspended_roles(signer.party, time)
    giver_roles = tuple(
        role for role in queries.roles_in_force(signer.party, party_day(draft, signer.party, time)) if role not in suspended
    )
    return Way(
        source=source,
        target=target,
        country=site["country"],
        giver_gln=signer.gln,
        giver=signer.party,
        receiver_gln=site["party"],
        receiver=receiver,
        supply=_supply_from(draft, source),
        giver_roles=giver_roles,
        receiver_roles=queries.roles_in_force(receiver, party_day(draft, receiver, time)),
    )


def _supply_from(draft: Draft, source: str) -> Mapping[str, frozenset[str]]:
    site = queries.find_site(draft, source)
    market = find_market(draft, site["country"]) if site else None
    return {**SUPPLY, **PEER_SUPPLY} if market and market["peer_supply"] else SUPPLY


def validate_supply(way: Way) -> None:
    """May the giver deliver to the receiver? Raises Refusal `drugs.ship.partner`, `parties.licence.expired` (the receiver's)."""
    if way.is_own:
        return
    takers = way.takers()
    if not takers:
        raise Refusal(
            "drugs.ship.partner", _sides(way.giver_roles, "to whom they may deliver"), ", ".join(queries.roles_held(way.receiver))
        )
    validate_licence(way, takers)


def validate_licence(way: Way, roles: Iterable[str]) -> None:
    """One of the receiver's roles is in force; none is needed at an own site. Raises Refusal `parties.licence.expired`."""
    concerned = tuple(roles)
    if concerned and not way.is_own and not any(role in way.receiver_roles for role in concerned):
        raise Refusal("parties.licence.expired", "a licence of the receiver in force", ", ".join(concerned), field="to")


def validate_return(way: Way, purpose: str) -> None:
    """Do the goods go up the chain, to an own site, or to disposal for destruction? Raises Refusal `drugs.return.partner`."""
    if not way.is_own and not way.takers_back(purpose):
        held = ", ".join(queries.roles_held(way.receiver))
        raise Refusal("drugs.return.partner", "a supplier, an own site, or disposal for destruction", held, field="to")


def _sides(roles: tuple[str, ...], what: str) -> str:
    return f"{', '.join(roles) or 'no role in force'}, and roles {what}"


def validate_sender(draft: Draft, shipment: Shipment) -> None:
    """The signer's party sent the shipment. Raises Refusal `drugs.shipment.not_sender`."""
    _validate_end(draft, shipment["from"], "drugs.shipment.not_sender")


def validate_receiver(draft: Draft, shipment: Shipment) -> None:
    """The shipment goes to the signer's party. Raises Refusal `drugs.shipment.not_receiver`."""
    _validate_end(draft, shipment["to"], "drugs.shipment.not_receiver")


def _validate_end(draft: Draft, site: str, code: str) -> None:
    party = queries.party_of_site(draft, site)
    if party != draft.signer.gln:
        raise Refusal(code, f"signed by {party}", draft.signer.gln, field="shipment")

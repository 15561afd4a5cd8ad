"""The kinds of DOMAIN §7: form, who may sign, rule. `trace.registry` joins this table with those of the other modules.

Where DOMAIN names no role, none is asked for: goods on the road must land somewhere, and a recall must never fail on a licence.
"""

from trace.drugs.custody import loosen, name_packs
from trace.drugs.making import MAKER_ROLES, batch, product, release
from trace.drugs.moving import cancel, return_goods, ship
from trace.drugs.partners import HOLDERS
from trace.drugs.recalling import close, recall
from trace.drugs.receiving import receive, refuse
from trace.drugs.schemas import SCHEMAS
from trace.drugs.selling import dispense, undo
from trace.drugs.shipments import locate_receiver, locate_sender
from trace.kinds import Demand, Kind, Rule

OWNER_ROLES = ("mah", "importer", "repackager")
"""Roles that may register a product."""

_RULES: dict[str, tuple[Demand, Rule]] = {
    "drugs.product": (Demand(OWNER_ROLES), product),
    "drugs.batch": (Demand(MAKER_ROLES, "site"), batch),
    "drugs.release": (Demand((*OWNER_ROLES, "manufacturer", "regulator")), release),
    "drugs.ship": (Demand(HOLDERS, "from"), ship),
    "drugs.cancel": (Demand(locate=locate_sender), cancel),
    "drugs.receive": (Demand(locate=locate_receiver, while_suspended=True), receive),
    "drugs.refuse": (Demand(locate=locate_receiver, while_suspended=True), refuse),
    "drugs.return": (Demand(site="from", while_suspended=True), return_goods),
    "drugs.loosen": (Demand(HOLDERS, "site"), loosen),
    "drugs.name": (Demand(HOLDERS, "site"), name_packs),
    "drugs.dispense": (Demand(("pharmacy", "hospital"), "site"), dispense),
    "drugs.undo": (Demand(site="site"), undo),
    "drugs.recall": (Demand(), recall),
    "drugs.recall.close": (Demand(), close),
}

_PROVING = frozenset({"drugs.receive", "drugs.name", "drugs.dispense"})

KINDS: dict[str, Kind] = {name: Kind(SCHEMAS[name], demand, rule, name in _PROVING) for name, (demand, rule) in _RULES.items()}
"""Kind -> schema, demand and rule."""

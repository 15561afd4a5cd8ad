"""What keeps a site from being closed: `occupancy/<site>` = {batches, shipments}.

`batches` counts the site's `stock` entries with packs in them (named + loose > 0); `shipments` the open shipments from or to the site (each
counts at both ends). Stock is keyed by batch and a shipment by its transaction, so without these counts closing a site would mean reading
all of them. They change only when a stock entry becomes or stops being empty, or a shipment opens or closes: seldom.
"""

from chain.interfaces import StateView, Value
from chain.state import state_key

_NOTHING: Value = {"batches": 0, "shipments": 0}


def occupancy_key(site: str) -> str:
    """State key of a site's count."""
    return state_key("occupancy", site)


def occupancy(view: StateView, site: str) -> Value:
    """{batches, shipments} of a site; zeros where nothing ever was."""
    return view.get(occupancy_key(site)) or _NOTHING


def change_occupancy(view: StateView, site: str, *, batches: int = 0, shipments: int = 0) -> dict[str, Value]:
    """The entry after adding to its counts, as part of a rule's `Changes.values`; empty when nothing is added.

    A rule that touches one site several times adds up first: the view does not yet hold what the rule itself changes.
    """
    if not batches and not shipments:
        return {}
    before = occupancy(view, site)
    return {occupancy_key(site): {"batches": before["batches"] + batches, "shipments": before["shipments"] + shipments}}


def is_empty(view: StateView, site: str) -> bool:
    """Does the site hold nothing and wait for nothing?"""
    return not any(occupancy(view, site).values())

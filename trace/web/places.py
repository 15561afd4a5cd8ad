"""Places that a reader may choose as the place of a scan."""

from itertools import islice
from typing import Any

from chain.interfaces import StateView
from trace.drugs.case import CONSUMER, PHARMACY, SHOP_KINDS

PLACES_SHOWN = 200
"""Places in a list: a longer one is no help; the place's own code can be given as `?at=`."""
SITES_LOOKED_AT = 5_000
"""Sites that are looked at for the list."""
VIEWERS = (
    ("consumer", {"zh": "消费者", "en": "a consumer"}),
    ("pharmacy", {"zh": "药房或医院", "en": "a pharmacy or hospital"}),
    ("distributor", {"zh": "流通或生产企业", "en": "a distributor or maker"}),
    ("regulator", {"zh": "监管机构", "en": "a regulator"}),
)
"""Who may look, with words (DOMAIN §10.1)."""


def places_for(view: StateView, viewer: str) -> list[tuple[str, Any]]:
    """(GLN, names) of the open places that fit a viewer: where medicines are dispensed for the public and for pharmacies, else all."""
    dispensing = viewer in (CONSUMER, PHARMACY)
    sites = islice(view.scan("site/"), SITES_LOOKED_AT)
    fitting = ((key[-13:], site["names"]) for key, site in sites if site["open"] and (not dispensing or site["kind"] in SHOP_KINDS))
    return list(islice(fitting, PLACES_SHOWN))

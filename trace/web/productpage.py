"""What is registered about a medicine: shown where a code names a product or a batch, not a single pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import unquote

from chain.interfaces import StateView, Value
from trace.web import names
from trace.web.models import Text

BATCHES_SHOWN = 50
"""Batches of a product on its page."""
UNITS: Mapping[str, tuple[str, str]] = {
    "tablet": ("片", "tablets"),
    "capsule": ("粒", "capsules"),
    "pen": ("支", "pens"),
    "dose": ("剂", "doses"),
    "ampoule": ("支", "ampoules"),
    "vial": ("瓶", "vials"),
}
"""Unit code -> its names; others by their code."""


@dataclass(frozen=True, slots=True)
class ProductPage:
    """A medicine."""

    entry: Value
    """Its state entry."""
    owner: Text
    """Who answers for it."""
    units: Text
    """What is in a pack."""
    batches: tuple[tuple[str, Value], ...]
    """(lot, entry) of its batches."""

    @property
    def storage(self) -> str:
        """Temperatures between which it is kept."""
        limits = self.entry["storage"]
        return "" if limits is None else f"{degrees(limits['min'])} – {degrees(limits['max'])} °C"


def degrees(tenths: int) -> str:
    """Tenths of a degree as degrees."""
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def product_page(view: StateView, gtin: str) -> ProductPage | None:
    """The medicine of a GTIN, or None where it is not on this ledger."""
    entry = view.get(f"product/{gtin}")
    if entry is None:
        return None
    zh, en = UNITS.get(entry["unit"], (entry["unit"], entry["unit"]))
    folder = f"batch/{gtin}/"
    found: list[tuple[str, Any]] = [(unquote(key.removeprefix(folder)), batch) for key, batch in islice(view.scan(folder), BATCHES_SHOWN)]
    units = {"zh": f"{entry['units']} {zh}", "en": f"{entry['units']} {en}"}
    return ProductPage(entry, names.party_name(view, entry["owner"]), units, tuple(found))

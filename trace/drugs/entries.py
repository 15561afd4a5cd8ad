"""Keys of the entries of medicines in the state, and reading them (DOMAIN §3). Their shapes are in `shapes`.

Lots may contain `/`, so parts of keys are percent-encoded; GTINs, GLNs, hashes and numbers need no encoding and are put in as they are.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import cast
from urllib.parse import quote

from chain.interfaces import StateView
from trace.drugs.shapes import Batch, Product, Recall, Shipment, Stock


@dataclass(frozen=True, slots=True)
class BatchName:
    """GTIN and lot, and the keys of everything that hangs on them."""

    gtin: str
    """GTIN of the product."""
    lot: str
    """Lot as printed."""
    path: str
    """Both as they stand in keys."""

    def __hash__(self) -> int:
        return hash(self.path)  # a string remembers its hash

    @property
    def batch_key(self) -> str:
        """The batch."""
        return f"batch/{self.path}"

    @property
    def tally_key(self) -> str:
        """Its sums."""
        return f"tally/{self.path}"

    @property
    def run_folder(self) -> str:
        """What the keys of its runs begin with."""
        return f"run/{self.path}/"

    @property
    def stock_folder(self) -> str:
        """What the keys of its stock begin with."""
        return f"stock/{self.path}/"

    def run_key(self, start: int) -> str:
        """The run that begins at a slot."""
        return f"run/{self.path}/{start:08d}"

    def stock_key(self, site: str) -> str:
        """What a site holds of it."""
        return f"stock/{self.path}/{site}"

    def purchase_key(self, slot: int) -> str:
        """The buyer's statement about a sold pack (DOMAIN §11); present = the receipt was used."""
        return f"purchase/{self.path}/{slot:08d}"

    def paid_key(self, slot: int) -> str:
        """What insurers paid for a pack (DOMAIN §15): `{paid: bool}`, false again after a reversal."""
        return f"paid/{self.path}/{slot:08d}"


@lru_cache(maxsize=4096)  # the tills of a country sell few batches at a time
def batch_name(gtin: str, lot: str) -> BatchName:
    """The name of a batch, from a GTIN of 14 digits and a lot."""
    return BatchName(gtin, lot, f"{gtin}/{quote(lot, safe='-._~')}")


def product_key(gtin: str) -> str:
    """A product."""
    return f"product/{gtin}"


def level_key(gtin: str) -> str:
    """The product that a box's GTIN belongs to: `{gtin, holds, history}`."""
    return f"level/{gtin}"


def cn_id_key(digits: str) -> str:
    """The product of a Chinese drug identifier: `{gtin, history}`."""
    return f"cnid/{digits}"


def shipment_key(shipment: str) -> str:
    """A shipment, by the hex id of its transaction."""
    return f"shipment/{shipment}"


def line_key(shipment: str, number: int) -> str:
    """A line entry of a shipment."""
    return f"line/{shipment}/{number:08d}"


def recall_key(number: str) -> str:
    """A recall."""
    return f"recall/{quote(number, safe='-._~')}"


def recall_range_key(number: str, chunk: int) -> str:
    """Some of the slots of a recall of single packs: `{ranges}`."""
    return f"recallrange/{quote(number, safe='-._~')}/{chunk:08d}"


# --- reading -----------------------------------------------------------------------------------------------------------------


def find_product(view: StateView, gtin: str) -> Product | None:
    """The product, or None."""
    return cast(Product | None, view.get(product_key(gtin)))


def authorised_markets(product: Product) -> list[str]:
    """Codes of the markets in which a product is authorised."""
    return [each["market"] for each in product["markets"]]


def find_batch(view: StateView, name: BatchName) -> Batch | None:
    """The batch, or None."""
    return cast(Batch | None, view.get(name.batch_key))


def find_shipment(view: StateView, shipment: str) -> Shipment | None:
    """The shipment, or None."""
    return cast(Shipment | None, view.get(shipment_key(shipment)))


def find_recall(view: StateView, number: str) -> Recall | None:
    """The recall, or None."""
    return cast(Recall | None, view.get(recall_key(number)))


def find_stock(view: StateView, name: BatchName, site: str) -> Stock | None:
    """What the site holds of the batch, or None where it never held any."""
    return cast(Stock | None, view.get(name.stock_key(site)))


def loose_at(view: StateView, name: BatchName, site: str) -> int:
    """Loose packs of the batch at a site."""
    stock = find_stock(view, name, site)
    return stock["loose"] if stock else 0

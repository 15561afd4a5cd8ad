"""What is known of one pack, batch or product when a verdict is asked for (DOMAIN §10.5). Plain values, JSON by `trace.drugs.plain`.

Each fact is there, or is named in `absent` because the ledger proves that there is no such thing, or is None: nobody has shown it. Nothing
has a default, so that a fact which got lost can never be read as a harmless one (P3).
"""

from collections.abc import Mapping
from dataclasses import dataclass

Text = Mapping[str, str]
"""`{"zh": …, "en": …}`, at least one of them."""

PRODUCT, BATCH, SERIAL, STOCK, PLACE = "product", "batch", "serial", "stock", "place"
"""What `Facts.absent` may name: no entry of the GTIN, of the lot, of the serial in the batch (or, without a lot, in any), of the batch's
stock at the place, of the place."""
VERIFIED, INCONSISTENT, NONE = "verified", "inconsistent", "none"
"""State of the evidence: all checks passed (or read by the asker's own node); a check failed or two heads were seen; there is none."""
NAMED, BOXED, COUNTED = "named", "boxed", "batch"
"""What the pack's whole way proves (DOMAIN §4): handed over by number at every step; in a sealed box; at some step only counted."""


@dataclass(frozen=True, slots=True)
class Fresh:
    """How old evidence may be and still be green, minutes (DOMAIN §16)."""

    dispense: int
    """For whoever dispenses."""
    trade: int
    """For other members."""
    consumer: int
    """For the public."""


@dataclass(frozen=True, slots=True)
class Market:
    """The market that decides: that of the place, else that of the batch."""

    code: str
    """Two capital letters."""
    offset_minutes: int
    """Local day: minutes east of UTC."""
    custody: str
    """Custody needed at dispensing: `named` or `batch`."""
    undo_days: int
    """How long a sale can be undone."""
    fresh_minutes: Fresh
    """How old evidence may be."""


@dataclass(frozen=True, slots=True)
class Product:
    """What the ledger says about a GTIN."""

    owner: str
    """GLN of the marketing authorisation holder or importer."""
    names: Text
    """Name of the product."""
    markets: tuple[str, ...]
    """Where it is authorised."""
    joined: str
    """Batches made before this day are not on the ledger."""
    shelf_months: int | None
    """Shelf life, if registered."""
    recalls: tuple[str, ...]
    """Numbers of the recalls of the whole product."""
    withdrawn: tuple[str, ...]
    """Markets from which it is withdrawn."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release decision of a batch."""

    key: str
    """The key that signed it."""
    time: int
    """Block time, ms."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the ledger says about a batch."""

    lot: str
    """Its lot: the printed one, or the one in which the serial was found."""
    maker: str
    """GLN of the party that made it."""
    signer: str
    """The key that signed it."""
    time: int
    """Block time of its making, ms."""
    count: int
    """Packs."""
    market: str
    """The market it is made for."""
    status: str
    """`made`, `released` or `rejected`."""
    releases: tuple[Release, ...]
    """The decisions so far."""
    expiry: str
    """Expiry day now."""
    printed_expiry: str
    """Expiry day on the packs."""
    recalls: tuple[str, ...]
    """Numbers of the recalls of the whole batch."""
    sources: tuple[str, ...]
    """`GTIN/LOT` of the batches it was repacked from."""
    loose_missing: int
    """Packs reported missing whose serials are unknown."""


@dataclass(frozen=True, slots=True)
class Source:
    """A batch that this one was repacked from."""

    batch: str
    """`GTIN/LOT`."""
    recalls: tuple[str, ...]
    """Numbers of its recalls and of its product's."""


@dataclass(frozen=True, slots=True)
class Run:
    """The run that covers the pack's slot."""

    start: int
    """First slot."""
    end: int
    """Slot after the last."""
    state: str
    """State of DOMAIN §3."""
    site: str | None
    """Where it lies, or where it was sold."""
    shipment: str | None
    """The shipment it travels in."""
    box: str | None
    """The box it is in."""
    block: str | None
    """Why it is blocked."""
    recalls: tuple[str, ...]
    """Numbers of the recalls of these packs."""
    receipts: tuple[str, ...]
    """Hashes of the receipt keys of its sales."""
    units_left: int | None
    """What is left of an opened pack."""
    since: int
    """Block time of its last event, ms."""
    attempts: int
    """Recorded attempts to sell it again elsewhere."""
    alerts: int
    """Open alerts of level 5 about it."""


@dataclass(frozen=True, slots=True)
class Recall:
    """One recall."""

    number: str
    """Reference."""
    recall_class: int
    """1 serious harm, 2 temporary, 3 unlikely (DOMAIN §12)."""
    depth: str
    """`wholesale`, `pharmacy` or `patient`."""
    markets: tuple[str, ...]
    """Where it applies."""
    status: str
    """`open`, `completed` or `issued_in_error`."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key that signed the batch or a release of it."""

    key: str
    """The key."""
    party: str
    """GLN of its party."""
    compromised_since: int | None
    """From when on it was in wrong hands, ms."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place of a party."""

    gln: str
    """Its GLN."""
    party: str
    """GLN of its party."""
    kind: str
    """Site kind of DOMAIN §6."""
    names: Text
    """Its name."""
    region: str
    """Region."""
    country: str
    """Market it lies in."""


@dataclass(frozen=True, slots=True)
class Stock:
    """Packs of the batch at the place."""

    named: int
    """Packs known one by one."""
    loose: int
    """Packs known by number only."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """The shipment that the pack travels in."""

    sender: str
    """GLN of the site it left."""
    receiver: str
    """GLN of the site it goes to."""
    since: int
    """Block time of the dispatch, ms."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the verdict looks at besides the print and the asker."""

    evidence: str
    """`verified`, `inconsistent` or `none`."""
    absent: tuple[str, ...]
    """What the ledger proves not to exist: `product`, `batch`, `serial`, `stock`, `place`."""
    market: Market | None
    """The market that decides."""
    product: Product | None
    """The product."""
    batch: Batch | None
    """The batch printed, or the one found by the serial."""
    slot: int | None
    """The pack's number in the batch, proven by inclusion."""
    other_lot: str | None
    """Another batch of the GTIN that the serial is proven to be in."""
    run: Run | None
    """The run that covers the slot."""
    way: str | None
    """What the run's whole history proves: `named`, `boxed` or `batch`; None = not walked. It decides words, never a light."""
    received: int | None
    """Packs of the batch that the place has taken in loose; None = not added up. Words only."""
    recalls: tuple[Recall, ...]
    """The recalls that product, batch, run and sources name."""
    sources: tuple[Source, ...]
    """The batches that `batch.sources` names."""
    keys: tuple[Key, ...]
    """The keys that signed batch and releases."""
    stock: Stock | None
    """Stock of the batch at the place; looked at if the pack is loose."""
    holder: Site | None
    """The site that the run names."""
    place: Site | None
    """The site of the scan."""
    shipment: Shipment | None
    """The shipment, if the pack moves."""


NOTHING = Facts(
    evidence=NONE,
    absent=(),
    market=None,
    product=None,
    batch=None,
    slot=None,
    other_lot=None,
    run=None,
    way=None,
    received=None,
    recalls=(),
    sources=(),
    keys=(),
    stock=None,
    holder=None,
    place=None,
    shipment=None,
)
"""What somebody knows who has no evidence at all."""

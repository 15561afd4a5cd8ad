"""The shapes of the entries of medicines in the state (DOMAIN §3). Values are plain canonical JSON objects and are never mutated."""

from typing import Any, NotRequired, TypedDict

History = dict[str, Any]
"""`{n, head}`, and for a run split off without an event of its own since: `of`, the state key under which its events are indexed."""
Text = dict[str, str]
"""`{"zh": ..., "en": ...}`."""

HELD_STATES = ("active", "moving", "loose")
"""States of packs that are in the supply chain."""
ENDED_STATES = (
    "dispensed", "opened", "issued", "taken_back", "sample", "free_sample", "exported", "stolen", "missing", "unused", "repacked",
    "destroyed",
)  # fmt: skip
"""States of packs that have left it. `active`, `moving` and these are the words of `drugs.pack.<state>`."""


class Product(TypedDict):
    """`product/<gtin>`."""

    owner: str
    """GLN of the marketing authorisation holder or importer."""
    makers: list[str]
    """GLNs of the parties that may commission it."""
    names: Text
    """Names by language."""
    units: int
    """Single doses or tablets in a pack."""
    unit: str
    """Code of the unit."""
    markets: list[dict[str, str]]
    """`{market, authorisation}`: where it is authorised, and under which number."""
    release: list[str]
    """Releases that a batch needs: `qp`, or `qp` and `authority`."""
    joined: str
    """Date; batches made before it are not on the ledger."""
    prescription: bool
    """Only on prescription?"""
    form: str | None
    """Pharmaceutical form."""
    strength: str | None
    """Strength as printed."""
    shelf_months: int | None
    """Most months from making to expiry."""
    storage: dict[str, int] | None
    """`{min, max}` in tenths of a degree C."""
    cn_id: str | None
    """Chinese drug identifier of seven digits."""
    levels: list[dict[str, Any]]
    """Boxes of it: `{gtin, holds}`."""
    recalls: list[str]
    """Numbers of the recalls of the whole product, in order; only `issued_in_error` takes one away."""
    withdrawn: list[str]
    """Markets from which it is withdrawn."""
    history: History
    """Events of the product."""


Root = TypedDict("Root", {"from": int, "to": int, "root": str})
"""One part of a batch: slots from .. to-1 and the root over their marks, hex."""
Release = TypedDict("Release", {"as": str, "key": str, "party": str, "decision": str, "height": int, "since": int})
"""One release decision: in which capacity, by which key of which party, `released` or `rejected`, in which block, at which block time."""


class Source(TypedDict):
    """A batch that a repacked batch was made from."""

    gtin: str
    """Its GTIN."""
    lot: str
    """Its lot."""


class Batch(TypedDict):
    """`batch/<gtin>/<lot>`."""

    maker: str
    """GLN of the party that commissioned it."""
    site: str
    """GLN of the place."""
    signer: str
    """Key that signed it."""
    count: int
    """Packs."""
    roots: list[Root]
    """Its parts, ascending."""
    made: str
    """Date of making."""
    expiry: str
    """Last good day."""
    printed_expiry: str
    """Expiry as printed on the packs."""
    market: str
    """The market that it is made for."""
    status: str
    """`made`, `released` or `rejected`."""
    releases: list[Release]
    """Release decisions in order."""
    recalls: list[str]
    """Numbers of the recalls of the whole batch."""
    loose_missing: int
    """Packs that are missing without anybody knowing which."""
    marks: str | None
    """Hash of the published mark list."""
    height: int
    """Block in which it came onto the ledger."""
    since: int
    """Time of that block, ms."""
    sources: NotRequired[list[Source]]
    """What it was repacked from."""
    history: History
    """Events of the batch as a whole."""


class Block(TypedDict):
    """A mark that keeps packs from being sold or shipped."""

    why: str
    """`returned`, `damaged`, `seal_broken`, `excursion`, `recall`, `expired`, `destruction`, `suspect`, `quality`, `authority`."""
    by: str
    """GLN of the party that set it."""


class Run(TypedDict):
    """`run/<gtin>/<lot>/<start>`: slots start .. end-1 of a batch, which share one story."""

    end: int
    """First slot behind the run."""
    state: str
    """One of `HELD_STATES` or `ENDED_STATES`."""
    site: str | None
    """Where it is (`active`) or where it ended; null while moving, loose or lost on the way."""
    title: str | None
    """GLN of the party that owns it in law; null = not recorded (loose custody)."""
    shipment: str | None
    """The shipment that it is in, or in which it went missing."""
    box: str | None
    """The box that it is in."""
    block: Block | None
    """Kept from sale and shipping?"""
    recalls: list[str]
    """Numbers of the recalls of exactly these packs."""
    receipts: list[str]
    """Hashes of the receipt keys of its sale."""
    units_left: int | None
    """Units left in an opened pack."""
    since: int
    """Block time of the last change of its state, ms; marks do not move it."""
    attempts: int
    """Refused sales reported for it."""
    history: History
    """The way of exactly these packs (S-09)."""


class Stock(TypedDict):
    """`stock/<gtin>/<lot>/<site>`."""

    named: int
    """Packs of `active` runs at the site."""
    loose: int
    """Packs that the site holds by number."""
    history: History
    """Only what brought loose packs in."""


class Tally(TypedDict):
    """`tally/<gtin>/<lot>`: where the packs of a batch are, by number; no history."""

    count: int
    """Packs of the batch."""
    at_sites: int
    """Packs that sites hold."""
    moving: int
    """Packs in open shipments."""
    ended: dict[str, int]
    """State -> packs."""


Shipment = TypedDict(
    "Shipment",
    {
        "from": str, "to": str, "purpose": str, "title": str, "status": str, "open": int, "touched": bool, "of": str | None,
        "carrier": str | None, "since": int, "lines": int, "history": History,
    },
)  # fmt: skip
"""`shipment/<transaction>`: sites; `purpose` (`delivery`, `transfer`, a return's purpose, or `refusal`); `title` `passes` or `stays`;
`status` open, closed, cancelled or refused; packs still open; was anything received or refused; the shipment that it supplements, returns
or reverses; carrier's GLN; block time; number of line entries."""


class Line(TypedDict):
    """`line/<transaction>/<number>`: a part of a shipment. Its open named packs are the `moving` runs of that shipment inside `ranges`."""

    gtin: str
    """GTIN of the packs."""
    lot: str
    """Lot of the packs."""
    ranges: list[list[int]] | None
    """The slots that were sent, at most `ranges.CHUNK` ranges; null for loose packs."""
    loose: int | None
    """Loose packs still open; null for named packs."""


Recall = TypedDict(
    "Recall",
    {
        "scope": dict[str, Any], "class": int, "depth": str, "markets": list[str], "reason": str, "text": Text, "contact": str, "by": str,
        "status": str, "opened": int, "closed": dict[str, Any] | None, "history": History,
    },
)  # fmt: skip
"""`recall/<number>`: scope `{gtin, lot?, packs?}` (packs: how many, their ranges in `recallrange/<number>/<chunk>`); class 1-3; depth;
markets; reason code; texts; contact; party that opened it; `open`, `completed` or `issued_in_error`; block time of opening; `{at, by}` of
its end."""

"""From a scan to its verdict: reads the code, asks the ledger, judges. What the page and the JSON answer are both made of.

Read at the newest block: a verdict that decides must know the last sale, final or not (DESIGN §7). The age of the evidence is that of the
node's own look, which is now; how settled its newest event is stands beside it.
"""

import hashlib
from dataclasses import dataclass, replace
from urllib.parse import parse_qs

from chain import codec
from chain.errors import Malformed
from chain.reader import Event
from trace.drugs.case import NOTHING_READ, Asked, Printed
from trace.drugs.entries import batch_name
from trace.drugs.facts import Facts
from trace.drugs.gathering import EMPTY, Sought, gather
from trace.drugs.membership import Source
from trace.drugs.verdict import Verdict, verdict
from trace.gs1 import chinese
from trace.gs1.item import BATCH, PACK, PRODUCT, Item
from trace.gs1.scan import SCANNER_FAULT, Reading, read, resolve
from trace.ledger import Ledger
from trace.market import local_day

RECEIPT_BYTES = 32
"""Bytes of a public receipt key."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks about a scan, and from where."""

    viewer: str
    """`consumer`, `pharmacy`, `distributor` or `regulator`."""
    place: str | None = None
    """GLN of the place."""
    receipt: str | None = None
    """Public receipt key that the asker holds, base64url."""
    answer: str | None = None
    """`yes` or `no` to the question of an earlier verdict."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A scan and what the ledger says about it."""

    reading: Reading
    """The scan as read without the ledger."""
    item: Item | None
    """The item that the ledger confirms, or the only reading; None where there is none."""
    facts: Facts
    """What the ledger shows."""
    verdict: Verdict
    """What is said about it."""
    question: Question
    """Who asked."""
    key: str | None
    """State key of the run that the pack is in, else of the batch."""
    events: tuple[Event, ...]
    """What happened to the thing at `key`, oldest first."""


def look_up(ledger: Ledger, text: str, question: Question) -> Looked:
    """Reads a scanned text and judges it."""
    reading = read(text, ledger.hosts)
    source = Source(ledger.node.view(), ledger.packs)
    found = resolve(reading, lambda item: is_known(source, with_gtin(source, item)))
    item = with_gtin(source, found.item) if found.item is not None else None
    facts = gather(source, sought(item, question.place)) if item is not None else EMPTY
    asked = Asked(
        viewer=question.viewer,
        place=question.place,
        receipt=receipt_hash(question.receipt or receipt_in(text)),
        answer=question.answer,
        day=local_day(ledger.node.clock.now(), facts.market.offset_minutes if facts.market else 0),
        age_s=0,
    )
    said = verdict(facts, printed(item, found.diagnosis), asked)
    key = key_of(item, facts)
    return Looked(reading, item, facts, said, question, key, tuple(ledger.node.history(key)) if key else ())


def key_of(item: Item | None, facts: Facts) -> str | None:
    """State key of the run that the pack is in, else of its batch."""
    if item is None or item.gtin is None or facts.batch is None:
        return None
    name = batch_name(item.gtin, facts.batch.lot)
    return name.run_key(facts.run.start) if facts.run else name.batch_key


def with_gtin(source: Source, item: Item) -> Item:
    """A Chinese code with the GTIN that its identifier is registered for; every other item as it is."""
    if item.cn_code is None:
        return item
    entry = source.view.get(f"cnid/{chinese.drug_identifier(item.cn_code)}")
    return item if entry is None else replace(item, gtin=entry["gtin"])


def sought(item: Item, place: str | None) -> Sought:
    """What is looked up for an item."""
    return Sought(item.gtin, item.lot, item.serial, place)


def is_known(source: Source, item: Item) -> bool:
    """Does the ledger know this pack, batch or product?"""
    facts = gather(source, sought(item, None))
    return {PACK: facts.slot is not None, BATCH: facts.batch is not None, PRODUCT: facts.product is not None}.get(item.kind, False)


def printed(item: Item | None, diagnosis: str | None) -> Printed:
    """What the verdict needs to know of the print."""
    if item is None:
        fault = diagnosis == SCANNER_FAULT
        return Printed(PACK if fault else NOTHING_READ, None, None, False, ("unreadable",) if fault else (), unique=not fault)
    return Printed(item.kind, item.lot, item.expiry, item.expiry_month_only, item.repairs, unique=True)


def receipt_in(text: str) -> str | None:
    """The public receipt key in a scanned link (`?receipt=`), as a buyer's own code carries it."""
    return next(iter(parse_qs(query_in(text)).get("receipt", ())), None)


def query_in(text: str) -> str:
    """What stands between `?` and `#`; any text has an answer."""
    return text.partition("#")[0].partition("?")[2]


def receipt_hash(key: str | None) -> str | None:
    """What the ledger keeps of a receipt key (DOMAIN §11); None for what is no key, which then fits no sale."""
    if key is None:
        return None
    try:
        public = codec.decode_base64(key, RECEIPT_BYTES)
    except Malformed:
        return None
    return hashlib.sha256(codec.domain("receipt/v1") + public).hexdigest()

"""From a scanned text to an answer: what it names, what the ledger shows of it, the verdict, the way (DOMAIN §2, §10).

answer = scan(ledger, text, Options(viewer="pharmacy", place=GLN, now=..., evidence_time=...))
answer.verdict.code, answer.as_json()
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from chain import codec
from chain.interfaces import StateView, Value
from chain.node import Node
from trace.drugs import entries, words
from trace.drugs.case import CONSUMER, NOTHING_READ, PACK_CODE, Asked, Params, Printed
from trace.drugs.facts import NOTHING, Facts
from trace.drugs.gathering import Sought, gather
from trace.drugs.incidents import Incident, counted, of_pack
from trace.drugs.journey import NOWHERE, Journey, Traveller, travel
from trace.drugs.membership import Source, is_known
from trace.drugs.packstore import PackStore
from trace.drugs.plain import dump
from trace.drugs.verdict import GREEN, Verdict, verdict
from trace.gs1 import scan as gs1
from trace.gs1.item import BATCH, PACK, PRODUCT, Item
from trace.gs1.repairs import DOUBTFUL, REPAIRS
from trace.market import local_day

PENDING, IN_BLOCK, FINAL = "pending", "in_block", "final"
"""How settled the newest event is (PROTOCOL §6)."""
UNREADABLE = "damaged"
"""Stands for the repair where a damaged code could not be repaired at all."""


class Desk(Protocol):
    """What an answer is made from: an open ledger."""

    node: Node
    """The node."""
    packs: PackStore
    """The mark lists that it has."""
    hosts: tuple[str, ...]
    """Hosts whose Digital Links are this ledger's."""


@dataclass(frozen=True, slots=True)
class Options:
    """Who asks, where and when."""

    now: int
    """Local clock, ms."""
    evidence_time: int | None
    """When what this node shows was last known to be the newest, ms (`evidence_time`); None = not known, then nothing is green."""
    viewer: str = CONSUMER
    """One of `case.VIEWERS`."""
    place: str | None = None
    """GLN of the site of the scan."""
    receipt: str | None = None
    """Hash of the receipt key that the phone holds (`receipt_hash`), hex."""
    answer: str | None = None
    """`yes` or `no` to the question of an earlier verdict."""
    member: bool = False
    """Has the asker signed in as a member? Then all names of the way are shown."""
    journey: bool = True
    """Is the way wanted? Without it nothing is said about custody."""


@dataclass(frozen=True, slots=True)
class Finality:
    """How settled the newest event of the pack is."""

    level: str
    """`pending`, `in_block` or `final`."""
    height: int | None
    """Height of its block."""
    depth: int | None
    """Blocks on top of it."""
    final_height: int
    """Height of the last final block."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The answer to a scan."""

    item: Item | None
    """What the code names; None where it could not be read."""
    facts: Facts
    """What the ledger shows."""
    printed: Printed
    """What the pack says, as the verdict saw it."""
    asked: Asked
    """Who asked, as the verdict saw it."""
    verdict: Verdict
    """The verdict."""
    journey: Journey
    """The way."""
    finality: Finality | None
    """How settled it is; None where nothing of it is on the ledger."""
    notes: tuple[str, ...]
    """Names of the repairs (`trace.gs1.repairs.REPAIRS` has their sentences), and `unknown_host`."""
    recalls: tuple[tuple[str, Value], ...]
    """(number, entry) of the recalls that the product, batch and pack name, for their texts."""
    incidents: tuple[Incident, ...]
    """Sales of this pack that lost against another, as far as the answering node knows (DOMAIN §4). Never part of the evidence."""

    @property
    def custody_params(self) -> Params:
        """What the custody sentence is filled with."""
        facts = self.facts
        if facts.stock is not None:
            counts: Params = {"left": facts.stock.loose}
            return counts if facts.received is None else {**counts, "received": facts.received}
        if facts.holder is None or facts.holder.gln == self.asked.place:
            return {}
        return {"site": facts.holder.gln, "names": facts.holder.names}

    def as_json(self) -> dict[str, Any]:
        """The answer for machines; its members are a contract."""
        viewer = self.asked.viewer
        told, said = self.verdict.as_json(), words.words_of(self.verdict, viewer, self.custody_params)
        for reason, headline in zip(told["reasons"], said["reasons"], strict=True):
            reason["headline"] = headline
        return {
            "verdict": {**told, "headline": said["headline"], "words": said},
            "item": {**self.item.as_json(), **self._found()} if self.item else None,
            "notes": [{"note": note, "words": _note_words(note)} for note in self.notes],
            "journey": self.journey.as_json(),
            "finality": dump(self.finality),
            "incidents": [one.as_json() for one in self.incidents],
            "evidence": {"age_s": self.asked.age_s},
        }

    def _found(self) -> dict[str, Any]:
        """What the ledger adds to the item: the lot that the print lacks, the product's name, the slot, the expiry."""
        batch, product = self.facts.batch, self.facts.product
        found: dict[str, Any] = {"product": dict(product.names)} if product else {}
        if batch is not None:
            found |= {"lot": batch.lot, "ledger_expiry": batch.expiry}
        return found if self.facts.slot is None else {**found, "slot": self.facts.slot}


def receipt_hash(public: bytes) -> str:
    """What the ledger keeps of a receipt key: SHA-256(`receipt/v1` 00 public key), hex (DOMAIN §11)."""
    return hashlib.sha256(codec.domain("receipt/v1") + public).hexdigest()


def evidence_time(node: Node, now: int) -> int:
    """When the node's head was last known to be the newest: now for a node that mines and attests itself, else its head's time."""
    return now if node.leads else node.tip.header.time


def scan(ledger: Desk, text: str, options: Options) -> ScanResult:
    """Any text as an answer; never refuses. Raises Fault when this machine cannot read its disk."""
    view, made = ledger.node.sight()
    source = Source(view, ledger.packs, made)
    reading = gs1.read(text, ledger.hosts)
    resolution = gs1.resolve(reading, lambda item: _is_known(source, item))
    if resolution.item is None:
        return _unreadable(reading.candidates, resolution.diagnosis, options)
    changed = _changed_unseen(source, reading, resolution.item) if options.viewer != CONSUMER else None
    if changed is not None:
        return _unreadable((changed,), gs1.SCANNER_FAULT, options)
    notes = (*resolution.item.repairs, *(() if reading.host_known else ("unknown_host",)))
    return _answer(ledger, source, (resolution.item, notes), options)


def item_in(ledger: Desk, text: str) -> Item | None:
    """What a text names as far as this ledger can tell; None where nothing reads, or more than one reading is possible."""
    source = Source(ledger.node.view(), ledger.packs)
    return gs1.resolve(gs1.read(text, ledger.hosts), lambda item: _is_known(source, item)).item


def _answer(ledger: Desk, source: Source, read: tuple[Item, tuple[str, ...]], options: Options) -> ScanResult:
    """The answer for an item with the notes of its reading."""
    node, (item, notes) = ledger.node, read
    gtin = _gtin(source.view, item)
    facts = gather(source, Sought(gtin, item.lot, item.serial, options.place))
    known = _incidents(node, gtin, facts)
    way, facts = _walk(node, gtin, counted(facts, known), options)
    printed, asked = printed_of(item), _asked(node, facts, options)
    found, pending = _with_waiting(ledger, (facts, printed, asked), verdict(facts, printed, asked), gtin)
    return ScanResult(
        item=item,
        facts=facts,
        printed=printed,
        asked=asked,
        verdict=found,
        journey=way,
        finality=_finality(node, way, pending=pending),
        notes=notes,
        recalls=_recalls(source.view, facts),
        incidents=known,
    )


def printed_of(item: Item) -> Printed:
    """What the verdict needs of the print. Harmless repairs do not make a reading doubtful."""
    doubtful = tuple(repair for repair in item.repairs if repair in DOUBTFUL)
    return Printed(item.kind, item.lot, item.expiry, item.expiry_month_only, doubtful, True)


# --- reading -----------------------------------------------------------------------------------------------------------------


def _gtin(view: StateView, item: Item) -> str | None:
    """The GTIN of an item; of a Chinese code by its identifier, None where nobody has registered that."""
    if item.cn_code is None:
        return item.gtin
    found = view.get(entries.cn_id_key(item.cn_code[:7]))
    return found["gtin"] if found else None


def _is_known(source: Source, item: Item) -> bool:
    gtin = _gtin(source.view, item)
    if gtin is None or entries.find_product(source.view, gtin) is None:
        return False
    if item.kind == PACK and item.serial is not None:
        return is_known(source, gtin, item.lot, item.serial)
    if item.kind == BATCH and item.lot is not None:
        return entries.find_batch(source.view, entries.batch_name(gtin, item.lot)) is not None
    return item.kind == PRODUCT


def _changed_unseen(source: Source, reading: gs1.Reading, item: Item) -> gs1.Candidate | None:
    """The reading that a keyboard setting has hidden: the code reads as it stands, but only a repaired form names a batch of the ledger.

    Its serial is unknown too, else `resolve` had chosen it. A member scans with a keyboard wedge and is to set it right before an unknown
    batch is reported; a phone's camera has no keyboard, so the public is warned at once.
    """
    if item.kind != PACK or item.lot is None or _names_batch(source, item):
        return None
    return next((other for other in gs1.alternatives(reading) if _names_batch(source, other.item)), None)


def _names_batch(source: Source, item: Item) -> bool:
    gtin = _gtin(source.view, item)
    return None not in (gtin, item.lot) and entries.find_batch(source.view, entries.batch_name(str(gtin), str(item.lot))) is not None


def _unreadable(candidates: Sequence[gs1.Candidate], diagnosis: str | None, options: Options) -> ScanResult:
    """A text that names nothing, or more than one thing that the ledger could confirm."""
    faulty = diagnosis == gs1.SCANNER_FAULT
    repairs = candidates[0].repairs if candidates else ()
    printed = Printed(PACK_CODE if faulty else NOTHING_READ, None, None, False, (repairs or (UNREADABLE,)) if faulty else (), not faulty)
    asked = Asked(options.viewer, options.place, options.receipt, options.answer, None, None)
    return ScanResult(None, NOTHING, printed, asked, verdict(NOTHING, printed, asked), NOWHERE, None, tuple(repairs), (), ())


# --- facts beside the state ----------------------------------------------------------------------------------------------------


def _walk(node: Node, gtin: str | None, facts: Facts, options: Options) -> tuple[Journey, Facts]:
    """The way, and the facts with what it proves."""
    if not options.journey or gtin is None or facts.batch is None:
        return NOWHERE, facts
    name = entries.batch_name(gtin, facts.batch.lot)
    run = name.run_key(facts.run.start) if facts.run else None
    place = options.place if facts.stock is not None else None
    way = travel(node, Traveller(name, run, place, options.member))
    return way, replace(facts, way=way.way, received=way.received)


def _asked(node: Node, facts: Facts, options: Options) -> Asked:
    """Today is the later of the local clock's day and that of the newest block: a clock set back makes no expired pack green."""
    newest = max(options.now, node.tip.header.time)
    day = local_day(newest, facts.market.offset_minutes) if facts.market else None
    age = None if options.evidence_time is None else max(newest - options.evidence_time, 0) // 1000
    return Asked(options.viewer, options.place, options.receipt, options.answer, day, age)


def _with_waiting(ledger: Desk, asked: tuple[Facts, Printed, Asked], found: Verdict, gtin: str | None) -> tuple[Verdict, bool]:
    """Green only if it is so with the accepted transactions that wait for a block too: what was sold a second ago is not for sale.

    Returns the verdict and whether it rests on waiting transactions.
    """
    facts, printed, asker = asked
    if found.light != GREEN or facts.batch is None or facts.slot is None:
        return found, False
    waiting = Source(ledger.node.pending_view(), ledger.packs)
    newer = gather(waiting, Sought(gtin, facts.batch.lot, place=asker.place), slot=facts.slot)
    newer = counted(replace(newer, way=facts.way, received=facts.received), _incidents(ledger.node, gtin, newer))
    return (found, False) if newer == facts else (verdict(newer, printed, asker), True)


def _incidents(node: Node, gtin: str | None, facts: Facts) -> tuple[Incident, ...]:
    """What this node knows of sales of the pack that lost."""
    if gtin is None or facts.batch is None or facts.slot is None:
        return ()
    return of_pack(node, gtin, facts.batch.lot, facts.slot)


def _finality(node: Node, way: Journey, *, pending: bool) -> Finality | None:
    if pending:
        return Finality(PENDING, None, None, node.final_height)
    if way.newest is None:
        return None
    height = way.newest.height
    depth = max(node.tip.header.height - height, 0)
    return Finality(FINAL if height <= node.final_height else IN_BLOCK, height, depth, node.final_height)


def _recalls(view: StateView, facts: Facts) -> tuple[tuple[str, Value], ...]:
    found = ((recall.number, view.get(entries.recall_key(recall.number))) for recall in facts.recalls)
    return tuple((number, entry) for number, entry in found if entry is not None)


def _note_words(note: str) -> dict[str, str] | None:
    sentence = REPAIRS.get(note)
    if note == "unknown_host":
        return {"zh": "该链接的主机不属于本账本", "en": "The link's host is not one of this ledger's"}
    return {"zh": sentence.zh, "en": sentence.en} if sentence else None

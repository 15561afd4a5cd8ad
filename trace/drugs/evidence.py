"""Building evidence for one code, at a signed head (PROTOCOL §8). What is gathered here, `trace.drugs.checking` judges elsewhere.

    with open_desk(node, packs) as desk:
        data = build(desk, Wanted(item, place))        # bytes

Everything is looked up by key; nothing is walked but the histories of the things themselves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chain import codec
from chain.disclosed import write_transaction
from chain.evidenceforms import ENTRIES_LIMIT, EVENTS_LIMIT, write_hashes
from chain.histories import Event
from chain.interfaces import Value
from chain.proof import write_state
from chain.transactions import Transaction
from trace.drugs import bundle, entries, marks
from trace.drugs.entries import BatchName, batch_name
from trace.drugs.evidencedesk import Desk, Wanted
from trace.drugs.journey import DELIVERIES_SHOWN
from trace.drugs.markproofs import MarkProver
from trace.drugs.replay import CLOSE, RELEASE
from trace.drugs.runs import find_run
from trace.gs1.digitallink import path_of
from trace.gs1.item import PACK, Item
from trace.market import market_key
from trace.parties import queries

SHOWN_LIMIT = 100
"""Events of a thing beside the run up to which all are shown; with more of them the word is NOT_SHOWN."""


def build(desk: Desk, wanted: Wanted) -> bytes | None:
    """The bundle for a code; None for one that names no product: a box, or a Chinese identifier that nobody has registered."""
    gathering = _Gathering(desk, wanted)
    code = gathering.gather()
    return None if code is None else codec.encode(gathering.write(code), bundle.DEPTH_LIMIT)


@dataclass(slots=True)
class _Gathering:
    """Evidence that is being put together."""

    desk: Desk
    wanted: Wanted
    entries: dict[str, Value | None] = field(default_factory=dict)
    histories: dict[str, list[Event]] = field(default_factory=dict)
    shown: dict[bytes, set[int]] = field(default_factory=dict)
    """Id of a transaction that is shown -> indexes of its items that are."""
    carriers: dict[bytes, Transaction] = field(default_factory=dict)
    marks: list[dict[str, Any]] = field(default_factory=list)

    def gather(self) -> Item | None:
        """Everything about the code; returns the item that the bundle names."""
        item = self.wanted.item
        gtin = item.gtin
        if item.cn_code is not None:
            found = self.entry(entries.cn_id_key(item.cn_code[:7]))
            gtin = found["gtin"] if found else None
        if gtin is None:
            return None
        if self.wanted.place:
            self.place(self.wanted.place)
        product = self.entry(entries.product_key(gtin))
        lot = item.lot
        if product is not None:
            self.recalls(product["recalls"])
            lot, slot = self.find(gtin, item)
            if lot is not None:
                self.batch(batch_name(gtin, lot), slot)
        return Item(item.kind, gtin=gtin, lot=lot, serial=item.serial)

    # --- single entries ---

    def entry(self, key: str) -> Value | None:
        """An entry, which is proven in or out."""
        if key not in self.entries:
            self.entries[key] = self.desk.point.view.get(key)
        return self.entries[key]

    def place(self, gln: str) -> None:
        """A site, who described it, and the market that it lies in."""
        site = self.entry(queries.site_key(gln))
        if site is not None:
            self.market(site["country"])
            for event in self.whole(queries.site_key(gln)):
                self.key(event.transaction.by)

    def market(self, code: str) -> None:
        """A market, and who made others its regulators."""
        if self.entry(market_key(code)) is not None:
            for event in self.whole(market_key(code)):
                self.hands(event.transaction)

    def recalls(self, numbers: Sequence[str]) -> None:
        """Recalls by their numbers."""
        for number in numbers:
            if self.entry(entries.recall_key(number)) is not None:
                self.whole(entries.recall_key(number))

    def marked(self, events: Sequence[Event]) -> None:
        """Who took the mark of a recall away, and whether they might."""
        for event in events:
            if event.transaction.kind == CLOSE:
                self.hands(event.transaction)
                recall = self.desk.point.view.get(entries.recall_key(event.transaction.body["number"]))
                for market in recall["markets"] if recall else ():
                    self.market(market)

    def history(self, key: str) -> list[Event]:
        """All events of a thing; none where there are more than a bundle holds."""
        if key not in self.histories:
            value = self.entry(key)
            history = value.get("history") if value else None
            fits = history is not None and 0 < history["n"] <= EVENTS_LIMIT
            self.histories[key] = self.desk.histories.events(key, history) if fits and history else []
        return self.histories[key]

    def whole(self, key: str) -> list[Event]:
        """All events of a thing, each shown: what they made of it, its entry has to say."""
        events = self.history(key)
        if len(events) > SHOWN_LIMIT:
            events = self.histories[key] = []
        for event in events:
            self.show(event.transaction)
        return events

    def show(self, item: Transaction, indexes: Sequence[int] = ()) -> None:
        """A transaction, with some of its items."""
        self.carriers[item.id] = item
        self.shown.setdefault(item.id, set()).update(indexes)

    # --- the serial ---

    def find(self, gtin: str, item: Item) -> tuple[str | None, int | None]:
        """(lot, slot) of the pack, with the proofs of its mark; the printed lot where nothing is found."""
        if item.kind != PACK or item.serial is None:
            return item.lot, None
        prover = MarkProver(self.desk.point.view, self.desk.packs, marks.mark(marks.tag(gtin, item.serial)))
        found = prover.find(gtin, item.lot)
        for name in prover.asked:
            self.entry(name.batch_key)
        self.marks = sorted(prover.proofs, key=lambda proof: (proof["lot"], proof["part"]))
        return found

    # --- batch and pack ---

    def batch(self, name: BatchName, slot: int | None) -> None:
        """The batch, what it was made from, who made and released it, and the pack."""
        batch = self.entry(name.batch_key)
        if batch is None:
            return
        self.market(batch["market"])
        self.recalls(batch["recalls"])
        for source in batch.get("sources", ()):
            for key in (batch_name(source["gtin"], source["lot"]).batch_key, entries.product_key(source["gtin"])):
                found = self.entry(key)
                self.recalls(found["recalls"] if found else ())
        self._making(name, batch)
        covering = None if slot is None else find_run(self.desk.point.view, name, slot)
        if covering is not None and slot is not None:
            self._pack(name, slot, name.run_key(covering[0]))

    def _making(self, name: BatchName, batch: Value) -> None:
        product = self.entries[entries.product_key(name.gtin)]
        made = self.whole(entries.product_key(name.gtin))
        grown = self.whole(name.batch_key)
        for event in (*made[:1], *grown[:1], *(event for event in grown if event.transaction.kind == RELEASE)):
            self.key(event.transaction.by)
        self.marked([*made, *grown])
        owner = product["owner"] if product else ""
        enrolment = self.party(owner)
        digits = name.gtin[1:]
        if not any(digits.startswith(prefix) for prefix in (enrolment or {}).get("prefixes", ())):
            covering = queries.covering_prefix(self.desk.point.view, digits, batch["since"])
            if covering is not None:
                self.entry(queries.prefix_key(covering[0]))

    def _pack(self, name: BatchName, slot: int, key: str) -> None:
        run = self.entry(key)
        if run is None:
            return
        self.recalls(run["recalls"])
        if run["site"]:
            self.place(run["site"])
        if run["shipment"] and run["state"] == "moving":
            self.entry(entries.shipment_key(run["shipment"]))
        tag = marks.tag(name.gtin, str(self.wanted.item.serial)).hex()
        for event in self.history(key):
            self.signed(event.transaction, _lines_of(event.transaction, name, slot, tag))
        self.marked(self.history(key))
        self._sites_of_way(key)
        if run["state"] == "loose" and self.wanted.place:
            self._deliveries(name, self.wanted.place)

    def _sites_of_way(self, key: str) -> None:
        """Sites of the way that the enrolment of their party does not name."""
        ends: dict[str, tuple[str, str]] = {}
        for event in self.history(key):
            item, body = event.transaction, event.transaction.body
            if "from" in body and "to" in body:
                ends[item.id.hex()] = (body["from"], body["to"])
            elif item.kind == "drugs.refuse":
                ends[item.id.hex()] = ends.get(body["shipment"], ("", ""))[::-1]
            start, stop = ends.get(body.get("shipment", ""), ("", ""))
            site = body.get("site") or body.get("from") or (start if item.kind == "drugs.cancel" else stop)
            signer = self.entries.get(queries.key_key(item.by))
            named = (self.party(signer["party"]) or {}).get("sites", ()) if signer else ()
            if site and not any(each["gln"] == site for each in named):
                self.place(site)

    def _deliveries(self, name: BatchName, place: str) -> None:
        """Stock of the batch at the place, and the newest deliveries that brought it."""
        key = name.stock_key(place)
        for event in self.history(key)[-DELIVERIES_SHOWN:]:
            loose = [
                index for index, line in enumerate(event.transaction.items)
                if (line.get("gtin"), line.get("lot")) == (name.gtin, name.lot) and line.get("loose")
            ]  # fmt: skip
            self.show(event.transaction, loose)

    # --- who signed ---

    def signed(self, item: Transaction, indexes: Sequence[int] = ()) -> None:
        """A transaction, and what shows that its signer might sign it."""
        self.show(item, indexes)
        self.key(item.by)

    def hands(self, item: Transaction) -> None:
        """Everybody who signed or co-signed."""
        for text in (item.by, *item.cosigners):
            self.key(text)

    def key(self, text: str) -> None:
        """A key, its party, and who enrolled it; of one of the genesis document the entry alone."""
        name = queries.key_key(text)
        if name in self.entries:
            return
        key = self.entry(name)
        if key is None or not key["history"]["n"]:
            return
        self.party(key["party"])
        for event in self.whole(name)[:1]:
            self.key(event.transaction.by)

    def party(self, gln: str) -> Value | None:
        """A party, its market and what became of it; body of its enrolment, or its part of the genesis document."""
        party = self.entry(queries.party_key(gln))
        if party is None:
            return None
        self.market(party["country"])
        events = self.whole(queries.party_key(gln))
        for event in events:
            if event.transaction.kind != "parties.suspend":
                self.key(event.transaction.by)
        if events:
            return events[0].transaction.body
        return next((each for each in self.desk.genesis[1]["regulators"] if each["gln"] == gln), None)

    # --- writing ---

    def write(self, code: Item) -> dict[str, Any]:
        """The bundle as a JSON value."""
        point = self.desk.point
        names = sorted(self.entries)[:ENTRIES_LIMIT]
        histories, order = self._write_histories(names)
        return {
            "v": bundle.VERSION,
            "code": path_of(replace(code, expiry=None)),
            "checkpoint": point.note,
            "head": {"header": codec.encode_base64(point.header), "path": write_hashes(point.path)},
            "consistency": _consistency(self.wanted.consistency),
            "handovers": list(self.wanted.handovers),
            "genesis": {"header": codec.encode_base64(self.desk.genesis[0]), "document": self.desk.genesis[1]},
            "state": write_state({name: self.entries[name] for name in names}, point.prove(names)),
            "marks": self.marks,
            "histories": histories,
            "transactions": [write_transaction(self.carriers[each], self.shown[each]) for each in order],
        }

    def _write_histories(self, names: Sequence[str]) -> tuple[list[dict[str, Any]], list[bytes]]:
        """Histories by key, and the transactions that they show in order of their first mention."""
        order: dict[bytes, int] = {}
        found = []
        for key in sorted(key for key, events in self.histories.items() if events and key in names):
            events = []
            for event in self.histories[key]:
                known = event.transaction.id in self.shown
                what: Any = order.setdefault(event.transaction.id, len(order)) if known else event.transaction.id.hex()
                events.append([what, event.height, event.time])
            found.append({"key": key, "before": None, "events": events})
        return found, list(order)


def _consistency(proof: tuple[int, tuple[bytes, ...]] | None) -> dict[str, Any] | None:
    return None if proof is None else {"size": proof[0], "path": write_hashes(proof[1])}


def _lines_of(item: Transaction, name: BatchName, slot: int, tag: str) -> list[int]:
    """Indexes of the items that concern one pack."""
    return [index for index, each in enumerate(item.items) if _concerns(each, item.body, (name, slot, tag))]


def _concerns(item: Value, body: Value, pack: tuple[BatchName, int, str]) -> bool:
    name, slot, tag = pack
    if item.get("t") == "pack":
        return (item["slot"], item["tag"], body.get("lot")) == (slot, tag, name.lot)
    if (item.get("gtin"), item.get("lot")) != (name.gtin, name.lot):
        return False
    named = any(start <= slot < end for start, end in item.get("ranges") or ())
    return named or any((each["slot"], each["tag"]) == (slot, tag) for each in item.get("packs") or ())

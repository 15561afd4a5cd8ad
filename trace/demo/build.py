"""Building the demonstration: a ledger founded 120 days ago, in which every event happens at its time, signed and in a mined block."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chain.clock import SetClock
from chain.errors import Fault, Refusal
from chain.interfaces import MerklePath, Value
from chain.keyfile import write_key_file
from chain.node import Operator
from trace.demo.addresses import document_of
from trace.demo.days import Days
from trace.demo.events import BATCHES, EVENTS, Batch, Day, Event, Moment, PublicKey, Receipt, Sent, Tag
from trace.demo.founding import MARKETS, founding_events, genesis_document
from trace.demo.keyring import Keyring, make_secret
from trace.demo.world import MARKET, serials
from trace.drugs.packs import Pack, PackList
from trace.drugs.scanning import receipt_hash
from trace.ledger import Ledger, create_ledger, make_folder, open_ledger
from trace.ledger import genesis_document as document_in
from trace.operatorkeys import write_operator
from trace.signer import Content, Signer

DOCUMENT_FILE = "demo.json"
"""What the demonstration says about itself: its genesis and its examples."""
KEY_SOURCE_FILE = "demo.secret"
"""The secret that its keys come from."""
VISITORS_OPEN_WITH = "demo"
"""Passphrase of the key files that visitors sign with. It protects nothing: the secret lies beside them."""
VISITOR_KEYS = ("pharma/line", "pharma/quality", "south/desk", "bridge/till", "agency/admin")
"""Keys that are laid out as files, so that a visitor can sign with the command line."""

Progress = Callable[[int, int, str], None]
"""Told (events done, events in all, what happens now)."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration that was built."""

    path: Path
    """Its data folder."""
    document: Mapping[str, Any]
    """The content of demo.json."""


class Builder:
    """Plays events at one ledger. One use: make it, call `play`."""

    def __init__(self, ledger: Ledger, clock: SetClock, ring: Keyring, days: Days) -> None:
        self._ledger, self._clock, self._ring, self._days = ledger, clock, ring, days
        self._signers: dict[str, Signer] = {}
        self._sent: dict[str, str] = {}
        self._packs: dict[str, PackList] = {}

    def play(self, events: Sequence[Event], progress: Progress) -> None:
        """All events, each in a block of its own at its time. Raises the error of an event that the ledger refuses unexpectedly."""
        for number, (event, time) in enumerate(zip(events, self._days.times([event.days for event in events]), strict=True)):
            progress(number, len(events), event.kind)
            self._clock.set(time)
            self._happen(event)
        self._clock.set(self._days.now)
        for _ in range(2):  # the first block votes for the last event's, the second makes it final
            self._ledger.node.mine()
            self._clock.advance(1)
        progress(len(events), len(events), "final")

    def _happen(self, event: Event) -> None:
        body = {name: self._resolve(value) for name, value in event.body.items()}
        if event.kind == "drugs.batch":
            body |= self._commission(BATCHES[event.body["lot"]])
        content = Content(event.kind, body, tuple(event.items), self._proofs(event))
        try:
            receipt = self._signer(event.by).send(content)
        except Refusal as error:
            if error.code != event.refused:
                raise
            return
        if event.refused is not None:
            raise Fault("demo.event", event.refused, "accepted", field=event.kind)
        if event.name is not None:
            self._sent[event.name] = receipt.id.hex()
        self._ledger.node.mine()

    def _signer(self, name: str) -> Signer:
        if name not in self._signers:
            self._signers[name] = Signer(self._ledger.node, self._ring.key(name))
        return self._signers[name]

    def _resolve(self, value: Any) -> Any:
        """A body's value without placeholders."""
        match value:
            case Sent(name):
                return self._sent[name]
            case Day(days):
                return self._days.day(days)
            case Moment(days):
                return self._days.moment(days)
            case Tag(_, lot, slot):
                return self._pack(lot, slot).tag.hex()
            case Receipt():
                return receipt_hash(self._ring.receipt_key(value).public)
            case PublicKey(name):
                return self._ring.key(name).text
            case dict():
                return {name: self._resolve(inner) for name, inner in value.items()}
            case list():
                return [self._resolve(inner) for inner in value]
        return value

    def _pack(self, lot: str, slot: int) -> Pack:
        return self._packs[lot].pack(slot)

    def _proofs(self, event: Event) -> tuple[MerklePath, ...]:
        tag = event.body.get("tag")
        return (self._packs[tag.lot].path(tag.slot),) if isinstance(tag, Tag) else ()

    def _commission(self, batch: Batch) -> dict[str, Value | str]:
        """Serials, marks and tree of a batch; what the transaction says of them."""
        numbers = serials(batch.gtin, batch.lot, batch.count)
        packs = PackList.of_serials(batch.gtin, numbers)
        self._packs[batch.lot] = packs
        self._ledger.write_serials(batch.gtin, batch.lot, numbers)
        return {"root": packs.root.hex(), "marks": self._ledger.packs.add(packs.tree)}


def build_demo(folder: Path, now: int, progress: Progress = lambda done, total, what: None) -> Demo:
    """Builds the demonstration in a folder without one. Raises Fault where something else lies there, and as the ledger does."""
    if folder.exists() and any(folder.iterdir()):
        raise Fault("demo.folder", "an empty folder", folder)
    make_folder(folder)
    ring = Keyring(make_secret(folder / KEY_SOURCE_FILE))
    days = Days(now, int(MARKETS[MARKET]["offset_minutes"]))
    operator = Operator(ring.key("miner"), ring.key("vote"), ring.key("note"))
    write_operator(folder / "keys", operator, secrets.token_urlsafe(24))
    chain = create_ledger(folder, genesis_document(ring, days.start))
    clock = SetClock(days.start)
    with open_ledger(folder, clock) as ledger:
        events = [*founding_events(ring, chain, days.start), *EVENTS]
        Builder(ledger, clock, ring, days).play(events, progress)
        document = {"genesis": document_in(ledger.node), "examples": document_of(ring, days)}
    for name in VISITOR_KEYS:
        write_key_file(folder / "keys" / f"{name.replace('/', '-')}.pem", ring.key(name), VISITORS_OPEN_WITH, name)
    # Written last: a folder with this file holds a whole demonstration.
    (folder / DOCUMENT_FILE).write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return Demo(folder, document)

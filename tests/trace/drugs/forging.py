"""Evidence by attesters who lie: everything signed and hashed anew over whatever was changed, so that only the last check can find it.

forged = Forgery(ledger, bundle_value)
forged.change("run/…", state="active")           # an entry
forged.resign(2, "maker/line", body={"expiry": "2030-01-01"})   # a transaction, by a key that the forger has
forged.value()                                   # histories, state, header and checkpoint fit again
"""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from chain import blocks, codec, merkle, state, statetree, transactions
from chain.checkpoint import Checkpoint
from chain.evidenceforms import split_hashes
from chain.interfaces import BlockContext
from chain.proof import write_state
from chain.statetree import MultiProof
from tests.trace.drugs.bundle_changes import with_histories
from tests.trace.drugs.ledgers import OneLedger
from tests.trace.world import signing_key


class Forgery:
    """A bundle that is being changed."""

    def __init__(self, ledger: OneLedger, value: Mapping[str, Any]) -> None:
        """`value`: a good bundle of the ledger."""
        self.ledger, self.bundle = ledger, copy.deepcopy(dict(value))
        self.entries: dict[str, Any] = {entry["key"]: entry["value"] for entry in self.bundle["state"]["entries"]}
        self.header_changes: dict[str, Any] = {}

    def change(self, key: str, **changed: Any) -> None:
        """Puts fields into an entry; a field that is `...` goes."""
        merged = {**self.entries[key], **changed}
        self.entries[key] = {name: value for name, value in merged.items() if value is not ...}

    def find(self, kind: str) -> int:
        """Number of the last transaction of a kind."""
        return max(number for number, item in enumerate(self.bundle["transactions"]) if item["envelope"]["kind"] == kind)

    def number(self, kind: str, **body: Any) -> int:
        """Number of the first transaction of a kind whose body says so."""
        listed = (item["envelope"] for item in self.bundle["transactions"])
        return next(
            place for place, found in enumerate(listed)
            if found["kind"] == kind and all(found["body"].get(name) == value for name, value in body.items())
        )  # fmt: skip

    def tell(self, key: str, *numbers: int) -> None:
        """A history of transactions that the bundle shows elsewhere."""
        self.bundle["histories"].append({"key": key, "before": None, "events": [[number, *self.when(number)] for number in numbers]})

    def resign(self, number: int, *signers: str, body: Mapping[str, Any] | None = None, **changed: Any) -> None:
        """Changes fields of an envelope, or of its body, and signs it with named keys, the first as `by`."""
        item = self.bundle["transactions"][number]
        key, *others = (signing_key(name) for name in signers)
        envelope = {**item["envelope"], **changed, "by": changed.get("by", key.text)}
        envelope.pop("with", None)
        if others:
            envelope["with"] = [other.text for other in others]
        envelope["body"] = {**envelope["body"], **(body or {})}
        item["envelope"] = envelope
        message = codec.domain("tx/v1") + codec.encode(envelope)
        item["sigs"] = [codec.encode_base64(each.sign(message)) for each in (key, *others)]

    def add(self, keys: Sequence[str], kind: str, body: Mapping[str, Any], *signers: str, when: tuple[int, int] | None = None) -> None:
        """One more event in the histories of these things, signed by named keys, `when`: (height, time), that of the head unless said."""
        model = next(item["envelope"] for item in self.bundle["transactions"] if item["envelope"]["items"]["n"] == 0)
        first, *others = (signing_key(name) for name in signers)
        envelope = {**model, "kind": kind, "body": dict(body), "by": first.text} | (
            {"with": [key.text for key in others]} if others else {}
        )
        message = codec.domain("tx/v1") + codec.encode(envelope)
        sigs = [codec.encode_base64(key.sign(message)) for key in (first, *others)]
        self.bundle["transactions"].append({"envelope": envelope, "sigs": sigs, "items": []})
        header = blocks.decode_header(codec.decode_base64(self.bundle["head"]["header"]))
        height, time = when or (header.height, header.time)
        for key in keys:
            histories = self.bundle["histories"]
            if not any(history["key"] == key for history in histories):
                histories.append({"key": key, "before": None, "events": []})
            (history,) = (history for history in histories if history["key"] == key)
            history["events"] = sorted(
                [*history["events"], [len(self.bundle["transactions"]) - 1, height, time]], key=lambda event: int(event[1])
            )

    def keep(self, key: str, *kinds: str) -> None:
        """The history of a thing holds only its events of these kinds, in this order."""
        (history,) = (history for history in self.bundle["histories"] if history["key"] == key)
        listed = [(self.bundle["transactions"][event[0]]["envelope"]["kind"], event) for event in history["events"]]
        history["events"] = [event for kind in kinds for name, event in listed if name == kind]

    def repeat(self, key: str, *kinds: str) -> None:
        """The events of these kinds stand once more at the end of a thing's history, all of them in the block of the last."""
        numbers = [self.find(kind) for kind in kinds]
        place = self.when(numbers[-1])
        for history in self.bundle["histories"]:
            moved = [[what, *(place if what in numbers else where)] for what, *where in history["events"]]
            history["events"] = moved + ([[what, *place] for what in numbers] if history["key"] == key else [])

    def forget(self, key: str) -> None:
        """The thing has no events."""
        self.bundle["histories"] = [history for history in self.bundle["histories"] if history["key"] != key]
        self.change(key, history={"n": 0, "head": "00" * 32})

    def move(self, key: str, place: int, *, height: int = 0, time: int = 0) -> None:
        """An event of a history, so much higher and later, in this history alone."""
        (history,) = (history for history in self.bundle["histories"] if history["key"] == key)
        what, old, at = history["events"][place]
        history["events"][place] = [what, old + height, at + time]

    def when(self, number: int) -> tuple[int, int]:
        """(height, time) of a transaction."""
        events = (event for history in self.bundle["histories"] for event in history["events"])
        return next((height, time) for what, height, time in events if what == number)

    def show(self, key: str, value: Mapping[str, Any]) -> None:
        """An entry that the bundle did not have; whose history is that of its events."""
        self.entries[key] = {**value, "history": {"n": 0, "head": "00" * 32}}

    def _arrange(self) -> None:
        """Histories by key, transactions by their first mention."""
        self.bundle["histories"].sort(key=lambda history: history["key"])
        for change in with_histories(self.bundle, self.bundle["histories"]):
            self.bundle[change["at"][0]] = change["to"]

    def put_item(self, number: int, item: Mapping[str, Any], signer: str) -> None:
        """The transaction has this single item, and is signed anew."""
        data = codec.encode(item)
        self.bundle["transactions"][number]["items"] = [{"index": 0, "item": item, "path": ""}]
        self.resign(number, signer, items={"n": 1, "root": merkle.root([data]).hex()})

    def value(self) -> dict[str, Any]:
        """The bundle, whole again."""
        self._arrange()
        ids = [transactions.identity(codec.encode(item["envelope"])) for item in self.bundle["transactions"]]
        for history in self.bundle["histories"]:
            self._lead(history, ids)
        self.bundle["state"] = self._state()
        self._sign_head()
        return self.bundle

    def _lead(self, history: Mapping[str, Any], ids: list[bytes]) -> None:
        """The entry gets the head to which the events lead."""
        found: Any = history["before"] or state.NO_HISTORY
        for what, height, time in history["events"]:
            identity = ids[what] if isinstance(what, int) else bytes.fromhex(what)
            found = state.advance(found, identity, BlockContext(b"", height, time))
        entry = self.entries.get(history["key"])
        if entry is not None:
            self.entries[history["key"]] = {**entry, "history": {**entry["history"], **found}}

    def _state(self) -> dict[str, Any]:
        """A tree of nothing but the entries, with its proof."""
        hashes = {state.key_hash(key): state.value_hash(codec.encode(value)) for key, value in self.entries.items() if value is not None}
        siblings: list[bytes] = []
        ends: list[tuple[int, bytes | None]] = []
        paths = sorted(state.key_hash(key) for key in self.entries)
        records = [path + value for path, value in sorted(hashes.items())]
        _walk(records, paths, 0, (siblings, ends))
        self.root = statetree.root_of(hashes)
        return write_state(dict(sorted(self.entries.items())), MultiProof(tuple(siblings), tuple(ends)))

    def _sign_head(self) -> None:
        header = blocks.decode_header(codec.decode_base64(self.bundle["head"]["header"]))
        changed = {"state_root": self.root, **self.header_changes}
        data = blocks.Header(**{**{name: getattr(header, name) for name in blocks.Header.__slots__}, **changed}).encode()
        root = merkle.leaf_hash(data)
        for sibling in split_hashes(codec.decode_base64(self.bundle["head"]["path"])):
            root = merkle.node_hash(sibling, root)
        self.bundle["head"]["header"] = codec.encode_base64(data)
        head = Checkpoint(self.ledger.head.origin, self.ledger.head.size, root)
        self.bundle["checkpoint"] = self.ledger.note(head=head)


def _walk(records: list[bytes], paths: list[bytes], depth: int, proof: tuple[list[bytes], list[tuple[int, bytes | None]]]) -> None:
    """The proof of `MultiProof`, over few records."""
    if len(records) <= 1:
        proof[1].append((depth, records[0] if records else None))
        return
    middle, place = statetree.split(paths, depth), statetree.split(records, depth)
    if middle in (0, len(paths)):
        proof[0].append(statetree.subtree(records[place:] if middle else records[:place], depth + 1))
    if middle:
        _walk(records[:place], paths[:middle], depth + 1, proof)
    if middle < len(paths):
        _walk(records[place:], paths[middle:], depth + 1, proof)

"""Who signed what about a pack, from the owner of the prefix to now, by what evidence shows (PROTOCOL §8, steps 9 and 10).

Product, batch and releases by the first events of their histories, the pack's own way by all events of its run's. What was signed must be
what the entries say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chain.disclosed import Disclosed
from chain.errors import Malformed
from chain.interfaces import Value
from chain.proof import Happening
from trace.drugs import entries, replay, ways
from trace.drugs.entries import BatchName
from trace.drugs.marks import tag
from trace.drugs.proven import Proven
from trace.drugs.rebuilding import covering_run
from trace.drugs.replay import ENTRY, validate_same
from trace.drugs.signers import Signers
from trace.drugs.things import Things
from trace.drugs.ways import Pack, Step, Traces, Whereabouts
from trace.parties import queries


@dataclass(frozen=True, slots=True)
class Provenance:
    """The signatures behind one pack."""

    proven: Proven
    """What is shown."""
    signers: Signers
    """Their keys and parties."""
    name: BatchName
    """The batch."""

    @property
    def product(self) -> Value:
        """The product's entry."""
        return self.proven.need(entries.product_key(self.name.gtin))

    @property
    def batch(self) -> Value:
        """The batch's entry."""
        return self.proven.need(self.name.batch_key)

    def validate_making(self) -> None:
        """Product, batch and whatever else is shown of the ledger's own is what signed events made of it. Raises Malformed
        `evidence.event.*`, Gap."""
        self._validate_product()
        self._validate_batch()
        Things(self.proven, self.signers).validate()

    def _validate_product(self) -> None:
        key, value, owner = entries.product_key(self.name.gtin), None, ""
        for item, event in self.proven.events(key):
            first, value = value is None, replay.product_after(value, self.name.gtin, item)
            if first:
                owner = self.signers.validate(item, event, None)
                self._validate_prefix(owner, event.time)
            self._validate_close(key, item, event)
        validate_same(self.product, {**(value or {}), "owner": owner}, ENTRY, key)

    def _validate_close(self, key: str, item: Disclosed, event: Happening) -> None:
        """A mark was taken away by regulators of all its markets. Raises Malformed `evidence.event.entry`."""
        if item.kind != replay.CLOSE:
            return
        opened = next((each for each, _ in self.proven.events(key) if replay.opens(each, item)), None)
        hands = self.signers.hand_of(item, event) if opened else {}
        markets = opened.body["markets"] if opened else ()
        good = opened and all(any(self.signers.is_regulator(party, market) for party in hands) for market in markets)
        _expect(bool(good), "regulators' word", item)

    def _validate_prefix(self, owner: str, time: int) -> None:
        """The owner holds a prefix that the GTIN begins with. Raises Malformed `evidence.event.prefix`."""
        digits = self.name.gtin[1:]
        shown = [key for key in self.proven.entries if key.startswith("prefix/") and digits.startswith(key.partition("/")[2])]
        if shown:
            holder = queries.holder_of(self.proven.get(max(shown, key=len)), time)
            good = holder == owner
        else:
            good = any(digits.startswith(prefix) for prefix in self.signers.enrolment_of(owner).get("prefixes", ()))
        if not good:
            raise Malformed("evidence.event.prefix", f"a prefix of {owner}", digits)

    def _validate_batch(self) -> None:
        key, value, maker = self.name.batch_key, None, ""
        releases: list[dict[str, Any]] = []
        lost = False
        for item, event in self.proven.events(key):
            first, value = value is None, replay.batch_after(value, self.name, item, event)
            if first:
                maker = self.signers.validate(item, event, item.body["site"])
                _expect(maker == self.product["owner"] or maker in self.product["makers"], "a maker that the owner named", item)
            self._validate_close(key, item, event)
            lost = lost or item.kind == replay.RECEIVE
            if item.kind == replay.RELEASE:
                releases.append(self._release(item, event, (maker, releases)))
        status = _status(releases, self.product["release"])
        validate_same(self.batch, {**(value or {}), "maker": maker, "releases": releases, "status": status}, ENTRY, key)
        if lost != (self.batch["loose_missing"] > 0):
            raise Malformed(ENTRY, "packs missing where a receipt says so", self.batch["loose_missing"], field=key)

    def _release(self, item: Disclosed, event: Happening, before: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
        """A release as the batch's entry lists it. Raises Malformed `evidence.event.entry` where the rules would have refused it."""
        party, (maker, given), capacity = self.signers.validate(item, event, None), before, item.body["as"]
        entitled = party in (self.product["owner"], maker) if capacity == "qp" else self.signers.is_regulator(party, self.batch["market"])
        person = capacity != "qp" or self.proven.need(queries.key_key(item.by))["class"] == "person"
        first = not any(each["as"] == capacity or each["decision"] == "rejected" for each in given)
        good = entitled and person and first and item.by != self.batch["signer"] and capacity in self.product["release"]
        _expect(good and (item.body["gtin"], item.body["lot"]) == (self.name.gtin, self.name.lot), "a release by whoever is entitled", item)
        said = {"as": capacity, "key": item.by, "party": party, "decision": item.body["decision"]}
        return {**said, "height": event.height, "since": event.time}

    def follow(self, slot: int, serial: str) -> str:
        """The whole way of the pack leads to what its run says. Returns what it proves: `named`, `boxed` or `batch`.

        Raises Malformed `evidence.custody`, `evidence.event.*`, Gap.
        """
        start, run = covering_run(self.proven, self.name, slot)
        pack, place = Pack(self.name, slot, tag(self.name.gtin, serial).hex()), Whereabouts("")
        left, key, kinds = Traces(), self.name.run_key(start), set()
        for number, event in enumerate(self.proven.history(key).events):
            item, _ = self.proven.event(key, number)
            before = place
            place, site = ways.after(pack, before, item)
            party = self.signers.validate(item, event, site)
            _expect(site is None or self.signers.owns(party, site), "a site of the signer's party", item)
            self._validate_close(key, item, event)
            left = ways.trace(left, Step(item, event.time, party, (before, place)))
            kinds.add(item.kind)
        if not self._is_at(place, run, left.since):
            raise Malformed("evidence.custody", f"{place.state} {place.site or place.shipment or ''}", f"{run['state']} {run['site']}")
        if not left.fit(run):
            raise Malformed("evidence.custody", left, f"receipts, recalls, block, since of {key}")
        return ways.way_of(kinds)

    def _is_at(self, place: Whereabouts, run: Value, since: int) -> bool:
        """Is the run where its events lead, and its shipment between the sites that they name?"""
        if place.state != run["state"]:
            return False
        if place.state == ways.MOVING:
            shipment = self.proven.entries.get(f"shipment/{place.shipment}")
            said = {"from": shipment["from"], "to": shipment["to"], "since": shipment["since"]} if shipment else None
            ends = place.ends or ("", "")
            return run["shipment"] == place.shipment and said in (None, {"from": ends[0], "to": ends[1], "since": since})
        return place.state not in (ways.ACTIVE, ways.SOLD) or place.site in (None, run["site"])

    def received(self, place: str | None) -> int | None:
        """Loose packs of the batch that the place took in, by its deliveries; None where not all of them are shown. Words only."""
        history = self.proven.histories.get(self.name.stock_key(place)) if place else None
        if history is None or not history.whole:
            return None
        shown = [event.what for event in history.events if isinstance(event.what, int)]
        if len(shown) < len(history.events):
            return None
        counts = [_loose_packs(self.proven.transactions[number], self.name) for number in shown]
        return None if None in counts else sum(count for count in counts if count is not None)


def _loose_packs(item: Disclosed, name: BatchName) -> int | None:
    """Loose packs of the batch that a delivery brought in; None for kinds that do not carry the number themselves."""
    if item.kind == "drugs.loosen":
        return int(sum(end - start for start, end in item.body["ranges"]))
    if item.kind == "drugs.receive":
        lines = [each for each in item.items.values() if (each.get("gtin"), each.get("lot")) == (name.gtin, name.lot)]
        return sum(int(each["loose"]) for each in lines if each.get("t") == "line" and each.get("loose"))
    return None


def _status(releases: list[dict[str, Any]], needed: Sequence[str]) -> str:
    """What the decisions come to."""
    if any(each["decision"] == "rejected" for each in releases):
        return "rejected"
    return "released" if releases and {*needed} <= {each["as"] for each in releases} else "made"


def _expect(good: bool, expected: str, item: Disclosed) -> None:
    if not good:
        raise Malformed("evidence.event.entry", expected, f"{item.kind} {item.id.hex()}")

"""Who signed what about a pack, from the owner of the prefix to now, by what evidence shows (PROTOCOL §8, steps 9 and 10).

Product, batch and releases by the first events of their histories, the pack's own way by all events of its run's. What was signed must be
what the entries say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chain.disclosed import Disclosed
from chain.errors import Malformed
from chain.interfaces import Value
from chain.proof import Happening
from trace.drugs import entries, ways
from trace.drugs.entries import BatchName
from trace.drugs.marks import tag
from trace.drugs.proven import Gap, Proven
from trace.drugs.rebuilding import covering_run
from trace.drugs.signers import Signers
from trace.drugs.ways import Pack, Traces, Whereabouts
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
        """Product, batch and releases were signed by whoever had to. Raises Malformed `evidence.event.*`, Gap."""
        self._validate_product()
        self._validate_batch()
        for release in self.batch["releases"]:
            self._validate_release(release)

    def _validate_product(self) -> None:
        item, event = self.proven.event(entries.product_key(self.name.gtin))
        owner = self.product["owner"]
        good = (item.kind, item.body.get("gtin")) == ("drugs.product", self.name.gtin)
        _expect(good and self.signers.validate(item, event, None) == owner, "a product registered by its owner", item)
        self._validate_prefix(owner, event.time)

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
        item, event = self.proven.event(self.name.batch_key)
        batch, body = self.batch, item.body
        first = batch["roots"][0]
        said = (item.kind, body.get("gtin"), body.get("lot"), body.get("root"), body.get("count"), body.get("expiry"), body.get("market"))
        entered = ("drugs.batch", self.name.gtin, self.name.lot, first["root"], first["to"], batch["printed_expiry"], batch["market"])
        _expect(said == entered and (item.by, event.time) == (batch["signer"], batch["since"]), "the batch as its entry says", item)
        party = self.signers.validate(item, event, body["site"])
        _expect(party == batch["maker"], "the maker's signature", item)
        _expect(party == self.product["owner"] or party in self.product["makers"], "a maker that the owner named", item)

    def _validate_release(self, release: Value) -> None:
        item, event = self._find_release(release)
        party = self.signers.validate(item, event, None)
        if release["as"] == "authority":
            allowed: Sequence[str] = self.proven.need(f"market/{self.batch['market']}")["regulators"]
        else:
            allowed = (self.product["owner"], self.batch["maker"])
        _expect(party in allowed and party == release["party"], "a release by whoever is entitled", item)

    def _find_release(self, release: Value) -> tuple[Disclosed, Happening]:
        for number, event in enumerate(self.proven.history(self.name.batch_key).events):
            if event.height != release["height"] or not isinstance(event.what, int):
                continue
            item, _ = self.proven.event(self.name.batch_key, number)
            said = (item.kind, item.by, item.body.get("gtin"), item.body.get("lot"), item.body.get("as"), item.body.get("decision"))
            if said == ("drugs.release", release["key"], self.name.gtin, self.name.lot, release["as"], release["decision"]):
                return item, event
        raise Gap("evidence.event.missing", f"a release of {self.name.path}")

    def follow(self, slot: int, serial: str) -> str:
        """The whole way of the pack leads to what its run says. Returns what it proves: `named`, `boxed` or `batch`.

        Raises Malformed `evidence.custody`, `evidence.event.*`, Gap.
        """
        start, run = covering_run(self.proven, self.name, slot)
        pack, place = Pack(self.name, slot, tag(self.name.gtin, serial).hex()), Whereabouts("")
        left, key, kinds = Traces(), self.name.run_key(start), set()
        for number, event in enumerate(self.proven.history(key).events):
            item, _ = self.proven.event(key, number)
            place, site = ways.after(pack, place, item)
            left = ways.trace(left, item, event.time)
            party = self.signers.validate(item, event, site)
            _expect(site is None or self.signers.owns(party, site), "a site of the signer's party", item)
            kinds.add(item.kind)
        if not _is_at(place, run):
            raise Malformed("evidence.custody", f"{place.state} {place.site or place.shipment or ''}", f"{run['state']} {run['site']}")
        if not left.fit(run):
            raise Malformed("evidence.custody", left, f"receipts, recalls, since of {key}")
        return ways.way_of(kinds)

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


def _is_at(place: Whereabouts, run: Value) -> bool:
    """Is the run where its events lead?"""
    if place.state != run["state"]:
        return False
    if place.state == ways.MOVING:
        return bool(run["shipment"] == place.shipment)
    return place.state not in (ways.ACTIVE, ways.SOLD) or place.site in (None, run["site"])


def _expect(good: bool, expected: str, item: Disclosed) -> None:
    if not good:
        raise Malformed("evidence.event.entry", expected, f"{item.kind} {item.id.hex()}")

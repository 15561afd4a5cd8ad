"""Random histories over several sites: the rules against the model, the invariants after every step, the ways of all packs at the end."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chain.errors import Refusal
from chain.interfaces import Changes, Value
from chain.transactions import Transaction
from tests.trace.drugs.goods import GTIN, SIGNERS, Trade, difference, line, loose, product_body, recall_body, return_body, ship_body
from tests.trace.drugs.model import Event, Model, Road
from tests.trace.world import BRIDGE, HILLSIDE, INTERVAL, NORTH, PLANT, SOUTH, STATION, World, make_world, scratch_copy
from trace.drugs.invariants import validate_invariants
from trace.drugs.ranges import from_slots

T = TypeVar("T")
LOTS = {"A": 24, "B": 9}
"""Small batches, so that histories of few steps meet in the same packs."""
DOWN = (
    (PLANT, NORTH),
    (PLANT, BRIDGE),
    (NORTH, SOUTH),
    (SOUTH, NORTH),
    (NORTH, BRIDGE),
    (SOUTH, HILLSIDE),
    (NORTH, STATION),
    (BRIDGE, STATION),
)
UP = ((NORTH, PLANT), (BRIDGE, NORTH), (STATION, BRIDGE), (STATION, NORTH), (HILLSIDE, SOUTH), (HILLSIDE, PLANT), (SOUTH, NORTH))
SHOPS = (BRIDGE, STATION, HILLSIDE)
RETURNS = ("misdelivery", "damaged", "expired", "recall", "destruction")
ACTIONS = (
    *("ship",) * 5, *("receive",) * 5, *("dispense",) * 4, *("undo",) * 2, *("loosen",) * 2, *("name",) * 2, *("send_back",) * 2, "refuse",
    "cancel", "recall", "close", "close", "wait",
)  # fmt: skip
"""What a step may be, as often as it stands here."""
_WORLDS: list[World] = []


def fresh_trade() -> Trade:
    """A world with the product; built once, copied for each history."""
    if not _WORLDS:
        world = make_world()
        world.do("drugs.product", product_body(), "maker/line")
        _WORLDS.append(world)
    return Trade(scratch_copy(_WORLDS[0]))


class Histories(RuleBasedStateMachine):
    """Each rule proposes a transaction, often a good one, and knows from the model whether it must be accepted."""

    def __init__(self) -> None:
        super().__init__()
        self.trade = fresh_trade()
        self.model = Model()
        self.index: dict[tuple[str, int], tuple[Event, str]] = {}
        self.recalls = 0
        self.rng = Random(0)

    # --- helpers ---

    def event(self, transaction: Transaction) -> Event:
        return transaction.id, self.trade.world.height, self.trade.world.time

    def attempt(self, call: Mapping[str, Any], expected: bool) -> Event | None:
        """Sends a transaction; it must be accepted exactly when the model says so."""
        world = self.trade.world
        world.advance()
        arguments = dict(call)
        transaction = world.sign(arguments.pop("kind"), arguments.pop("body"), arguments.pop("signer"), **arguments)
        try:
            changes: Changes = world.put(transaction)
        except Refusal as refusal:
            assert not expected, refusal
            return None
        assert expected, f"{transaction.kind} was accepted: {transaction.body} {transaction.items}"
        event = self.event(transaction)
        self.index.update({(trail.key, trail.number): (event, trail.origin) for trail in changes.trails})
        return event

    def likely(self, options: Sequence[T], good: Callable[[T], bool]) -> T:
        """One of the options, mostly a good one."""
        fit = [option for option in options if good(option)]
        return self.rng.choice(fit if fit and self.rng.randrange(10) else list(options))

    def holds(self, site: str) -> bool:
        """Has the site anything?"""
        return any(self.model.loose[lot, site] or self.model.slots(lot, "active", site=site) for lot in LOTS)

    def some(self, lot: str, fit: Sequence[int]) -> list[int]:
        """Slots: mostly fit ones, sometimes any."""
        choice: Sequence[int] = fit if fit and self.rng.randrange(10) else range(LOTS[lot])
        start, length = self.rng.randrange(len(choice)), self.rng.randint(1, 6)
        slots = list(choice[start : start + length])
        return slots[:: self.rng.randint(1, 2)]

    def cargo(self, site: str) -> tuple[list[tuple[str, list[int]]], Counter[str]]:
        """What a site might send: packs by name, by number, or both, of one or two batches."""
        named, counted = [], Counter[str]()
        for lot in self.rng.choice((("A",), ("B",), ("A", "B"))):
            form = self.rng.choice(("named", "loose", "both")) if self.model.loose[lot, site] else "named"
            if form != "loose":
                named.append((lot, self.some(lot, self.model.slots(lot, "active", site=site))))
            if form != "named":
                counted[lot] = self.rng.randint(1, self.model.loose[lot, site] + (self.rng.random() < 0.1))
        return named, counted

    def lines(self, named: Sequence[tuple[str, Sequence[int]]], counted: Mapping[str, int]) -> list[Value]:
        items = [line(lot, *[(start, end) for start, end in from_slots(slots)]) for lot, slots in named if slots]
        return items + [loose(lot, count) for lot, count in counted.items() if count]

    def open_roads(self) -> list[str]:
        return [key for key, road in self.model.roads.items() if road.is_open]

    # --- rules ---

    @initialize()
    def commission(self) -> None:
        for lot, count in LOTS.items():
            transaction = self.trade.commission(lot, count)
            batch, key = self.trade.batch(lot), self.trade.name_of(lot).run_key(0)
            event = (transaction.id, batch["height"], batch["since"])
            self.model.make(lot, count, PLANT, event)
            self.index[key, 1] = (event, key)
        for way, slots in (((PLANT, NORTH), range(18)), ((NORTH, BRIDGE), range(6)), ((NORTH, STATION), range(6, 10))):
            self.move(way, [("A", slots)])
        self.move((PLANT, HILLSIDE), [("B", range(4))])

    def move(self, way: tuple[str, str], named: Sequence[tuple[str, Sequence[int]]]) -> None:
        """Goods leave and arrive."""
        items = self.lines(named, {})
        event = self.attempt({"kind": "drugs.ship", "body": ship_body(way), "signer": SIGNERS[way[0]], "items": items}, True)
        assert event
        self.model.send(Road(*way, "delivery", {}, Counter()), event, named, Counter())
        body = {"shipment": event[0].hex(), "checked": True, "final": True}
        arrived = self.attempt({"kind": "drugs.receive", "body": body, "signer": SIGNERS[way[1]], "items": items}, True)
        assert arrived
        self.model.arrive(event[0].hex(), arrived, named, None)

    @rule(action=st.sampled_from(ACTIONS), seed=st.integers(0, 2**32))
    def step(self, action: str, seed: int) -> None:
        """One proposal; what it is about follows from the seed, so that choices are even and a failure can be repeated."""
        self.rng = Random(seed)
        waits_for = {"receive": self.open_roads, "refuse": self.open_roads, "cancel": self.open_roads, "close": self.standing}
        if waits_for.get(action, lambda: ["nothing"])():
            getattr(self, action)()

    def ship(self) -> None:
        way = self.likely(DOWN, lambda way: self.holds(way[0]))
        named, counted = self.cargo(way[0])
        call = {"kind": "drugs.ship", "body": ship_body(way), "signer": SIGNERS[way[0]], "items": self.lines(named, counted)}
        event = self.attempt(call, self.model.may_ship(way[0], named, counted))
        if event:
            self.model.send(Road(*way, "delivery", {}, Counter()), event, named, counted)

    def send_back(self) -> None:
        way, purpose = self.likely(UP, lambda way: self.holds(way[0])), self.rng.choice(RETURNS)
        named, counted = self.cargo(way[0])
        body = return_body(way, purpose=purpose)
        call = {"kind": "drugs.return", "body": body, "signer": SIGNERS[way[0]], "items": self.lines(named, counted)}
        event = self.attempt(call, self.model.may_return(way[0], named, counted))
        if event:
            self.model.send(Road(*way, purpose, {}, Counter()), event, named, counted)

    def receive(self) -> None:
        key = self.rng.choice(self.open_roads())
        road, checked, final = self.model.roads[key], self.rng.random() < 0.5, self.rng.random() < 0.3
        fates = {lot: self.fates(sorted(slots)) for lot, slots in road.packs.items() if slots}
        counted = {lot: (self.rng.randint(0, count), self.rng.choice((0, 0, 0, 1, 2))) for lot, count in road.loose.items() if count}
        items = self.receipt(fates, counted)
        fits = all(sum(counts) <= road.loose[lot] for lot, counts in counted.items()) and (final or bool(items))
        body = {"shipment": key, "checked": checked, "final": final}
        event = self.attempt({"kind": "drugs.receive", "body": body, "signer": SIGNERS[road.receiver], "items": items}, fits)
        if event:
            self.book_receipt(key, event, (fates, counted), (checked, final))

    def fates(self, slots: Sequence[int]) -> dict[str, list[int]]:
        """What happens to the open packs of a batch: arrived, damaged, missing, or not yet."""
        words = ("arrived", "arrived", "arrived", "arrived", "damaged", "missing", "later")
        drawn = [self.rng.choice(words) for _ in range(self.rng.randint(1, 4))]
        found: dict[str, list[int]] = {"arrived": [], "damaged": [], "missing": [], "later": []}
        for place, slot in enumerate(slots):
            found[drawn[place * len(drawn) // len(slots)]].append(slot)
        return found

    def receipt(self, fates: Mapping[str, Mapping[str, list[int]]], counted: Mapping[str, tuple[int, int]]) -> list[Value]:
        items = self.lines([(lot, found["arrived"]) for lot, found in fates.items()], {lot: here for lot, (here, _) in counted.items()})
        for lot, found in fates.items():
            for what in ("damaged", "missing"):
                if found[what]:
                    items.append(difference(what, lot, *[(start, end) for start, end in from_slots(found[what])]))
        return items + [difference("missing", lot, loose=gone) for lot, (_, gone) in counted.items() if gone]

    def book_receipt(self, key: str, event: Event, said: Any, how: tuple[bool, bool]) -> None:
        (fates, counted), (checked, final) = said, how
        road = self.model.roads[key]
        purpose = "returned" if road.purpose in ("misdelivery", "refusal") and not checked else None
        block = road.purpose if road.purpose in ("recall", "expired", "damaged", "destruction") else purpose
        self.model.arrive(key, event, [(lot, found["arrived"]) for lot, found in fates.items()], block)
        self.model.arrive(key, event, [(lot, found["damaged"]) for lot, found in fates.items()], "damaged")
        self.model.lose(key, event, [(lot, found["missing"]) for lot, found in fates.items()])
        if fates or counted or final:
            road.touched = road.touched or final or any(sum(counts) for counts in counted.values())
            road.touched = road.touched or any(found[word] for found in fates.values() for word in ("arrived", "damaged", "missing"))
        for lot, (here, gone) in counted.items():
            self.model.loose[lot, road.receiver] += here
            self.model.lost[lot] += gone
            road.loose[lot] -= here + gone
        if final:
            self.model.lose(key, event, [(lot, sorted(slots)) for lot, slots in road.packs.items()])
            self.model.lost.update(road.loose)
            road.loose = Counter()

    def refuse(self) -> None:
        key = self.rng.choice(self.open_roads())
        road = self.model.roads[key]
        body = {"shipment": key, "reason": "other"}
        event = self.attempt({"kind": "drugs.refuse", "body": body, "signer": SIGNERS[road.receiver]}, road.purpose != "refusal")
        if event:
            self.model.refuse(key, event)

    def cancel(self) -> None:
        key = self.rng.choice(self.open_roads())
        road = self.model.roads[key]
        body = {"shipment": key, "reason": "mistake"}
        event = self.attempt({"kind": "drugs.cancel", "body": body, "signer": SIGNERS[road.sender]}, not road.touched)
        if event:
            self.model.cancel(key, event)

    def loosen(self) -> None:
        site, lot = self.rng.choice((PLANT, NORTH, SOUTH, BRIDGE)), self.rng.choice(tuple(LOTS))
        slots = self.some(lot, [slot for slot in self.model.slots(lot, "active", site=site) if self.model.packs[lot][slot].fit(site)])
        packs = self.model.each([(lot, slots)])
        body = {"site": site, "gtin": GTIN, "lot": lot, "ranges": from_slots(slots)}
        event = self.attempt({"kind": "drugs.loosen", "body": body, "signer": SIGNERS[site]}, all(pack.fit(site) for pack in packs))
        if event:
            self.model.put(packs, event, "loose", site=None)
            self.model.loose[lot, site] += len(slots)

    def name(self) -> None:
        places = [(site, lot) for site in (NORTH, BRIDGE, STATION, HILLSIDE) for lot in LOTS]
        site, lot = self.likely(places, lambda place: bool(self.model.loose[place[1], place[0]]))
        slots = self.some(lot, self.model.slots(lot, "loose"))[: self.model.loose[lot, site] + self.rng.randrange(2)] or [0]
        packs = self.model.each([(lot, slots)])
        fits = all(pack.state == "loose" for pack in packs) and self.model.loose[lot, site] >= len(slots)
        body = {"site": site, "gtin": GTIN, "lot": lot}
        event = self.attempt({"kind": "drugs.name", "body": body, "signer": SIGNERS[site], **self.trade.naming(lot, *slots)}, fits)
        if event:
            self.model.put(packs, event, "active", site=site)
            self.model.loose[lot, site] -= len(slots)

    def dispense(self) -> None:
        site, lot = self.rng.choice(SHOPS), self.rng.choice(tuple(LOTS))
        here = self.model.slots(lot, "active", site=site) or self.model.slots(lot, "loose")
        slot = self.some(lot, here)[0]
        pack = self.model.packs[lot][slot]
        event = self.attempt(self.trade.sale(site, lot, slot), self.model.may_dispense(site, lot, slot))
        if event:
            self.model.loose[lot, site] -= pack.state == "loose"
            self.model.put([pack], event, "dispensed", site=site)

    def undo(self) -> None:
        places = [(site, lot) for site in SHOPS for lot in LOTS]
        site, lot = self.likely(places, lambda place: bool(self.model.slots(place[1], "dispensed", site=place[0])))
        slot = self.some(lot, self.model.slots(lot, "dispensed", site=site))[0]
        now = self.trade.world.time + INTERVAL
        event = self.attempt(self.trade.undoing(site, lot, slot), self.model.may_undo(site, lot, slot, now))
        if event:
            self.model.put([self.model.packs[lot][slot]], event, "active", site=site)

    def recall(self) -> None:
        self.recalls += 1
        lot, whole = self.rng.choice(tuple(LOTS)), self.rng.randrange(20)
        number, slots = f"R{self.recalls}", self.some(lot, [])
        scope = {"lot": lot} if whole == 0 else {"lot": lot, "ranges": from_slots(slots)}
        event = self.attempt({"kind": "drugs.recall", "body": recall_body(number, scope), "signer": "maker/qp"}, True)
        assert event
        if whole == 0:
            self.model.recalled[lot].append(number)
        else:
            for pack in self.model.each([(lot, slots)]):
                pack.recalls.append(number)
                pack.happen(event)

    def close(self) -> None:
        outcome = self.rng.choice(("completed", "issued_in_error", "issued_in_error"))
        number = self.rng.choice(self.standing())
        body = {"number": number, "outcome": outcome, "text": {"en": "Why"}}
        still_open = self.trade.world.get(f"recall/{number}")["status"] == "open"
        event = self.attempt({"kind": "drugs.recall.close", "body": body, "signer": "agency/desk"}, still_open)
        if not event or outcome == "completed":
            return
        for lot, packs in self.model.packs.items():
            self.model.recalled[lot] = [each for each in self.model.recalled[lot] if each != number]
            for pack in packs:
                if number in pack.recalls:
                    pack.recalls.remove(number)
                    pack.happen(event)

    def standing(self) -> list[str]:
        """Recalls that somebody carries."""
        on_packs = {number for packs in self.model.packs.values() for pack in packs for number in pack.recalls}
        return sorted(on_packs | {number for numbers in self.model.recalled.values() for number in numbers})

    def wait(self) -> None:
        self.trade.world.advance(days=self.rng.choice((1, 4, 11)))

    # --- what must hold after every step ---

    @invariant()
    def invariants_hold(self) -> None:
        validate_invariants(self.trade.world.view)

    @invariant()
    def rules_and_model_agree(self) -> None:
        for lot, packs in self.model.packs.items():
            for slot, pack in enumerate(packs):
                run = self.trade.run(lot, slot)
                block = run["block"]["why"] if run["block"] else None
                assert (run["state"], run["site"], block, run["recalls"]) == (pack.state, pack.site, pack.block, pack.recalls), (lot, slot)
                assert run["history"]["n"] == len(pack.events)
                assert run["history"]["head"] == pack.head.hex(), (lot, slot)
            for site in SIGNERS:
                assert self.trade.stock(lot, site)[1] == self.model.loose[lot, site]
            assert self.trade.batch(lot)["loose_missing"] == self.model.lost[lot]

    def teardown(self) -> None:
        """The way of every pack can be walked back through the index to the factory."""
        for lot, packs in self.model.packs.items():
            for slot, pack in enumerate(packs):
                assert self.walk(lot, slot) == pack.events

    def walk(self, lot: str, slot: int) -> list[Event]:
        history, key = self.trade.run(lot, slot)["history"], self.trade.run_key(lot, slot)
        key, found = history.get("of", key), []
        for number in range(history["n"], 0, -1):
            event, key = self.index[key, number]
            found.append(event)
        return found[::-1]


Histories.TestCase.settings = settings(
    max_examples=100, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestHistories = Histories.TestCase

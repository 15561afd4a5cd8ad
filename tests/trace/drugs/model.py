"""A second, slow model of custody: one object a pack, no runs, no splitting. The random histories compare the rules with it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

Event = tuple[bytes, int, int]
"""Transaction id, height, block time."""
Items = Sequence[tuple[str, Sequence[int]]]
"""(lot, slots) named by a transaction."""
DAY_MS = 86_400_000


@dataclass
class Pack:
    """One pack."""

    state: str = "active"
    site: str | None = None
    shipment: str | None = None
    block: str | None = None
    recalls: list[str] = field(default_factory=list)
    since: int = 0
    events: list[Event] = field(default_factory=list)
    head: bytes = bytes(32)

    def happen(self, event: Event) -> None:
        """One more event of its way; the head is hashed by hand (PROTOCOL §5)."""
        number = len(self.events) + 1
        parts = (
            b"pharmatrace/history/v1\x00",
            self.head,
            number.to_bytes(8, "big"),
            event[1].to_bytes(8, "big"),
            event[2].to_bytes(8, "big"),
        )
        self.head = hashlib.sha256(b"".join(parts) + event[0]).digest()
        self.events.append(event)

    def fit(self, site: str) -> bool:
        """May it leave the site by name?"""
        return self.state == "active" and self.site == site and self.block is None and not self.recalls


@dataclass
class Road:
    """A shipment."""

    sender: str
    receiver: str
    purpose: str
    packs: dict[str, set[int]]
    loose: Counter[str]
    touched: bool = False

    @property
    def is_open(self) -> bool:
        """Is anything still on its way?"""
        return any(self.packs.values()) or any(self.loose.values())


class Model:
    """Every pack of a few batches, and the numbers of loose ones."""

    def __init__(self) -> None:
        self.packs: dict[str, list[Pack]] = {}
        self.loose: Counter[tuple[str, str]] = Counter()
        self.lost: Counter[str] = Counter()
        self.roads: dict[str, Road] = {}
        self.recalled: dict[str, list[str]] = {}

    def make(self, lot: str, count: int, site: str, event: Event) -> None:
        """A batch."""
        self.packs[lot] = [Pack(site=site, since=event[2]) for _ in range(count)]
        self.recalled[lot] = []
        for pack in self.packs[lot]:
            pack.happen(event)

    def slots(self, lot: str, state: str, **where: str | None) -> list[int]:
        """Slots in a state, at a site or in a shipment."""
        fits = [slot for slot, pack in enumerate(self.packs[lot]) if pack.state == state]
        return [slot for slot in fits if all(getattr(self.packs[lot][slot], name) == value for name, value in where.items())]

    def each(self, items: Items) -> Iterable[Pack]:
        """The packs named."""
        return [self.packs[lot][slot] for lot, slots in items for slot in slots]

    # --- what should be accepted ---

    def may_ship(self, site: str, items: Items, loose: Counter[str]) -> bool:
        """Fit packs, enough loose ones, no recalled batch."""
        lots = {lot for lot, slots in items if slots} | set(+loose)
        fit = all(pack.fit(site) for pack in self.each(items))
        enough = all(self.loose[lot, site] >= count for lot, count in loose.items())
        return bool(lots) and fit and enough and not any(self.recalled[lot] for lot in lots)

    def may_return(self, site: str, items: Items, loose: Counter[str]) -> bool:
        """Held packs, in whatever condition."""
        held = all(pack.state == "active" and pack.site == site for pack in self.each(items))
        enough = all(self.loose[lot, site] >= count for lot, count in loose.items())
        return bool(any(slots for _, slots in items) or +loose) and held and enough

    def may_dispense(self, site: str, lot: str, slot: int) -> bool:
        """Fit, here; or loose, with one left here and none of the batch lost."""
        pack = self.packs[lot][slot]
        if pack.recalls or self.recalled[lot] or pack.block:
            return False
        if pack.state == "loose":
            return self.loose[lot, site] > 0 and not self.lost[lot]
        return pack.state == "active" and pack.site == site

    def may_undo(self, site: str, lot: str, slot: int, now: int) -> bool:
        """Sold here, within ten days, not recalled since."""
        pack = self.packs[lot][slot]
        fresh = now - pack.since <= 10 * DAY_MS
        return pack.state == "dispensed" and pack.site == site and fresh and not pack.recalls and not self.recalled[lot]

    # --- what then happens ---

    def put(self, packs: Iterable[Pack], event: Event, state: str, **changed: str | None) -> None:
        """Packs come into a state."""
        for pack in packs:
            pack.state, pack.since = state, event[2]
            for name, value in changed.items():
                setattr(pack, name, value)
            pack.happen(event)

    def send(self, road: Road, event: Event, items: Items, loose: Counter[str]) -> None:
        """Packs leave."""
        key = event[0].hex()
        self.put(self.each(items), event, "moving", site=None, shipment=key)
        for lot, slots in items:
            road.packs.setdefault(lot, set()).update(slots)
        for lot, count in loose.items():
            self.loose[lot, road.sender] -= count
            road.loose[lot] += count
        self.roads[key] = road

    def open_packs(self, key: str) -> list[Pack]:
        """Named packs still in a shipment."""
        return [self.packs[lot][slot] for lot, slots in self.roads[key].packs.items() for slot in slots]

    def cancel(self, key: str, event: Event) -> None:
        """Everything goes back to where it came from."""
        road = self.roads[key]
        self.put(self.open_packs(key), event, "active", site=road.sender, shipment=None)
        for lot, count in road.loose.items():
            self.loose[lot, road.sender] += count
        road.packs, road.loose = {}, Counter()

    def refuse(self, key: str, event: Event) -> None:
        """What is open turns round."""
        road = self.roads[key]
        back = Road(road.receiver, road.sender, "refusal", road.packs, road.loose, touched=True)
        self.put(self.open_packs(key), event, "moving", shipment=event[0].hex())
        road.packs, road.loose = {}, Counter()
        self.roads[event[0].hex()] = back

    def arrive(self, key: str, event: Event, items: Items, block: str | None) -> None:
        """Named packs arrive; a block other than `returned` is never lifted nor replaced."""
        road = self.roads[key]
        for lot, slots in items:
            for slot in slots:
                pack = self.packs[lot][slot]
                kept = pack.block if pack.block not in (None, "returned") else None
                if kept is None and block is None and road.purpose not in ("misdelivery", "refusal"):
                    kept = pack.block
                self.put([pack], event, "active", site=road.receiver, shipment=None, block=kept or block)
            road.packs[lot] -= set(slots)

    def lose(self, key: str, event: Event, items: Items) -> None:
        """Named packs do not arrive."""
        self.put(self.each(items), event, "missing")
        for lot, slots in items:
            self.roads[key].packs[lot] -= set(slots)

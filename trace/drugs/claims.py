"""What a receipt says about the packs of a shipment, item by item, checked against what is open (DOMAIN §7.2, drugs.receive)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from chain.errors import Refusal
from chain.interfaces import Value
from trace.drugs.arrivals import MISSING
from trace.drugs.custody import Scanned, loose_parts, validate_proof_count, validate_tags
from trace.drugs.draft import Draft
from trace.drugs.entries import BatchName, batch_name, find_batch, line_key
from trace.drugs.ranges import first_overlap, from_slots, intersect, subtract
from trace.drugs.runs import PARTS_LIMIT, Part, gather
from trace.drugs.shapes import Batch, Line, Shipment
from trace.drugs.shipments import is_in

BLOCKING = ("damaged", "seal_broken", "excursion")
"""Differences that arrive and are blocked."""
REMARKS = ("extra", "wrong_item")
"""Differences that change no state: a case for the sender, who answers with a supplementary shipment."""
DIFFERENCES = (MISSING, *BLOCKING, *REMARKS)
"""Every difference (HDA exception groups: data-no-product = missing, product-no-data = extra)."""

LooseLines = Mapping[BatchName, tuple[int, Line]]
"""Batch -> (number, entry) of its loose line in a shipment."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One line or difference that concerns open packs."""

    line: int
    """Number of the item."""
    name: BatchName
    """The batch."""
    what: str | None
    """The difference, or None for packs that arrived as they should."""
    loose: int | None
    """How many, where only the number is known."""
    parts: list[Part]
    """The runs, where packs are named."""
    scanned: tuple[Scanned, ...]
    """Packs out of the shipment's loose ones that are named here for the first time."""

    @property
    def taken(self) -> int:
        """Packs that a loose line has less after it."""
        return len(self.scanned) if self.loose is None else self.loose

    @property
    def packs(self) -> int:
        """How many packs are no longer open after it."""
        return sum(part.count for part in self.parts) if self.loose is None else self.loose


@dataclass(frozen=True, slots=True)
class Claims:
    """All claims of a receipt."""

    claims: list[Claim]
    """In the order of the items."""
    loose_lines: LooseLines
    """The shipment's loose lines, where a claim needs them."""
    runs: int
    """Runs that the claims name."""


def read_claims(draft: Draft, key: str, shipment: Shipment) -> Claims:
    """All lines and differences that concern open packs, checked in the order of the row.

    Raises Refusal `drugs.receive.difference`, `drugs.lines.duplicate`, `drugs.lines.overlap`, `drugs.receive.not_in_shipment` (or
    `drugs.range.too_many`), `drugs.receive.too_many`, `drugs.receive.must_name`, `drugs.pack.not_in_batch`, `drugs.pack.not_loose`.
    """
    items = draft.transaction.items
    validate_differences(items)
    validate_once(items)
    concerned = [(line, item) for line, item in enumerate(items) if item.get("what") not in REMARKS]
    validate_disjoint(concerned)
    loose_lines = _find_loose_lines(draft, key, shipment) if any("ranges" not in item for _, item in concerned) else {}
    claims, room = [], PARTS_LIMIT
    for line, _ in concerned:
        claim = _read_claim(draft, (key, room), loose_lines, line)
        room -= len(claim.parts)
        claims.append(claim)
    validate_numbers(claims, loose_lines)
    for claim in claims:
        if claim.loose is not None and claim.what in BLOCKING:
            raise Refusal("drugs.receive.must_name", f"named packs for {claim.what}", "loose", field="loose", line=claim.line)
    named = list(_name_scanned(draft, claims, room))
    return Claims(named, loose_lines, sum(len(claim.parts) for claim in named))


def validate_differences(items: Sequence[Value]) -> None:
    """Raises Refusal `drugs.receive.difference` for an unknown kind of difference."""
    for line, item in enumerate(items):
        if item["t"] == "difference" and item["what"] not in DIFFERENCES:
            raise Refusal("drugs.receive.difference", "one of " + ", ".join(DIFFERENCES), item["what"], field="what", line=line)


def validate_once(items: Sequence[Value]) -> None:
    """Each batch has one line by name and one by number at most. Raises Refusal `drugs.lines.duplicate`."""
    seen = set()
    for line, item in enumerate(items):
        form = (item["gtin"], item["lot"], "ranges" in item)
        if item["t"] == "line" and form in seen:
            raise Refusal("drugs.lines.duplicate", "each batch once by name and once by number", f"lot {item['lot']} again", line=line)
        if item["t"] == "line":
            seen.add(form)


def validate_disjoint(concerned: Iterable[tuple[int, Value]]) -> None:
    """No pack is named by two items, be it in ranges or scanned. Raises Refusal `drugs.lines.overlap` with the lowest slot."""
    ranges: dict[BatchName, list[Sequence[int]]] = {}
    for _, item in concerned:
        named_here = item.get("ranges") or from_slots({pack["slot"] for pack in item.get("packs", ())})
        ranges.setdefault(batch_name(item["gtin"], item["lot"]), []).extend(named_here)
    for name, named in ranges.items():
        slot = first_overlap(named)
        if slot is not None:
            raise Refusal("drugs.lines.overlap", "each pack once", f"slot {slot} of lot {name.lot} twice", field="items")


def _find_loose_lines(draft: Draft, key: str, shipment: Shipment) -> LooseLines:
    found = {}
    for number in range(shipment["lines"]):
        line = cast(Line, draft.get(line_key(key, number)))
        if line["ranges"] is None:
            found[batch_name(line["gtin"], line["lot"])] = (number, line)
    return found


def _read_claim(draft: Draft, place: tuple[str, int], loose_lines: LooseLines, line: int) -> Claim:
    """One item. `place`: (shipment, runs left). Raises Refusal `drugs.receive.not_in_shipment`, `drugs.range.too_many`."""
    item = draft.transaction.items[line]
    name = batch_name(item["gtin"], item["lot"])
    scanned = tuple(Scanned(pack["slot"], pack["tag"], line) for pack in item.get("packs", ()))
    if "ranges" in item:
        return Claim(line, name, item.get("what"), None, _parts_in_shipment(draft, place, name, line), ())
    if name not in loose_lines:
        raise Refusal("drugs.receive.not_in_shipment", "a loose line of the shipment", f"lot {name.lot}", line=line)
    return Claim(line, name, item.get("what"), item.get("loose"), [], scanned)


def _parts_in_shipment(draft: Draft, place: tuple[str, int], name: BatchName, line: int) -> list[Part]:
    """The runs of an item, all of them in the shipment. Raises Refusal naming the lowest slot that is not."""
    key, room = place
    ranges = draft.transaction.items[line]["ranges"]
    batch = find_batch(draft, name)
    count = batch["count"] if batch else 0
    inside = ranges if ranges[-1][1] <= count else intersect(ranges, [[0, count]])
    parts = gather(draft, name, inside, room)
    outside = next((part.start for part in parts if not is_in(part.run, key)), None)
    if outside is None and inside is not ranges:
        outside = subtract(ranges, inside)[0][0]
    if outside is not None:
        raise Refusal("drugs.receive.not_in_shipment", "packs of the shipment that are still open", f"slot {outside}", line=line)
    return parts


def validate_numbers(claims: Sequence[Claim], loose_lines: LooseLines) -> None:
    """No more loose packs than are open. Raises Refusal `drugs.receive.too_many`."""
    taken: Counter[BatchName] = Counter()
    for claim in claims:
        if not claim.taken:
            continue
        taken[claim.name] += claim.taken
        still_open = loose_lines[claim.name][1]["loose"] or 0
        if taken[claim.name] > still_open:
            raise Refusal("drugs.receive.too_many", still_open, taken[claim.name], line=claim.line)


def _name_scanned(draft: Draft, claims: Sequence[Claim], room: int) -> Iterator[Claim]:
    """The claims, those of scanned packs with their runs. Raises Refusal `drugs.pack.not_in_batch`, `drugs.pack.not_loose`."""
    validate_proof_count(draft.transaction, sum(len(claim.scanned) for claim in claims))
    first = 0
    for claim in claims:
        if claim.scanned:
            batch = cast(Batch, find_batch(draft, claim.name))
            validate_tags(draft.transaction, batch, claim.scanned, first)
            parts = loose_parts(draft, claim.name, claim.scanned, room)
            first, room = first + len(claim.scanned), room - len(parts)
            yield replace(claim, parts=parts)
        else:
            yield claim

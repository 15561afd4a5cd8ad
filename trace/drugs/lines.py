"""The table of DOMAIN §10.2 as data: every line with its rank, lights, codes of other systems, and the condition under which it applies.

Lights stand for consumer, pharmacist, distributor: G green, A amber, R red, B blue, `-` the line does not exist for that viewer. A line
whose light or code depends on where the pack is stands twice with the same rank; a code is listed once, by its first line that applies.
A test compares this table with the one in docs/DOMAIN.md.
"""

from dataclasses import dataclass
from functools import lru_cache

from trace.drugs import standing
from trace.drugs import whereabouts as where
from trace.drugs.case import Condition, InStates


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    rank: int
    """Precedence; the lowest is the headline."""
    code: str
    """Verdict code."""
    lights: str
    """Light for consumer, pharmacist, distributor."""
    applies: Condition
    """When it applies."""
    refused: str | None
    """Code with which `drugs.dispense` is refused; None where the till is not refused, or not by a rule."""
    level: int
    """Alert level when a trade member scans; 5 = suspected falsification."""
    cbv: str | None
    """CBV 2.0 disposition."""
    emvs: str | None
    """EMVS state or code."""
    dscsa: str | None
    """DSCSA verification answer."""


_SUSPECT, _ILLEGITIMATE, _RESTRICTED = "Suspect", "Illegitimate", "Not_for_re-distribution"
_GTIN_SERIAL, _GTIN_SERIAL_LOT = "No_match_GTIN_Serial", "No_match_GTIN_Serial_Lot"
_RECALLED, _HERE, _ELSEWHERE = "Recalled", "drugs.pack.dispensed_here", "drugs.pack.dispensed_elsewhere"
_HERE_BEFORE, _NOT_SOLD = "previously supplied at this location", "non_sellable_other"

LINES: tuple[Line, ...] = (
    Line(1, "NOT_A_MEDICINE_CODE", "BBB", standing.nothing_read, None, 1, None, None, None),
    Line(2, "SCANNER_FAULT", "BBB", standing.scanner_fault, None, 1, None, None, None),
    Line(3, "NO_SERIAL", "BBB", standing.no_serial, None, 1, None, None, None),
    Line(4, "BATCH_CODE", "BBB", standing.batch_code, None, 1, None, None, None),
    Line(5, "LEDGER_INCONSISTENT", "RRR", standing.inconsistent, None, 4, "unknown", None, None),
    Line(6, "COULD_NOT_CHECK", "AAA", standing.no_evidence, None, 2, "unknown", "unreachable", "timeout"),
    Line(10, "UNKNOWN_PRODUCT", "AAA", standing.unknown_product, "drugs.product.unknown", 3, "unknown", "PC_01", _GTIN_SERIAL),
    Line(11, "BATCH_BEFORE_LEDGER", "AAA", standing.batch_before_ledger, "drugs.batch.unknown", 2, "unknown", None, None),
    Line(12, "UNKNOWN_BATCH", "RRR", standing.unknown_batch, "drugs.batch.unknown", 5, "mismatch_class", "LOT_03", _GTIN_SERIAL_LOT),
    Line(13, "UNKNOWN_SERIAL", "RRR", standing.unknown_serial, "drugs.pack.not_in_batch", 5, "mismatch_instance", "PC_02", _GTIN_SERIAL),
    Line(14, "NOT_SHOWN", "AAA", standing.not_shown, "drugs.pack.not_in_batch", 2, "unknown", None, "timeout"),
    Line(15, "BATCH_MISMATCH", "RRR", standing.batch_mismatch, "drugs.pack.not_in_batch", 5, "mismatch_class", "LOT_13", _GTIN_SERIAL_LOT),
    Line(16, "EXPIRY_MISMATCH", "RRR", standing.expiry_mismatch, None, 5, "mismatch_class", "LOT_12", "No_match_GTIN_Serial_Expiry"),
    Line(17, "ISSUER_REVOKED", "ARR", standing.issuer_revoked, "drugs.batch.issuer_revoked", 4, "non_conformant", None, _SUSPECT),
    Line(18, "BATCH_REJECTED", "RRA", standing.batch_rejected, "drugs.batch.rejected", 5, "non_conformant", None, _RESTRICTED),
    Line(18, "NOT_RELEASED", "RRA", standing.not_released, "drugs.batch.not_released", 5, "reserved", None, _RESTRICTED),
    Line(20, "STOLEN", "RRR", standing.in_state("stolen"), "drugs.pack.stolen", 5, "stolen", "Stolen", _ILLEGITIMATE),
    Line(21, "DESTROYED", "RRR", standing.in_state("destroyed"), "drugs.pack.destroyed", 5, "destroyed", "Destroyed", _ILLEGITIMATE),
    Line(22, "UNUSED_CODE", "RRR", standing.in_state("unused"), "drugs.pack.unused", 5, "inactive", None, _ILLEGITIMATE),
    Line(23, "MISSING", "RRR", standing.in_state("missing"), "drugs.pack.missing", 5, "unknown", None, _SUSPECT),
    Line(24, "SUSPECT_CLONE", "RRR", standing.suspect_clone, "drugs.pack.suspect", 5, "no_pedigree_match", "PCK_22", _SUSPECT),
    Line(30, "RECALLED_PACK", "RRR", standing.recalled("pack"), "drugs.pack.recalled", 0, "recalled", _RECALLED, _RECALLED),
    Line(30, "RECALLED_BATCH", "RRR", standing.recalled("batch"), "drugs.batch.recalled", 0, "recalled", _RECALLED, _RECALLED),
    Line(30, "RECALLED_PRODUCT", "RRR", standing.recalled("product"), "drugs.product.recalled", 0, "recalled", _RECALLED, _RECALLED),
    Line(30, "RECALLED_SOURCE", "RRR", standing.recalled("source"), "drugs.batch.source_recalled", 0, "recalled", _RECALLED, _RECALLED),
    Line(31, "RECALL_SHELF_ONLY", "ARR", standing.shelf_only("pack"), "drugs.pack.recalled", 0, "recalled", _RECALLED, _RECALLED),
    Line(31, "RECALL_SHELF_ONLY", "ARR", standing.shelf_only("batch"), "drugs.batch.recalled", 0, "recalled", _RECALLED, _RECALLED),
    Line(31, "RECALL_SHELF_ONLY", "ARR", standing.shelf_only("product"), "drugs.product.recalled", 0, "recalled", _RECALLED, _RECALLED),
    Line(
        31, "RECALL_SHELF_ONLY", "ARR", standing.shelf_only("source"), "drugs.batch.source_recalled", 0, "recalled", "Recalled", "Recalled"
    ),
    Line(32, "WITHDRAWN_PRODUCT", "ARR", standing.withdrawn_sold, "drugs.product.withdrawn", 0, _NOT_SOLD, "Withdrawn", "Recalled"),
    Line(32, "WITHDRAWN_PRODUCT", "RRR", standing.withdrawn, "drugs.product.withdrawn", 0, _NOT_SOLD, "Withdrawn", "Recalled"),
    Line(33, "EXPIRED", "RRR", standing.expired, "drugs.batch.expired", 0, "expired", "Expired", "Expired"),
    Line(34, "QUARANTINED", "RRR", standing.quarantined, "drugs.pack.blocked", 2, "unavailable", "Locked", _SUSPECT),
    Line(35, "RETURNED_UNVERIFIED", "AAA", standing.returned, "drugs.pack.blocked", 1, "returned", "Active", None),
    Line(40, "SOLD_MORE_THAN_ONCE", "RRR", where.sold_twice_here, _HERE, 5, "no_pedigree_match", "PCK_22", _SUSPECT),
    Line(40, "SOLD_MORE_THAN_ONCE", "RRR", where.sold_twice, _ELSEWHERE, 5, "no_pedigree_match", "PCK_22", _SUSPECT),
    Line(41, "ALREADY_DISPENSED_ELSEWHERE", "-RR", where.sold_elsewhere, _ELSEWHERE, 5, "dispensed", "PCK_22", _SUSPECT),
    Line(42, "ALREADY_DISPENSED_HERE", "-AA", where.sold_here, _HERE, 0, "dispensed", _HERE_BEFORE, None),
    Line(43, "SOLD_NOT_TO_YOU", "R--", where.sold_not_to_you, None, 0, "dispensed", "Supplied", None),
    Line(44, "SOLD_ONCE", "AAA", where.sold_once, None, 0, "dispensed", "Supplied", None),
    Line(45, "PARTIALLY_DISPENSED", "AAR", where.opened_here, "drugs.pack.opened", 1, "partially_dispensed", "Supplied", None),
    Line(45, "PARTIALLY_DISPENSED", "ARR", where.opened_elsewhere, "drugs.pack.opened", 5, "partially_dispensed", "Supplied", None),
    Line(46, "ISSUED_IN_HOSPITAL", "RAR", standing.ended_here("issued"), "drugs.pack.issued", 3, "in_progress", "Supplied", None),
    Line(46, "ISSUED_IN_HOSPITAL", "RRR", standing.in_state("issued"), "drugs.pack.issued", 3, "in_progress", "Supplied", None),
    Line(46, "TAKEN_BACK", "RAR", standing.ended_here("taken_back"), "drugs.pack.taken_back", 3, "returned", "Supplied", None),
    Line(46, "TAKEN_BACK", "RRR", standing.in_state("taken_back"), "drugs.pack.taken_back", 3, "returned", "Supplied", None),
    Line(47, "EXPORTED", "RRR", standing.in_state("exported"), "drugs.pack.exported", 4, "inactive", "Exported", _RESTRICTED),
    Line(47, "REPACKED", "RRR", standing.in_state("repacked"), "drugs.pack.repacked", 4, "inactive", "Checked-Out", _RESTRICTED),
    Line(48, "SAMPLE", "AAA", standing.in_state("sample"), "drugs.pack.sample", 2, _NOT_SOLD, "Sample", _RESTRICTED),
    Line(
        48,
        "FREE_SAMPLE",
        "AAA",
        standing.in_state("free_sample"),
        "drugs.pack.free_sample",
        2,
        _NOT_SOLD,
        "Free Sample",
        _RESTRICTED,
    ),
    Line(50, "WRONG_MARKET", "ARA", where.wrong_market, "drugs.market.not_authorised", 3, _NOT_SOLD, None, _RESTRICTED),
    Line(51, "IN_TRANSIT_TO_YOU", "-AA", where.moving_here, "drugs.pack.moving_here", 0, "in_transit", "Active", None),
    Line(52, "IN_TRANSIT", "ARR", where.moving, "drugs.pack.moving", 4, "in_transit", "Active", _SUSPECT),
    Line(53, "NOT_IN_A_SHOP", "R--", where.not_in_a_shop, None, 0, "no_pedigree_match", "Active", None),
    Line(54, "WRONG_CUSTODY", "RRR", where.wrong_custody, "drugs.custody.not_holder", 4, "no_pedigree_match", None, _SUSPECT),
    Line(55, "CUSTODY_NOT_SHOWN", "AAA", where.custody_not_shown, "drugs.custody.must_name", 1, "completeness_inferred", "Active", None),
    Line(57, "NOT_SHOWN", "AAA", where.incomplete, None, 2, "unknown", None, "timeout"),
    Line(58, "GENUINE_CHECK_PLACE", "AAA", where.check_place, None, 0, "active", "Active", None),
    Line(59, "PROOF_STALE", "AAA", where.stale, None, 1, "unknown", "unreachable", "timeout"),
    Line(70, "EXPIRY_EXTENDED", "GGG", where.extended, None, 0, "active", "Active", "ExpirationExtended"),
    Line(71, "DISPENSED_TO_YOU", "G--", where.dispensed_to_you, None, 0, "dispensed", "Supplied", None),
    Line(72, "SOLD_AS_YOU_SAY", "G--", where.sold_as_you_say, None, 0, "dispensed", "Supplied", None),
    Line(73, "GENUINE_NOT_YET_SOLD", "G--", where.available, None, 0, "sellable_accessible", "Active", None),
    Line(74, "GENUINE_SALEABLE", "-GG", where.available, None, 0, "sellable_accessible", "Active", "true"),
)
"""Every line, in the order in which it is looked at."""

ABOUT_THE_SCAN = 3
"""Lines up to this rank are about the scan: nothing is said about the pack and their light stays blue."""
JUDGES_NOTHING = (1, 2, 5, 6)
"""Ranks after which no further line is looked at: nothing was read, or no fact can be trusted."""
FIRST_GREEN = 70
"""Lines from this rank on apply only if none below does: the green gate (DOMAIN §10.1)."""
EXTENDED = "EXPIRY_EXTENDED"
"""The one line that is added to a green line and never stands alone."""


@lru_cache(maxsize=64)
def lines_for(column: int, state: str | None) -> tuple[Line, ...]:
    """The lines that can apply for a column of lights and a run state (None = none is shown), in the order of the table."""
    able = (each for each in LINES if not isinstance(each.applies, InStates) or state in each.applies.states)
    return tuple(each for each in able if each.lights[column] != "-")


def line(code: str) -> Line:
    """The first line with this code. Raises KeyError."""
    for candidate in LINES:
        if candidate.code == code:
            return candidate
    raise KeyError(code)

"""Whatever a scanner, a keyboard or a clipboard gives, read as an item or diagnosed (DOMAIN §2, §10.2 ranks 1-4, §10.3).

`read` needs no ledger. Where a repair was needed there may be several candidates; `resolve` asks the ledger which of them it knows.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

from trace.gs1.checkdigit import has_check_digit
from trace.gs1.dates import REFERENCE_YEAR
from trace.gs1.elements import validate_associations
from trace.gs1.errors import CodeError
from trace.gs1.forms import parse_text
from trace.gs1.item import BATCH, PRODUCT, Item, item_of
from trace.gs1.repairs import BLANKS, DOUBTFUL, LOST_SEPARATOR, WIDE, Attempt, attempts
from trace.gs1.splits import splits
from trace.gs1.symbology import GS1_PREFIXES

NOT_A_MEDICINE_CODE, SCANNER_FAULT, NO_SERIAL, BATCH_CODE = "NOT_A_MEDICINE_CODE", "SCANNER_FAULT", "NO_SERIAL", "BATCH_CODE"
"""Verdict codes of ranks 1-4: what can be said without evidence."""
LONGEST_SCAN = 2000
"""Characters of a scan that are looked at; the largest link with all identifiers of a medicine is far shorter."""
MOST_CANDIDATES = 16
"""Candidates of one scan; each costs a look into the ledger."""
_GTIN_INSIDE = re.compile(r"01[)/]?([0-9]{14})")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that the scan may have been."""

    item: Item
    """The item, with its repairs."""
    text: str
    """The scanned text after the repairs."""

    @property
    def repairs(self) -> tuple[str, ...]:
        """What was done to the text, names of `repairs.REPAIRS`."""
        return self.item.repairs

    @property
    def clean(self) -> bool:
        """Was nothing done that only the ledger can confirm?"""
        return DOUBTFUL.isdisjoint(self.item.repairs)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a scan is, as far as it can be said without the ledger."""

    text: str
    """The scan as it came, cut to `LONGEST_SCAN`."""
    candidates: tuple[Candidate, ...] = ()
    """A clean reading alone, or every repaired reading, the likeliest first; empty where nothing reads."""
    diagnosis: str | None = None
    """Rank 1-4 code; None where there is a pack or a box to look up. Where the ledger is at hand, `resolve` has the last word."""
    problem: CodeError | None = field(default=None, compare=False)
    """Why nothing reads; None where there are candidates."""
    host_known: bool = True
    """Is the first candidate's host one of ours? True where the code is no link."""
    reference: int = REFERENCE_YEAR
    """The year that two-digit years were read by."""

    @property
    def item(self) -> Item | None:
        """The item of a clean reading; None where there is none or the ledger must be asked."""
        return self.candidates[0].item if self.candidates and self.candidates[0].clean else None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a scan is after the ledger was asked."""

    item: Item | None
    """The item; None where the scan is diagnosed as no medicine code or as a scanner fault."""
    diagnosis: str | None
    """Rank 1-4 code; None for a pack or a box."""


def read(text: str, hosts: Collection[str] = (), reference: int = REFERENCE_YEAR) -> Reading:
    """Any text as candidates or a diagnosis; never raises. `hosts`: our hosts in lower case, with port unless it is the default one;
    `reference`: the year for two-digit years."""
    if len(text) > LONGEST_SCAN:
        problem = CodeError("gs1.scan.length", f"at most {LONGEST_SCAN} characters", len(text))
        return Reading(text[:LONGEST_SCAN], diagnosis=NOT_A_MEDICINE_CODE, problem=problem, reference=reference)
    found = _exact(text, reference) or _different(_repaired(text, reference))
    if not found:
        return _nothing(text, reference)
    clean = found[0].clean
    return Reading(
        text,
        tuple(found[:1] if clean else found),
        _diagnosis(found[0].item) if clean or all(one.item.kind == PRODUCT for one in found) else None,
        host_known=_is_known(found[0].item.host, hosts),
        reference=reference,
    )


def alternatives(reading: Reading) -> tuple[Candidate, ...]:
    """Beside a clean reading: what the code was if keyboard or scanner changed it unseen (a Y for a Z reads as well as the truth).

    To be tried only where the ledger does not know the clean item; empty for a reading that is not clean."""
    if reading.item is None:
        return ()
    return tuple(_different(iter((*reading.candidates, *_repaired(reading.text, reading.reference))))[1:])


def resolve(reading: Reading, known: Callable[[Item], bool]) -> Resolution:
    """The reading that the ledger confirms. `known`: does the ledger know this pack (serial in batch), batch, product or box?

    A clean reading stands even if unknown, unless exactly one alternative is known. Repaired readings need exactly one that is known;
    otherwise the scanner is at fault (rank 2).
    """
    if not reading.candidates:
        return Resolution(None, reading.diagnosis)
    first = reading.item
    if first is not None and (first.kind == PRODUCT or known(first)):
        return Resolution(first, _diagnosis(first))
    hits = [one.item for one in (reading.candidates if first is None else alternatives(reading)) if known(one.item)]
    chosen = hits[0] if len(hits) == 1 else first
    return Resolution(chosen, SCANNER_FAULT if chosen is None else _diagnosis(chosen))


def _exact(text: str, reference: int) -> list[Candidate]:
    """The reading of the text as it stands."""
    try:
        return [Candidate(parse_text(text, reference), text)]
    except CodeError:
        return []


def _different(candidates: Iterator[Candidate]) -> list[Candidate]:
    """The first of those that name the same thing, up to the limit."""
    found: list[Candidate] = []
    for candidate in candidates:
        if len(found) < MOST_CANDIDATES and not any(candidate.item.same_thing(other.item) for other in found):
            found.append(candidate)
    return found


def _repaired(text: str, reference: int) -> Iterator[Candidate]:
    """Every reading, those without doubt first, guesses about lost separators after all others."""
    tried = attempts(text)
    for attempt in tried:
        try:
            item = parse_text(attempt.text, reference)
        except CodeError:
            continue
        yield Candidate(replace(item, repairs=attempt.repairs), attempt.text)
    for attempt in tried:
        yield from _cut(attempt, reference)


def _cut(attempt: Attempt, reference: int) -> Iterator[Candidate]:
    text = attempt.text[3:] if attempt.text.startswith(GS1_PREFIXES) else attempt.text
    for elements in splits(text):
        try:
            validate_associations(elements)
            item = item_of(elements, reference)
        except CodeError:
            continue
        yield Candidate(replace(item, repairs=(*attempt.repairs, LOST_SEPARATOR)), attempt.text)


def _nothing(text: str, reference: int) -> Reading:
    """The reading of a text that nothing can be made of: the parser's own reason, or a fault if a medicine's GTIN is inside."""
    tidy = "".join(sign for sign in text.translate(WIDE) if sign not in BLANKS)
    damaged = any(has_check_digit(match[1]) for match in _GTIN_INSIDE.finditer(tidy))
    if _several(text, reference):
        return Reading(text, diagnosis=SCANNER_FAULT, problem=CodeError("gs1.scan.several", "one code", text))
    try:
        parse_text(tidy, reference)
    except CodeError as error:
        problem = error
    else:
        problem = CodeError("gs1.scan.unknown", "a medicine code", text)
    return Reading(text, diagnosis=SCANNER_FAULT if damaged else NOT_A_MEDICINE_CODE, problem=problem)


def _several(text: str, reference: int) -> bool:
    """Is every line a code of its own?"""
    lines = [line.strip(BLANKS) for line in re.split(r"[\r\n\t]+", text) if line.strip(BLANKS)]
    if not 2 <= len(lines) <= MOST_CANDIDATES:
        return False
    try:
        return all(parse_text(line, reference) for line in lines)
    except CodeError:
        return False


def _diagnosis(item: Item) -> str | None:
    return {PRODUCT: NO_SERIAL, BATCH: BATCH_CODE}.get(item.kind)


def _is_known(host: str | None, hosts: Collection[str]) -> bool:
    if host is None:
        return True
    name, _, port = host.rpartition(":")
    return host in hosts or (port in ("80", "443") and name in hosts)

"""What the pages show: plain values that templates print and tests can build by hand. Texts are strings or `{"zh": …, "en": …}`."""

from collections.abc import Mapping
from dataclasses import dataclass

Text = str | Mapping[str, str]
"""A text in one language or in both."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One line that applies to the pack; the first is the headline."""

    code: str
    """Verdict code (DOMAIN §10.2)."""
    light: str
    """`green`, `amber`, `red` or `blue`."""
    headline: Text
    """The line in a few words."""
    sentence: Text = ""
    """What it means here, with names and dates."""


@dataclass(frozen=True, slots=True)
class Action:
    """A transaction of the place that would follow."""

    label: Text
    """Its name."""
    refused: Text = ""
    """Why the ledger would refuse it; empty where nothing is known against it."""
    code: str = ""
    """The code of that refusal."""


@dataclass(frozen=True, slots=True)
class RecallNotice:
    """What a recall says."""

    number: str
    """Its reference."""
    text: Text
    """Why, and what to do."""
    contact: str
    """Whom to ask."""
    grade: Text
    """Its class in words."""
    opened: int
    """When it was opened, ms."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A large button under a question; it sends its form."""

    label: Text
    """Its words."""
    value: str
    """What it sends: `yes`, which the filled button shows, or `no`."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed one side of an event."""

    meaning: Text
    """What the signature says: made, handed over, took over, …"""
    who: Text
    """The signer's organisation, or its role and region where the name is not public (DOMAIN §4)."""
    key: str = ""
    """The signing key's text."""
    at: int | None = None
    """The signer's clock, ms; None where nobody has signed yet."""
    gln: str | None = None
    """The party's GLN where it is shown by name."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One station of the way of a pack."""

    symbol: str
    """Name of an icon."""
    title: Text
    """What happened, in a few words."""
    detail: Text = ""
    """A sentence more: where, how many."""
    time: int | None = None
    """Block time, ms."""
    signatures: tuple[Signature, ...] = ()
    """Both signatures of a hand-over, one of every other event."""
    late: int = 0
    """Milliseconds between the signer's clock and the block, where that is worth a word."""
    finality: Text = ""
    """pending / in a block (depth) / final / recorded by X."""
    height: int | None = None
    """Block that holds it."""
    transactions: tuple[str, ...] = ()
    """Hex ids."""
    light: str = ""
    """Where the event itself is good or bad news."""
    now: bool = False
    """Is this where the pack is now?"""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and a value."""

    label: Text
    """What it is."""
    value: Text
    """The value as text."""
    kind: str = "text"
    """`text`, `code`, `identifier` (grouped) or `day`."""
    href: str = ""
    """Where it leads, for `link`."""


@dataclass(frozen=True, slots=True)
class AlertSide:
    """One of two transactions that exclude each other."""

    kind: Text
    """What it does."""
    place: Text
    """Where."""
    signature: Signature
    """Who signed it, with which key, when by their clock."""
    transaction: str
    """Hex id."""
    height: int | None
    """Height of its block."""
    level: Text
    """How settled it is, in words."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A transaction that this node knows and the ledger did not take (DOMAIN §4)."""

    title: Text
    """What happened, in a few words."""
    sentence: Text
    """The same with both places."""
    light: str
    """`red` where two keys sold one pack, else `amber`."""
    settled: bool
    """Whether it can no longer change."""
    product: Text
    """Name of the medicine; empty where it is not about one pack."""
    gtin: str | None
    """Its GTIN."""
    lot: str | None
    """Lot of the pack."""
    slot: int | None
    """Number of the pack in its batch."""
    lost: AlertSide
    """What the ledger did not take."""
    winner: AlertSide | None
    """What stands in its place."""
    noticed: int
    """When this node noticed, ms."""
    code: str
    """Code of the refusal."""
    why: Text
    """Its sentence."""


@dataclass(frozen=True, slots=True)
class VerdictPage:
    """Everything on the page of a scanned pack."""

    code: str
    """Verdict code."""
    light: str
    """`green`, `amber`, `red` or `blue`."""
    headline: Text
    """The verdict in a few words."""
    sentence: Text = ""
    """The verdict in one sentence, with names and dates."""
    next: tuple[Text, ...] = ()
    """What to do next."""
    actions: tuple[Action, ...] = ()
    """Transactions of the place that would follow."""
    question: Text = ""
    """One question, or nothing."""
    answers: tuple[Answer, ...] = ()
    """Its two buttons."""
    chooses_place: bool = False
    """Is the question which place this is? Then a list of places stands under it."""
    reasons: tuple[Reason, ...] = ()
    """All lines that apply, the headline first."""
    recalls: tuple[RecallNotice, ...] = ()
    """The recalls behind a line."""
    custody: Text = ""
    """On what custody level the verdict rests (DOMAIN §4)."""
    notes: tuple[Text, ...] = ()
    """What was repaired in the scan, an unknown host, and the like."""
    product: Text = ""
    """Name of the medicine."""
    facts: tuple[Fact, ...] = ()
    """Product, lot, expiry, serial."""
    journey: tuple[Stop, ...] = ()
    """From the factory to now."""
    finality: Text = ""
    """How settled the newest event is."""
    age: int | None = None
    """Seconds since the evidence was made; None where there is none."""
    viewer: str = "consumer"
    """Who looks (DOMAIN §10.1)."""
    place: Text = ""
    """Where the scan happens, by name."""
    technical: tuple[Fact, ...] = ()
    """Hashes, keys and numbers for whoever checks."""
    offset: int = 0
    """Minutes from UTC of the market's local time."""
    alerts: tuple[Alert, ...] = ()
    """Sales of this pack that lost against another, as this node knows them."""

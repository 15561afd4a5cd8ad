"""Sales that the ledger did not take because somebody else was first, as this node knows them (DOMAIN §4): who, where, when, with which
key, and what stands in their place.

This is node knowledge. Two nodes may know different incidents; neither is wrong, and no rule looks at them. The signed transaction is the
evidence: it proves what its signer did, whoever keeps it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chain.interfaces import StateView
from chain.overruled import Overruled
from chain.reader import Reader
from chain.transactions import Transaction
from trace.drugs.case import HELD, SOLD
from trace.drugs.facts import Facts, Text
from trace.drugs.journey import Place, Signature, place_of, signature_of
from trace.drugs.plain import dump
from trace.places import role_and_region

SALE = "drugs.dispense"
"""The kind whose loss means that one pack was sold twice."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two transactions that exclude each other."""

    kind: str
    """Transaction kind."""
    place: Place | None
    """Where it happened."""
    signature: Signature
    """Who signed it with which key, and when by their clock."""
    height: int | None
    """Height of its block; None where it is in none."""
    level: str
    """`pending`, `in_block`, `final`, or `conflicted` for the one that lost."""


@dataclass(frozen=True, slots=True)
class Incident:
    """A transaction that lost."""

    gtin: str | None
    """GTIN of the one pack that it is about; None for other kinds."""
    lot: str | None
    """Its lot."""
    slot: int | None
    """Its number in the batch. The serial is not on the ledger."""
    lost: Side
    """What the ledger did not take."""
    code: str
    """Code of the refusal."""
    acknowledged: bool
    """Whether this node had accepted it; else it came from another node when the other event was here already."""
    noticed: int
    """Local time at which this node noticed, ms."""
    height: int
    """Height of the head that refused it."""
    settled: bool
    """Whether that can no longer change."""
    winner: Side | None
    """What stands in its place; None where the refusal is not the work of one transaction."""

    @property
    def same_key(self) -> bool:
        """Whether one key signed both: a till that sent its own sale twice, which nobody else is suspected for."""
        return self.winner is not None and self.winner.signature.key == self.lost.signature.key

    @property
    def words(self) -> Text:
        """What happened, in a sentence."""
        return sentence(self)

    def as_json(self) -> dict[str, Any]:
        """The incident for machines; `source` says whose knowledge it is."""
        return {**dump(self), "same_key": self.same_key, "words": dict(self.words), "source": "node"}


def incidents(node: Reader) -> list[Incident]:
    """Everything that this node knows, the newest first."""
    return [incident_of(node, record) for record in reversed(node.overruled())]


def of_pack(node: Reader, gtin: str, lot: str, slot: int) -> tuple[Incident, ...]:
    """The lost sales of one pack, the oldest first."""
    return tuple(incident_of(node, record) for record in node.overruled() if _is_sale_of(record.transaction, (gtin, lot, slot)))


def _is_sale_of(item: Transaction, pack: tuple[str, str, int]) -> bool:
    body = item.body
    return item.kind == SALE and (body["gtin"], body["lot"], body["slot"]) == pack


def counted(facts: Facts, known: Sequence[Incident]) -> Facts:
    """The facts as this node sees them, unless the same key signed both: of a sold pack a sale that lost counts as an attempt to sell again
    (DOMAIN §10, rank 40), of one that may still be sold as an open alert (rank 24: the sale that came first was undone, the other's buyer
    has a pack). Only for answers of this node: evidence for others holds what the state says."""
    run, more = facts.run, sum(1 for one in known if one.winner is not None and not one.same_key)
    if run is None or not more:
        return facts
    if run.state == SOLD:
        return replace(facts, run=replace(run, attempts=run.attempts + more))
    return replace(facts, run=replace(run, alerts=run.alerts + more)) if run.state in HELD else facts


def incident_of(node: Reader, record: Overruled) -> Incident:
    """A record of the node with the names that belong to it."""
    view, item = node.view(), record.transaction
    single = item.kind == SALE or "slot" in item.body
    return Incident(
        gtin=item.body["gtin"] if single else None,
        lot=item.body["lot"] if single else None,
        slot=item.body["slot"] if single else None,
        lost=_side(view, item, None, "conflicted"),
        code=record.code,
        acknowledged=record.acknowledged,
        noticed=record.time,
        height=record.height,
        settled=node.is_settled(record),
        winner=_winner(node, view, record.winner),
    )


def _winner(node: Reader, view: StateView, transaction_id: bytes | None) -> Side | None:
    found = node.transaction(transaction_id) if transaction_id else None
    if found is None:
        return None
    item, position = found
    height = None if position is None else position >> 24
    return _side(view, item, height, "pending" if height is None else "final" if height <= node.final_height else "in_block")


def _side(view: StateView, item: Transaction, height: int | None, level: str) -> Side:
    gln = item.body.get("site") or item.body.get("from")
    return Side(item.kind, place_of(view, gln, member=False), signature_of(view, item, gln, member=False), height, level)


# --- words -------------------------------------------------------------------------------------------------------------------


def sentence(one: Incident) -> Text:
    """What happened, in both languages. Both sides are told as what they are: acts that somebody signed."""
    return {"zh": "".join(_parts_zh(one)), "en": " ".join(_parts_en(one))}


def _parts_zh(one: Incident) -> Iterable[str]:
    yield f"{_where(one.lost.place, 'zh')}签名{'售出了这一盒' if one.lost.kind == SALE else '记下了一次操作'},"
    yield "本节点当时已受理(暂定)。" if one.acknowledged else "送到本节点时账上已有另一笔。"
    if one.winner is None:
        yield "账本后来拒绝了它。" if one.settled else "目前的账本拒绝它。"
        return
    where = "同一场所的另一笔" if _same_place(one) else f"{_where(one.winner.place, 'zh')}的那一笔"
    yield f"账本只记录了{where}。" if one.settled else f"目前的账本只有{where},尚未终局。"
    if one.same_key:
        yield "两笔由同一把密钥签名。"


def _parts_en(one: Incident) -> Iterable[str]:
    yield f"{_where(one.lost.place, 'en')} signed {'a sale of this pack' if one.lost.kind == SALE else 'it'},"
    yield "and this node had accepted it (provisional)." if one.acknowledged else "and it reached this node when another was there already."
    if one.winner is None:
        yield "The ledger refused it later." if one.settled else "The ledger as it is now refuses it."
        return
    where = "another one of the same place" if _same_place(one) else f"the one by {_where(one.winner.place, 'en')}"
    yield f"The ledger records only {where}." if one.settled else f"The ledger as it is now has only {where}; that is not final yet."
    if one.same_key:
        yield "The same key signed both."


def _same_place(one: Incident) -> bool:
    places = (one.lost.place, one.winner.place if one.winner else None)
    return None not in places and len({place.gln for place in places if place}) == 1 and places[0] is not None and places[0].gln is not None


def _where(place: Place | None, language: str) -> str:
    """A place by name, or by role and region where its name is not public."""
    if place is None:
        return {"zh": "未知场所", "en": "an unknown place"}[language]
    names = place.names or role_and_region(place.role or place.kind, place.region)
    return names.get(language) or next(iter(names.values()))

"""The Application that the chain drives: every transaction kind with its schema, its demand and its rule, and the genesis document.

`apply` is DOMAIN §5 rows 6-12: the form of body and items, who may sign, then the kind's own rule.
"""

from collections.abc import Mapping

from chain.errors import Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction
from trace import fields
from trace.drugs import contest, custody
from trace.drugs import kinds as drugs
from trace.kinds import Kind
from trace.parties import checks, founding, queries
from trace.parties import rules as parties

KINDS: Mapping[str, Kind] = {**parties.KINDS, **drugs.KINDS}
"""Every kind of rules version 1."""
URGENT = frozenset({"drugs.hold", "drugs.recall"})
"""Kinds that attesters insist on (PROTOCOL §6, withheld votes)."""


class Application:
    """`chain.interfaces.Application` for medicine. Without state: every answer follows from the arguments."""

    def genesis(self, document: Value) -> Mapping[str, Value]:
        """Markets, regulators, their sites and keys. Raises Malformed `genesis.field`."""
        return founding.found(document)

    def knows(self, kind: str) -> bool:
        """Row 2: is this a kind of these rules?"""
        return kind in KINDS

    def is_urgent(self, kind: str) -> bool:
        """Recalls and holds: whoever could keep them out of the ledger could keep harm in circulation."""
        return kind in URGENT

    def owner(self, view: StateView, key: str) -> str | None:
        """The party whose share of the pool a key's transactions use; None for a key that nobody enrolled. Whether it is in force, the
        rules say with their own code."""
        return queries.party_of_key(view, key)

    def contested(self, view: StateView, transaction: Transaction, code: str) -> str | None:
        """The run over which a sale lost; other kinds name many things or none, and are remembered without a winner."""
        return contest.contested(view, transaction, code)

    def prepare(self, transaction: Transaction) -> tuple[bytes, ...] | None:
        """Row 6, and the roots to which the paths of a sale lead (`drugs.marks`); None where row 6 refuses it."""
        try:
            validate_form(transaction)
        except Refusal:
            return None
        return custody.roots_of_sale(transaction) if transaction.kind == "drugs.dispense" else ()

    def apply(self, view: StateView, transaction: Transaction, block: BlockContext) -> Changes:
        """What the transaction changes, or raises Refusal (rows 6-12; row 2 for an unknown kind)."""
        kind = _kind_of(transaction)
        if transaction.prepared is None:
            validate_form(transaction)
        signer = checks.authorise(view, transaction, block, kind.demand)
        changes = kind.rule(view, transaction, block)
        return Changes({**changes.values, **signer.changes}, changes.trails) if signer.changes else changes


def _kind_of(transaction: Transaction) -> Kind:
    """Raises Refusal `chain.tx.kind`."""
    kind = KINDS.get(transaction.kind)
    if kind is None:
        raise Refusal("chain.tx.kind", "a kind that these rules know", transaction.kind, field="kind")
    return kind


def validate_form(transaction: Transaction) -> None:
    """Row 6: the form of body, items and proofs. Raises Refusal `<module>.body.field`, `chain.tx.kind`."""
    kind = _kind_of(transaction)
    fields.validate_body(transaction.kind, transaction.body, kind.schema)
    fields.validate_items(transaction.kind, transaction.items, kind.schema)
    if transaction.proofs and not kind.proves:
        module = transaction.kind.partition(".")[0]
        raise Refusal(f"{module}.body.field", "no inclusion paths", f"unknown: {len(transaction.proofs)} paths", field="proofs")

"""Checks that several kinds of parties share: who may decide about a party (DOMAIN §6, first refusals of most rows)."""

from chain.errors import Refusal
from chain.interfaces import BlockContext, StateView, Value
from chain.transactions import Transaction
from trace.parties import checks, queries
from trace.parties.entries import ROLES


def validate_party(view: StateView, gln: str, field: str = "party") -> Value:
    """The party, if enrolled. Raises Refusal `parties.party.unknown`."""
    party = queries.find_party(view, gln)
    if party is None:
        raise Refusal("parties.party.unknown", "an enrolled party", gln, field=field)
    return party


def validate_regulator(view: StateView, transaction: Transaction, block: BlockContext, market: str) -> None:
    """The signer is a regulator of the market. Raises Refusal `parties.regulator.market`."""
    signer = checks.signer_of(view, transaction)
    if not checks.is_regulator_of(view, signer, market, block.time):
        raise Refusal("parties.regulator.market", f"a regulator of {market}", signer.gln, field="by")


def validate_decided_party(view: StateView, transaction: Transaction, block: BlockContext) -> Value:
    """The party that a regulator's body names, decided about by a regulator of its country; the first two refusals of most rows.

    Raises Refusal `parties.party.unknown`, `parties.regulator.market`.
    """
    party = validate_party(view, transaction.body["party"])
    validate_regulator(view, transaction, block, party["country"])
    return party


def validate_role_name(role: str, field: str) -> None:
    """Raises Refusal `parties.role.unknown`."""
    if role not in ROLES:
        raise Refusal("parties.role.unknown", "one of " + ", ".join(ROLES), role, field=field)


def validate_not_reserved(view: StateView, transaction: Transaction, block: BlockContext, roles: tuple[str, ...], market: str) -> None:
    """`regulator` is given by genesis, or by all regulators of the market together. Raises Refusal `parties.role.reserved`."""
    if "regulator" not in roles:
        return
    missing = checks.missing_regulators(view, transaction, block, market)
    if missing:
        raise Refusal("parties.role.reserved", f"signatures of all regulators of {market}", "without " + ", ".join(missing), field="role")


def validate_key_is_new(view: StateView, text: str, field: str) -> None:
    """Raises Refusal `parties.key.exists`: a key is enrolled once, for one party."""
    if queries.find_key(view, text) is not None:
        raise Refusal("parties.key.exists", "a key that is not enrolled", text, field=field)

"""What a transaction kind is: the form of its body, who may sign it, and its rule (DOMAIN §5 rows 6-12).

Every module exports a table `KINDS: dict[str, Kind]`; `trace.registry` joins them. A rule is a pure function of the state view, the
transaction and the block. It runs after the checks of rows 1-11, raises `Refusal`, or returns whole new values as `Changes`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from chain.interfaces import BlockContext, Changes, StateView
from chain.transactions import Transaction
from trace.fields import Schema

Rule = Callable[[StateView, Transaction, BlockContext], Changes]
"""Row 12: the checks of the kind in the order of its row, then what it changes."""
Locator = Callable[[StateView, Transaction], str | None]
"""Finds the site of a transaction that names it only indirectly; None where it names nothing that exists."""

NAMES = frozenset(
    {
        "parties.enrol",
        "parties.site",
        "parties.licence",
        "parties.prefix",
        "parties.key",
        "parties.revoke",
        "parties.admin",
        "parties.suspend",
        "parties.reinstate",
        "drugs.product",
        "drugs.batch",
        "drugs.release",
        "drugs.ship",
        "drugs.cancel",
        "drugs.receive",
        "drugs.refuse",
        "drugs.return",
        "drugs.loosen",
        "drugs.name",
        "drugs.dispense",
        "drugs.undo",
        "drugs.recall",
        "drugs.recall.close",
    }
)
"""Every kind of rules version 1. The scope of a key may name these, or `module.*` (`parties.scope.unknown` otherwise)."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Who may sign a kind: what rows 8-11 of DOMAIN §5 ask of the signer."""

    roles: tuple[str, ...] = ()
    """The signer's party holds at least one of these roles, in force on the block's day; empty = any enrolled party."""
    site: str | None = None
    """Body field with the GLN of an open site of the signer's party, inside the key's scope (rows 8 and 11)."""
    locate: Locator | None = None
    """Finds the site that the key's scope must contain (row 8 only) where no body field names it: the `to` of a shipment."""
    while_suspended: bool = False
    """May a suspended party still sign it? (goods on the road must land somewhere)"""
    in_every_scope: bool = False
    """Is the kind allowed whatever the key's scope says? Only `parties.revoke`: whoever finds a stolen key must be able to end it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One transaction kind."""

    schema: Schema
    """Row 6: the form of body and items."""
    demand: Demand
    """Rows 8-11: who may sign."""
    rule: Rule
    """Row 12: preconditions and effect."""
    proves: bool = False
    """Do inclusion paths travel along (PROTOCOL §3, proof section)? How many, the rule says; a kind that needs none takes none."""

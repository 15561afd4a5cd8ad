"""What one transaction has changed so far: a view that shows its own changes, and the events that it gives to histories.

A draft lives inside one call of a rule and never leaves it; the rule stays a pure function.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from chain.interfaces import BlockContext, Changes, StateView, Trail, Value
from chain.state import NO_HISTORY, Overlay, advance
from chain.transactions import Transaction
from trace.drugs.entries import History

NEW: History = dict(NO_HISTORY)
"""The history of a thing before its first event."""


class Draft:
    """The state view of a rule at work. Each thing gets at most one event by a transaction."""

    __slots__ = ("_overlay", "_trails", "block", "id", "transaction")

    def __init__(self, view: StateView, transaction: Transaction, block: BlockContext) -> None:
        self.transaction = transaction
        self.block = block
        self.id = transaction.id.hex()
        self._overlay = Overlay(view)
        self._trails: list[Trail] = []

    @property
    def body(self) -> Mapping[str, Any]:
        """The transaction's body."""
        return self.transaction.body

    def get(self, key: str) -> Value | None:
        """As StateView.get; changes of this transaction included."""
        return self._overlay.get(key)

    def put(self, values: Mapping[str, Any]) -> None:
        """New values that are no event of their things."""
        self._overlay.put(values)

    def next_history(self, history: History) -> History:
        """The history with this transaction as one more event."""
        return cast(History, advance(history, self.transaction.id, self.block))

    def record(self, key: str, value: Any) -> None:
        """A new value of a thing, with this transaction as an event: `value` still carries the history before it."""
        history = self.next_history(value["history"])
        self.put({key: {**value, "history": history}})
        self.trail(key, history, key)

    def trail(self, key: str, history: History, origin: str) -> None:
        """Notes for the node's index that the newest event of `history` is found under `key`, the earlier ones under `origin`."""
        self._trails.append(Trail(key, history["n"], origin))

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """As StateView.floor."""
        return self._overlay.floor(prefix, key)

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """As StateView.scan."""
        return self._overlay.scan(prefix, after)

    def changes(self) -> Changes:
        """All of it."""
        return Changes(self._overlay.values, tuple(self._trails))

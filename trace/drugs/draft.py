"""What one transaction has changed so far: a view that shows its own changes, and the events that it gives to histories.

A draft lives inside one call of a rule and never leaves it; the rule stays a pure function.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, cast

from chain.interfaces import BlockContext, Changes, StateView, Trail, Value
from chain.state import NO_HISTORY, Overlay, advance
from chain.transactions import Transaction
from trace.drugs.shapes import History
from trace.parties.checks import Signer, signer_of

NEW: History = dict(NO_HISTORY)
"""The history of a thing before its first event."""


class Draft:
    """The state view of a rule at work. Each thing gets at most one event by a transaction.

    A rule reads far more than it changes and looks for neighbours (`floor`) mostly before it changes anything, so keys are put in order
    only when somebody asks.
    """

    __slots__ = ("_keys", "_signer", "_trails", "_values", "_view", "block", "body", "id", "transaction")

    def __init__(self, view: StateView, transaction: Transaction, block: BlockContext) -> None:
        self.transaction = transaction
        self.block = block
        self.body: Mapping[str, Any] = transaction.body
        self.id = transaction.id.hex()
        self._view = view
        self._signer: Signer | None = None
        self._values: dict[str, Value] = {}
        self._keys: list[str] = []
        self._trails: list[Trail] = []

    @property
    def signer(self) -> Signer:
        """Whoever signed; `authorise` has let them through."""
        if self._signer is None:
            self._signer = signer_of(self._view, self.transaction)
        return self._signer

    def get(self, key: str) -> Value | None:
        """As StateView.get; changes of this transaction included."""
        value = self._values.get(key)
        return self._view.get(key) if value is None else value

    def put(self, values: Mapping[str, Any]) -> None:
        """New values that are no event of their things."""
        self._values.update(values)

    def next_history(self, history: History) -> History:
        """The history with this transaction as one more event."""
        return cast(History, advance(history, self.transaction.id, self.block))

    def record(self, key: str, value: Any) -> None:
        """A new value of a thing, with this transaction as an event: `value` still carries the history before it."""
        history = self.next_history(value["history"])
        self._values[key] = {**value, "history": history}
        self.trail(key, history, key)

    def trail(self, key: str, history: History, origin: str) -> None:
        """Notes for the node's index that the newest event of `history` is found under `key`, the earlier ones under `origin`."""
        self._trails.append(Trail(key, history["n"], origin))

    def floor(self, prefix: str, key: str) -> tuple[str, Value] | None:
        """As StateView.floor."""
        below = self._view.floor(prefix, key)
        if not self._values:
            return below
        own = self._own_floor(prefix, key)
        if own is not None and (below is None or own >= below[0]):
            return own, self._values[own]
        return below

    def _own_floor(self, prefix: str, key: str) -> str | None:
        """The greatest changed key up to `key` in a folder. Values are only ever added, so a count tells whether the order is stale."""
        if len(self._keys) != len(self._values):
            self._keys = sorted(self._values)
        place = bisect_right(self._keys, key)
        found = self._keys[place - 1] if place else ""
        return found if found.startswith(prefix) else None

    def scan(self, prefix: str, after: str = "") -> Iterator[tuple[str, Value]]:
        """As StateView.scan."""
        return Overlay(self._view, self._values).scan(prefix, after)

    def changes(self) -> Changes:
        """All of it."""
        return Changes(self._values, tuple(self._trails))

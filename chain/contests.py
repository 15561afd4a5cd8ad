"""The half of a node that remembers which transactions lost and what came first (DOMAIN §4): two tills that sold one pack before either
node could know of the other. All of it is this node's own knowledge; nothing here touches state, blocks or votes."""

from chain import consensus, overruled, transactions
from chain.candidate import Candidate
from chain.durability import Durability
from chain.errors import ChainError
from chain.interfaces import Application
from chain.overruled import Overruled
from chain.transactions import Transaction


class Contests(Durability):
    """Writes the book of what lost."""

    application: Application
    """What the ledger is about."""
    _candidate: Candidate

    def _note(self, item: Transaction, error: ChainError) -> bool:
        """Remembers why the present head refuses a waiting transaction; True where another event is newly found in its place."""
        known = self._overruled.get(item.id)
        if error.code == "chain.tx.future" or consensus.knows(item.kind) or (known and self._holds(known, error.code)):
            return False
        winner = self._winner(item, error.code)
        self._record(item, error, winner, acknowledged=True)
        return winner is not None and not (known and known.acknowledged)

    def _overhear(self, item: Transaction, error: ChainError) -> None:
        """Remembers a transaction that another node sent and that contradicts what is here: its signer sold, or moved, the same."""
        winner = None if item.id in self._overruled else self._winner(item, error.code)
        if winner is not None:
            self._record(item, error, winner, acknowledged=False)

    def _record(self, item: Transaction, error: ChainError, winner: bytes | None, *, acknowledged: bool) -> None:
        self._overruled.note(
            Overruled(
                transaction=item,
                acknowledged=acknowledged,
                code=error.code,
                expected=error.expected,
                found=error.found,
                height=self._tip.header.height,
                time=self.clock.now(),
                winner=winner,
                size=len(transactions.encode(item, with_proofs=True)),
            )
        )

    def _holds(self, known: Overruled, code: str) -> bool:
        """Whether what was noted is still the reason: the same refusal, and what came first is still there."""
        here = known.winner is None or known.winner in self._pool or self._position(known.winner) is not None
        return known.acknowledged and known.code == code and here

    def _winner(self, item: Transaction, code: str) -> bytes | None:
        """Id of the transaction that stands in the place of a refused one: the newest event of the thing that both are about."""
        view = self._candidate.overlay
        key = self.application.contested(view, item, code)
        entry = view.get(key) if key else None
        if key is None or entry is None:
            return None
        found = self._newest(key, entry["history"]["n"], entry["history"].get("of", key))
        return found if found != item.id else None

    def _newest(self, key: str, number: int, indexed: str) -> bytes | None:
        """Id of event `number` of a thing: among what waits, else by the index, where it stands under `indexed`."""
        for line, trail in reversed(self._candidate.trails):
            if (trail.key, trail.number) == (key, number):
                return self._candidate.items[line].id
        place = self._trail(indexed, number)
        return self._at(place[0]).id if place else None

    def _load_overruled(self) -> None:
        self._overruled = overruled.decode(self.store.meta(overruled.NAME) or b"")

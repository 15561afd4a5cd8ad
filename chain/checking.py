"""Checking transactions before they are executed: framing, canonical bytes, envelope and signatures (DOMAIN §5 rows 1-3).

These checks need no state, so bulk goes to worker processes and the node executes one slice while the next is being checked, and an audit
one block while the next ones are. A worker hands back the decoded transactions, with what the application can say of them without a state
(`Application.prepare`): it ran the functions that would run here, on the same bytes. Few transactions are checked on the spot: starting
processes for one scan would cost more than it saves.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, TypeVar

from chain import blocks, rules, transactions
from chain.blocks import Block
from chain.errors import ChainError
from chain.interfaces import Application, BlockRecord
from chain.processes import end_with_parent, helpers
from chain.transactions import Transaction

BULK = 64
"""Carriers from which on worker processes are used."""
CHUNK = 250
"""Carriers that a worker takes at a time."""
PROCESSES = 2
"""Worker processes."""
NICENESS = 10
"""By how much workers stand back for the process that executes: it must never wait for a core that they could leave to it."""

Checked = Transaction | ChainError
"""A transaction that passed rows 1-3, or the error that it failed with."""
Message = tuple[Any, ...] | ChainError
"""What travels from a worker: the fields of a transaction and what was prepared (plain values travel at a tenth of the cost of reading
the carrier again), or an error."""
Answer = TypeVar("Answer")
"""What some work gives."""
_FIELDS = attrgetter(*[each.name for each in fields(Transaction) if each.init])


@dataclass(frozen=True, slots=True)
class Gate:
    """What a transaction must pass before curve arithmetic is spent on it, and who prepares it."""

    chain: bytes
    """Id of the genesis header."""
    application: Application
    """The rules; travels to the workers."""
    quota: Callable[[Transaction], None] | None = None
    """Raises ChainError for a sender over its share; None while nobody is near it."""

    def admit(self, item: Transaction) -> None:
        """Row 2, then the quota. Raises ChainError."""
        rules.validate_destination(item, self.chain, self.application)
        if self.quota is not None:
            self.quota(item)


def check(carrier: bytes, gate: Gate) -> Transaction:
    """Rows 1-3 for a carrier with proofs. Raises Malformed or Refusal."""
    item = transactions.parse(carrier, with_proofs=True)
    gate.admit(item)
    transactions.validate_signatures(item)
    return item


# --- in a worker -------------------------------------------------------------------------------------------------------------


def check_chunk(carriers: Sequence[bytes], gate: Gate) -> list[Message]:
    """The answers for some carriers."""
    return [_answer(carrier, gate) for carrier in carriers]


def _answer(carrier: bytes, gate: Gate) -> Message:
    try:
        item = check(carrier, gate)
    except ChainError as error:
        return error
    return _write(item, gate.application)


def check_block(record: BlockRecord, application: Application) -> list[tuple[Any, ...]]:
    """The transactions of a block, their signatures good and the roots those of its header. Raises as `Checker.start_block` says."""
    return [_write(item, application) for item in _block_on_the_spot(record).transactions]


def _write(item: Transaction, application: Application) -> tuple[Any, ...]:
    return *_FIELDS(item), application.prepare(item)


def _begin_work() -> None:
    """In a worker, before anything else."""
    end_with_parent()
    with contextlib.suppress(AttributeError, OSError):  # not every system has priorities
        os.nice(NICENESS)


# --- here --------------------------------------------------------------------------------------------------------------------


class Checker:
    """Checks carriers, in this process or in workers that are started when the first bulk comes."""

    def __init__(self, processes: int = PROCESSES) -> None:
        """`processes` 0: never start workers."""
        self._processes = processes
        self._workers: ProcessPoolExecutor | None = None

    def start(self, carriers: Sequence[bytes | Transaction], gate: Gate) -> Callable[[], list[Checked]]:
        """Begins to check; the function returned waits for the results, in order."""
        if len(carriers) < BULK or not self._processes or not all(isinstance(carrier, bytes) for carrier in carriers):
            found = [_on_the_spot(carrier, gate) for carrier in carriers]
            return lambda: found
        return self._bulk([carrier for carrier in carriers if isinstance(carrier, bytes)], gate)

    def _bulk(self, carriers: list[bytes], gate: Gate) -> Callable[[], list[Checked]]:
        found = {} if gate.quota is None else _over_quota(carriers, gate)
        asked = [carrier for number, carrier in enumerate(carriers) if number not in found]
        sent = Gate(gate.chain, gate.application)
        waiting = [self._ask(check_chunk, asked[start : start + CHUNK], sent) for start in range(0, len(asked), CHUNK)]

        def finish() -> list[Checked]:
            answers = (message if isinstance(message, ChainError) else _read(message) for answer in waiting for message in answer())
            return [found[number] if number in found else next(answers) for number in range(len(carriers))]

        return finish

    def start_block(self, record: BlockRecord, application: Application) -> Callable[[], Block]:
        """Begins to check the transactions of a stored block and its roots; the function returned waits and gives the block.

        It raises InvalidBlock with the number of the first transaction that fails, and as `blocks.from_record`, `rules.validate_roots`.
        """
        if len(record.transactions) < BULK or not self._processes:
            return lambda: _block_on_the_spot(record)
        answer = self._ask(check_block, record, application)

        def finish() -> Block:
            items = tuple([_read(message) for message in answer()])
            return Block(blocks.decode_header(record.header), record.seal, items, record.proofs, record.votes)

        return finish

    def _ask(self, work: Callable[..., list[Answer]], *arguments: object) -> Callable[[], list[Answer]]:
        """Gives work to a worker; the function returned waits for the answer. Where workers have been killed, for lack of memory say, it is
        done here, and the next work gets new ones."""
        workers = self._pool()
        with contextlib.suppress(BrokenProcessPool):
            future = workers.submit(work, *arguments)

            def wait() -> list[Answer]:
                try:
                    return future.result()
                except BrokenProcessPool:
                    self._discard(workers)
                    return work(*arguments)

            return wait
        self._discard(workers)
        return lambda: work(*arguments)

    def _discard(self, workers: ProcessPoolExecutor) -> None:
        if self._workers is workers:
            self._workers = None
        workers.shutdown(wait=False)

    def _pool(self) -> ProcessPoolExecutor:
        if self._workers is None:
            self._workers = helpers(self._processes, _begin_work)
        return self._workers

    def close(self) -> None:
        """Ends the workers."""
        if self._workers is not None:
            self._workers.shutdown()
            self._workers = None


def _on_the_spot(carrier: bytes | Transaction, gate: Gate) -> Checked:
    try:
        if isinstance(carrier, bytes):
            return check(carrier, gate)
        gate.admit(carrier)
        transactions.validate_signatures(carrier)
    except ChainError as error:
        return error
    return carrier


def _over_quota(carriers: Sequence[bytes], gate: Gate) -> dict[int, Checked]:
    """Number -> answer for those that no worker needs to look at: their senders are over their share, or they can hardly be read."""
    found: dict[int, Checked] = {}
    for number, carrier in enumerate(carriers):
        try:
            gate.admit(transactions.parse(carrier, with_proofs=True, checked=True))
        except (ChainError, KeyError, TypeError, ValueError, AttributeError):  # judged in full: row 1 comes before the quota
            found[number] = _on_the_spot(carrier, gate)
    return found


def _block_on_the_spot(record: BlockRecord) -> Block:
    block = blocks.from_record(record)
    rules.validate_signatures(block.transactions)
    rules.validate_roots(block)
    return block


def _read(message: tuple[Any, ...]) -> Transaction:
    return transactions.with_prepared(Transaction(*message[:-1]), message[-1])

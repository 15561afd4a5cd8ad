"""Checking transactions before they are executed: framing, canonical bytes, envelope and signatures (DOMAIN §5 rows 1-3).

These checks need no state, so bulk goes to worker processes and the node executes one slice while the next is being checked, and an audit
one block while the next ones are. Few transactions are checked on the spot: starting processes for one scan would cost more than it saves.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from chain import blocks, rules, transactions
from chain.blocks import Block
from chain.errors import ChainError, Malformed, Refusal
from chain.interfaces import BlockRecord
from chain.transactions import Transaction

BULK = 64
"""Carriers from which on worker processes are used."""
CHUNK = 250
"""Carriers that a worker takes at a time."""
PROCESSES = 2
"""Worker processes."""

Verdict = tuple[str, str, str, str | None, bool] | None
"""What a worker says of a carrier: None, or (code, expected, found, field, whether it is a Refusal)."""
Checked = Transaction | ChainError
"""A transaction that passed rows 1-3, or the error that it failed with."""
Preview = Callable[[Transaction], None]
"""Cheap checks before curve arithmetic (destination, quota); raises ChainError."""


def check(carrier: bytes, *, with_proofs: bool = True) -> Transaction:
    """Rows 1-3 for a carrier. Raises Malformed or Refusal."""
    item = transactions.parse(carrier, with_proofs=with_proofs)
    transactions.validate_signatures(item)
    return item


def check_chunk(carriers: Sequence[bytes], with_proofs: bool = True) -> list[Verdict]:
    """What a worker process does."""
    return [_verdict(carrier, with_proofs) for carrier in carriers]


def _verdict(carrier: bytes, with_proofs: bool) -> Verdict:
    try:
        check(carrier, with_proofs=with_proofs)
    except ChainError as error:
        return error.code, error.expected, error.found, error.field, isinstance(error, Refusal)
    return None


class Checker:
    """Checks carriers, in this process or in workers that are started when the first bulk comes."""

    def __init__(self, processes: int = PROCESSES) -> None:
        """`processes` 0: never start workers."""
        self._processes = processes
        self._workers: ProcessPoolExecutor | None = None

    def start(self, carriers: Sequence[bytes | Transaction], preview: Preview) -> Callable[[], list[Checked]]:
        """Begins to check; the function returned waits for the results, in order."""
        if len(carriers) < BULK or not self._processes or not all(isinstance(carrier, bytes) for carrier in carriers):
            found = [_on_the_spot(carrier, preview) for carrier in carriers]
            return lambda: found
        return self._bulk([carrier for carrier in carriers if isinstance(carrier, bytes)], preview)

    def _bulk(self, carriers: list[bytes], preview: Preview) -> Callable[[], list[Checked]]:
        read = [_read(carrier, preview) for carrier in carriers]
        asked = [number for number, item in enumerate(read) if isinstance(item, Transaction)]
        chunks = [asked[start : start + CHUNK] for start in range(0, len(asked), CHUNK)]
        futures: list[Future[list[Verdict]]] = [
            self._pool().submit(check_chunk, [carriers[number] for number in chunk]) for chunk in chunks
        ]

        def finish() -> list[Checked]:
            for chunk, future in zip(chunks, futures, strict=True):
                for number, verdict in zip(chunk, future.result(), strict=True):
                    if verdict is not None:
                        read[number] = _error(verdict)
            return read

        return finish

    def start_block(self, record: BlockRecord) -> Callable[[], Block]:
        """Begins to check the transactions of a stored block; the function returned waits and gives the block.

        It raises InvalidBlock with the number of the first transaction that fails, and as `blocks.from_record`.
        """
        carriers = record.transactions
        if len(carriers) < BULK or not self._processes:
            return lambda: _block_on_the_spot(record)
        chunks = [carriers[start : start + CHUNK] for start in range(0, len(carriers), CHUNK)]
        futures = [self._pool().submit(check_chunk, chunk, False) for chunk in chunks]

        def finish() -> Block:
            verdicts = (verdict for future in futures for verdict in future.result())
            for line, verdict in enumerate(verdicts):
                if verdict is not None:
                    raise rules.blame(_error(verdict), line)
            return blocks.from_record(record, checked=True)

        return finish

    def _pool(self) -> ProcessPoolExecutor:
        if self._workers is None:
            # spawned, not forked: this process has threads, and a fork would copy their locks
            self._workers = ProcessPoolExecutor(self._processes, mp_context=multiprocessing.get_context("spawn"))
        return self._workers

    def close(self) -> None:
        """Ends the workers."""
        if self._workers is not None:
            self._workers.shutdown()
            self._workers = None


def _on_the_spot(carrier: bytes | Transaction, preview: Preview) -> Checked:
    try:
        item = transactions.parse(carrier, with_proofs=True) if isinstance(carrier, bytes) else carrier
        preview(item)
        transactions.validate_signatures(item)
    except ChainError as error:
        return error
    return item


def _block_on_the_spot(record: BlockRecord) -> Block:
    block = blocks.from_record(record)
    rules.validate_signatures(block.transactions)
    return block


def _read(carrier: bytes, preview: Preview) -> Checked:
    """The transaction without the strict checks: a worker makes those, and its word decides. What cannot even be read is judged here."""
    try:
        item = transactions.parse(carrier, with_proofs=True, checked=True)
    except (ChainError, KeyError, TypeError, ValueError, AttributeError):
        return _on_the_spot(carrier, preview)
    try:
        preview(item)
    except (ChainError, KeyError, TypeError, ValueError, AttributeError):  # judged in full here: row 1 comes before the preview
        return _on_the_spot(carrier, preview)
    return item


def _error(verdict: tuple[str, str, str, str | None, bool]) -> ChainError:
    code, expected, found, field, refusal = verdict
    return (Refusal if refusal else Malformed)(code, expected, found, field=field)

"""Workers do not outlive the node that they help, however it ends."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from chain import transactions
from chain.checking import BULK, Checker, Gate
from chain.store.memory import MemoryStore
from chain.transactions import Transaction
from tests.chain.toy import raising, start

ROOT = Path(__file__).resolve().parents[2]

PATIENCE_S = 60.0
"""How long a test waits for something that has to happen; it goes on at once when it has."""
PROGRAM = """
import os, time
from chain.checking import Checker
if __name__ == "__main__":
    print(Checker()._pool().submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_workers_end_with_a_node_that_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "node.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}) as process:
        assert process.stdout is not None
        worker = Path("/proc") / process.stdout.readline().strip()
        assert worker.is_dir()
        process.kill()
    end = time.monotonic() + PATIENCE_S
    while is_running(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(worker)


def is_running(process: Path) -> bool:
    """Whether it still does anything; one that nobody has waited for yet has no command any more."""
    try:
        return bool((process / "cmdline").read_bytes())
    except OSError:
        return False


def test_work_of_workers_that_were_killed_is_done_and_new_ones_are_started() -> None:
    node = start(MemoryStore())
    carriers = [transactions.encode(raising(node, "a", number + 1), with_proofs=True) for number in range(2 * BULK)]
    gate = Gate(node.chain, node.application)
    with closing(Checker()) as checker:
        first = checker.start(carriers, gate)()
        workers = checker._pool()
        for worker in list(workers._processes):
            os.kill(worker, signal.SIGKILL)
        for _ in range(2):
            assert [item.id for item in checker.start(carriers, gate)() if isinstance(item, Transaction)] == [
                item.id for item in first if isinstance(item, Transaction)
            ]
        assert checker._pool() is not workers
    node.close()


ECHO = """
import os, sys
from chain.processes import helpers
print("main", flush=True)
if __name__ == "__main__":
    with helpers(2) as workers:
        assert workers.submit(os.getpid).result() != os.getpid()
    assert sys.modules["__main__"].helpers is helpers
"""


def test_a_helper_does_not_run_the_main_module_again(tmp_path: Path) -> None:
    program = tmp_path / "main.py"
    program.write_text(ECHO)
    found = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)})
    assert found.stdout == "main\n"

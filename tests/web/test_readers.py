"""`run --readers`: processes that answer beside the one that writes, as real processes on a real address."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chain.transactions import Transaction
from tests.web.test_api import loosening
from trace import carrier
from trace.config import load
from trace.demo.keyring import Keyring
from trace.following import follow_ledger
from trace.ledger import open_ledger
from trace.signer import Signer
from trace.web import create_app
from trace.web.settings import ROOT

PATIENCE_S = 60.0
"""How long a test waits for something that has to happen; it goes on at once when it has."""
READERS = 2


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    host: str

    def ask(self, path: str, body: bytes | None = None) -> Any:
        """The JSON answer of any status."""
        return json.loads(self.fetch(path, body))

    def fetch(self, path: str, body: bytes | None = None) -> bytes:
        """The body of any answer, over a connection of its own."""
        with closing(http.client.HTTPConnection(self.host, timeout=PATIENCE_S)) as connection:
            headers = {"Accept": "application/json", "Content-Type": "application/json"}
            connection.request("GET" if body is None else "POST", path, body, headers)
            return connection.getresponse().read()

    def readers(self) -> set[int]:
        """Process ids of those that answer: they hold a listening socket on our port."""
        found = set()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and parent_of(entry) == self.process.pid and is_spawned(entry):
                found.add(int(entry.name))
        return found


def parent_of(entry: Path) -> int:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def is_spawned(entry: Path) -> bool:
    try:
        return b"spawn_main" in (entry / "cmdline").read_bytes()
    except OSError:
        return False


def wait_for(happened: Callable[[], Any]) -> Any:
    """What `happened` gives as soon as it gives something."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = happened()
        if found:
            return found
        time.sleep(0.05)
    pytest.fail("it did not happen")


@pytest.fixture
def place(built_demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built_demo, tmp_path / "data"))


@pytest.fixture
def item(place: Path) -> Transaction:
    """A transaction that the ledger takes."""
    with open_ledger(place) as ledger:
        return Signer(ledger.node, Keyring((place / "demo.secret").read_bytes()).key("north/desk")).sign(loosening(450))


@pytest.fixture
def server(place: Path, item: Transaction) -> Iterator[Server]:
    command = [sys.executable, str(ROOT / "app.py"), "run", "--data", str(place), "--port", "0", "--readers", str(READERS)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PHARMATRACE_SCRUB": "0"})
    assert process.stdout is not None
    with process.stdout as said:
        line = said.readline()
    try:
        yield Server(process, line.split()[1].split("/")[2])
    finally:
        process.kill()
        process.wait()


def test_readers_answer_and_hand_on_what_is_the_writer_s(server: Server, place: Path, item: Transaction) -> None:
    for example in json.loads((place / "demo.json").read_text())["examples"]:
        verdict = server.ask(example["path"])["verdict"]
        assert (verdict["code"], verdict["light"]) == (example["verdict"], example["light"])
    assert server.ask("/healthz")["status"] == "ok"
    assert server.ask("/api/transactions", json.dumps(carrier.to_json(item)).encode())["status"] == "accepted"
    for _ in range(8):  # whichever process answers, what was acknowledged is known
        assert server.ask(f"/api/transactions/{item.id.hex()}")["level"] in ("pending", "in_block", "final")
    wait_for(lambda: server.ask(f"/api/transactions/{item.id.hex()}")["level"] != "pending")
    metrics = server.fetch("/metrics").decode()
    assert 'pharmatrace_submitted_total{outcome="accepted"} 1.0' in metrics
    assert 'pharmatrace_requests_total{status="200",view="link.show"} 29.0' in metrics


def test_a_hostile_request_blames_nobody_else(server: Server) -> None:
    def status(data: bytes) -> bytes:
        host, port = server.host.split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
            connection.sendall(data)
            return connection.recv(12)[9:]

    control = b"GET /healthz?a=\x01b HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"
    assert status(control) == b"200", "the writer is not away because somebody sends a control character"
    huge = b"POST /api/transactions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
    assert status(huge) == b"413", "a body that nobody will read is not waited for"


def test_a_reader_that_dies_is_replaced_and_all_end_together(server: Server) -> None:
    before = wait_for(lambda: len(server.readers()) == READERS and server.readers())
    os.kill(min(before), signal.SIGKILL)
    after = wait_for(lambda: (found := server.readers()) != before and len(found) == READERS and found)
    assert max(before) in after and min(before) not in after
    for _ in range(8):
        assert server.ask("/healthz")["status"] == "ok"
    server.process.terminate()
    server.process.wait(PATIENCE_S)
    wait_for(lambda: not any(Path(f"/proc/{number}").exists() and is_spawned(Path(f"/proc/{number}")) for number in after))


def test_a_reader_does_not_outlive_its_writer(server: Server) -> None:
    running = wait_for(lambda: len(server.readers()) == READERS and server.readers())
    server.process.kill()
    server.process.wait()
    wait_for(lambda: not any(is_spawned(Path(f"/proc/{number}")) for number in running))


def test_without_the_writer_what_is_its_business_is_refused(place: Path) -> None:
    ledger = follow_ledger(load({"data": str(place)}), leads=False)
    client = create_app({"LEDGER": ledger, "WRITER": str(place / "nobody")}).test_client()
    for answer in (client.get("/healthz", headers={"Accept": "application/json"}), client.post("/api/transactions", json={})):
        assert answer.status_code == 503 and answer.get_json()["code"] == "web.unavailable"
    assert client.get("/blocks").status_code == 200
    ledger.close()

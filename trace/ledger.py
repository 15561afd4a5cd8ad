"""A data folder and everything that is open in it: store, blobs, node, keys of the node, secret serial files.

DATA/ledger.db          the chain (SQLite)
DATA/blobs/             content-addressed files: mark lists, captured documents
DATA/keys/              encrypted key files; miner.pem, vote.pem and note.pem are the node's own
DATA/anchors/           the anchors that were made here, by their hashes
DATA/serials/GTIN/LOT   the serials of the batches made here, one a line in slot order: the owner's secret, never served
DATA/ledger.db-mark     how many commits were acknowledged (`chain.store.marking`)
DATA/lock               held by the one process that writes
"""

import contextlib
import fcntl
import logging
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote

from chain import codec, genesis
from chain.clock import SystemClock
from chain.errors import ChainError, Fault
from chain.garbage import collector
from chain.interfaces import Blobs, Clock, Value
from chain.node import Node
from chain.scrub import Scrub
from chain.state import state_key
from chain.store.blobs import FolderBlobs
from chain.store.driver import journal_mode, sqlite3
from chain.store.sqlite import SqliteStore
from chain.tlogpolicy import Witnesses
from trace.anchoring import Anchors
from trace.config import Settings, load
from trace.cosigning import Submitter, read_witnesses
from trace.drugs.packstore import PackStore
from trace.operatorkeys import MINER_FILE, read_operator
from trace.registry import Application

DATABASE = "ledger.db"
"""File name of the store."""
SCRATCH = "scrub.db"
"""File name of what the background check works in; removed when it is done."""
LOOKS_PER_INTERVAL = 4
"""How often the loop looks for work in one interval between blocks."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Ledger:
    """An open data folder. Close it, or use it in a `with`."""

    path: Path
    """The folder."""
    node: Node
    """The node."""
    blobs: Blobs
    """Content-addressed files."""
    packs: PackStore
    """The mark lists among them, ready for proofs."""
    operator: str
    """Name of whoever runs the node, as pages show it."""
    hosts: tuple[str, ...]
    """Hosts whose Digital Links are this ledger's."""
    writing: bool = True
    """Whether this process holds the lock."""
    _lock: IO[bytes] | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _scrubber: threading.Thread | None = None
    scrub: Scrub | None = None
    """The background check, once it was started."""
    witnesses: Witnesses | None = None
    """Who cosigns this node's checkpoints, and where they are asked."""
    _asking: threading.Thread | None = None
    anchors: Anchors = field(init=False)
    """The anchors that were made here."""

    def __post_init__(self) -> None:
        self.anchors = Anchors(self.path / "anchors")
        if self.witnesses is not None:
            self.node.policy = self.witnesses.policy

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def moment(self) -> contextlib.AbstractContextManager[None]:
        """One moment of the ledger: where another process writes it, all that is asked within is answered from one state."""
        return self.node.moment()

    @property
    def key_folder(self) -> Path:
        """Where key files lie."""
        return self.path / "keys"

    @property
    def mines(self) -> bool:
        """Whether this is the folder of a node that mines: then nothing newer than what lies in it can exist (one operator)."""
        return (self.key_folder / MINER_FILE).is_file()

    def start(self) -> None:
        """Starts the loop that mines and finalises, in a thread of its own."""
        if self._thread is None and self.node.operator is not None:
            self._thread = threading.Thread(target=self.serve_loop, name="miner", daemon=True)
            self._thread.start()
            if self.witnesses is not None and self.witnesses.urls:
                asking = Submitter(self.node, self.witnesses)
                self._asking = threading.Thread(target=asking.run, args=(self._stop,), name="witnesses", daemon=True)
                self._asking.start()

    def start_scrub(self, percent: int) -> None:
        """Starts the background check of everything on disk, on at most so many hundredths of one processor; 0: none. There is none under
        a rollback journal either, where a long read keeps the writer out."""
        if percent and journal_mode(sqlite3.sqlite_version_info) != "wal":
            log.warning("no background check with SQLite %s: run audit while the node is stopped", sqlite3.sqlite_version)
        elif self._scrubber is None and percent:
            self.scrub = Scrub(self.node.store, self.node.application, self.path / SCRATCH, percent)
            self._scrubber = threading.Thread(target=self.scrub.run, args=(self._stop,), name="scrub", daemon=True)
            self._scrubber.start()

    def serve_loop(self) -> None:
        """Handles what arrives, and mines when a block is due, until `close`. A Fault is logged and tried again: disks become free."""
        interval = self.node.view().get("consensus/parameters")
        pause = (interval["interval_ms"] if interval else 1000) / 1000 / LOOKS_PER_INTERVAL
        while not self._stop.wait(pause):
            try:
                if self.node.recover():
                    self.node.pump()
                    if self.node.should_mine():
                        self.node.mine()
                    self.anchors.renew(self.node)
            except ChainError:
                log.exception("the node could not work; it tries again")

    def close(self) -> None:
        """Stops the loop, flushes and releases the folder."""
        self._stop.set()
        for thread in (self._thread, self._scrubber, self._asking):
            if thread is not None:
                thread.join()
        try:
            if self.writing:
                self.node.close()
            else:
                self.node.store.close()
        except ChainError:
            log.exception("the final state could not be flushed; the next start reads it from the blocks")
        finally:
            if self._lock is not None:
                self._lock.close()

    # --- serial files ---

    def serial_path(self, gtin: str, lot: str) -> Path:
        """Where the serials of a batch lie, whether or not they are there."""
        return self.path / "serials" / quote(gtin, safe="") / quote(lot, safe="").replace(".", "%2E")

    def write_serials(self, gtin: str, lot: str, serials: Sequence[str]) -> Path:
        """Keeps the serials of a new batch; durable on return, readable by the owner only. A file that holds just these is left as it is.
        Raises Fault `ledger.serials`."""
        path = self.serial_path(gtin, lot)
        text = "\n".join(serials) + "\n"
        if path.is_file() and path.read_text("ascii") == text:
            return path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Fault("ledger.serials", f"a new file {path}", error.strerror) from error
        return path

    def read_serials(self, gtin: str, lot: str) -> list[str]:
        """The serials of a batch in slot order. Raises Fault `ledger.serials` where this node does not have them."""
        path = self.serial_path(gtin, lot)
        try:
            return path.read_text("ascii").split()
        except OSError as error:
            raise Fault("ledger.serials", f"the serial file {path}", error.strerror) from error


def open_ledger(
    path: str | Path, clock: Clock | None = None, *, settings: Settings | None = None, writing: bool = True, restored: bool = False
) -> Ledger:
    """Opens the ledger in a folder. With `writing` this process becomes the one that may write; without, it only reads. `restored` is the
    operator's word that the folder was put back from an older copy: the node then votes only as PROTOCOL §6 allows.

    Raises Fault `ledger.folder` where there is no ledger, `ledger.busy` where another process writes, and as the store and key files do.
    """
    folder, settings = Path(path), settings or load()
    if not (folder / DATABASE).is_file():
        raise Fault("ledger.folder", f"a ledger in {folder}", "no such file: " + DATABASE)
    lock = hold(folder) if writing else None
    if writing:
        collector.calm()
    store = None
    try:
        store = SqliteStore(folder / DATABASE, accept_older=restored)
        operator = read_operator(folder / "keys", settings) if writing else None
        witnesses = read_witnesses(settings.text("witnesses")) if writing else None
        node = Node(store, Application(), clock or SystemClock(), operator=operator)
        if restored:
            node.restored()
    except BaseException:
        with contextlib.suppress(ChainError):
            if store is not None:
                store.close()
        if lock is not None:
            lock.close()
        raise
    name = settings.text("operator") or name_of_operator(node)
    blobs = FolderBlobs(folder / "blobs")
    return Ledger(folder, node, blobs, PackStore(blobs, folder / "marks"), name, settings.hosts, writing, lock, witnesses=witnesses)


def create_ledger(path: str | Path, document: Value) -> bytes:
    """Founds a ledger by a genesis document in a folder without one; returns the chain id. Raises Fault, Malformed for the document."""
    folder = Path(path)
    if (folder / DATABASE).exists():
        raise Fault("ledger.exists", f"no ledger in {folder}", "a ledger")
    genesis.validate_document(document)
    Application().genesis(document)  # a bad document is refused before anything is made
    make_folder(folder)
    with hold(folder):
        store = SqliteStore(folder / DATABASE)
        try:
            return Node.create(store, document, Application())
        finally:
            store.close()


def make_folder(folder: Path) -> None:
    """Makes a data folder with its sub-folders. Raises Fault `ledger.folder`."""
    try:
        for name in ("blobs", "keys", "serials"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Fault("ledger.folder", f"a folder at {folder}", error.strerror) from error


def hold(folder: Path) -> IO[bytes]:
    """The lock of the one writing process; freed when the file is closed or the process ends, however it ends.

    Raises Fault `ledger.busy`, `ledger.folder`.
    """
    try:
        file = (folder / "lock").open("ab")
    except OSError as error:
        raise Fault("ledger.folder", f"a writable folder {folder}", error.strerror) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise Fault("ledger.busy", "one process that writes", f"another one has {folder}") from None
    return file


# --- what is in it -------------------------------------------------------------------------------------------------------------


def name_of_operator(node: Node) -> str:
    """Both names of the party that mines first by the genesis document; the ledger's own name where that party is not on it."""
    document = genesis_document(node)
    party = node.view().get(state_key("party", document["miners"][0]["party"]))
    names = party["names"] if party is not None else {}
    return " / ".join(names[language] for language in ("zh", "en") if names.get(language)) or str(document["name"])


def genesis_document(node: Node) -> Value:
    """The document that founded the ledger."""
    block_id = node.store.best(0)
    record = node.store.block(block_id) if block_id is not None else None
    if record is None:
        raise Fault("store.damaged", "block 0", "no such row", field="block")
    document: Value = codec.decode(record.transactions[0])
    return document

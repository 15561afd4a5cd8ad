"""Opens the ledger of a folder for answering only, beside the process that writes it."""

import logging
import threading
import time

from chain.clock import SystemClock
from chain.errors import ChainError, Fault
from chain.follower import Follower
from chain.store.blobs import FolderBlobs
from chain.store.followed import FollowedSqliteStore
from trace.config import Settings
from trace.drugs.packstore import PackStore
from trace.ledger import DATABASE, Ledger, name_of_operator
from trace.registry import Application

FOLLOW_S = 0.1
"""Seconds between two looks at the store while nobody asks: blocks are read before a flush takes their changes away."""
log = logging.getLogger(__name__)


def follow_ledger(settings: Settings, *, leads: bool) -> Ledger:
    """The ledger in the folder of the settings; `leads`: the writing process makes the blocks itself.

    Raises Fault `ledger.folder` where there is no ledger, and as the store does.
    """
    folder = settings.data
    if not (folder / DATABASE).is_file():
        raise Fault("ledger.folder", f"a ledger in {folder}", "no such file: " + DATABASE)
    node = Follower(FollowedSqliteStore(folder / DATABASE), Application(), SystemClock(), leads=leads)
    with node.moment():
        name = settings.text("operator") or name_of_operator(node)
    blobs = FolderBlobs(folder / "blobs")
    return Ledger(folder, node, blobs, PackStore(blobs, folder / "marks"), name, settings.hosts, writing=False)


def keep_up(ledger: Ledger) -> threading.Thread:
    """Follows the store from now on, in a thread of its own, until the process ends."""
    thread = threading.Thread(target=_follow, args=(ledger,), name="follower", daemon=True)
    thread.start()
    return thread


def _follow(ledger: Ledger) -> None:
    while True:
        time.sleep(FOLLOW_S)
        try:
            with ledger.moment():
                pass
        except ChainError:
            log.exception("the ledger could not be followed; it is tried again")

"""The anchors that this node has made, each a file in DATA/anchors: whoever holds an old one finds it again (PROTOCOL §7)."""

import os
from pathlib import Path

from chain import anchor, attesters, checkpoint
from chain.anchor import Anchor
from chain.errors import ChainError, Fault
from chain.node import Node

RENEW_DAYS = 90
"""A new anchor is made after half the days for which one is trusted."""


class Anchors:
    """Files `<hash>.json`, canonical bytes each."""

    def __init__(self, folder: Path) -> None:
        """Reads nothing yet."""
        self._folder = folder
        self._newest: Anchor | None = None

    def get(self, digest: bytes) -> Anchor | None:
        """The anchor of a hash; None for another hash, or where the file is damaged."""
        try:
            found = anchor.parse((self._folder / f"{digest.hex()}.json").read_bytes())
        except (OSError, ChainError):
            return None
        return found if found.hash == digest else None

    def all(self) -> list[Anchor]:
        """All anchors, the newest first."""
        digests = [bytes.fromhex(path.stem) for path in self._folder.glob("*.json") if len(path.stem) == 64]
        found = [self.get(digest) for digest in digests]
        return sorted((each for each in found if each is not None), key=lambda each: (-each.made_at, each.hash))

    def newest(self) -> Anchor | None:
        """The newest anchor; None before the first."""
        return self._newest or next(iter(self.all()), None)

    def renew(self, node: Node) -> Anchor | None:
        """The newest anchor, made anew where there is none, it is old, or set or witnesses have changed. None while nothing is certified.

        Raises Fault `ledger.folder` where it cannot be written.
        """
        held, certified = self.newest(), node.certified
        if certified is None:
            return held
        with node.lock:
            entry, now = attesters.entry(node.final_view()), node.clock.now()
        members = tuple(dict(member) for member in entry["members"])
        known = held is not None and (held.epoch, held.members, held.witnesses) == (entry["epoch"], members, node.policy)
        if held is not None and known and now < held.made_at + RENEW_DAYS * anchor.DAY_MS:
            self._newest = held
            return held
        self._newest = self._keep(_make(node, certified.checkpoint, (entry["epoch"], members), now))
        return self._newest

    def _keep(self, made: Anchor) -> Anchor:
        path = self._folder / f"{made.hash.hex()}.json"
        fresh = path.with_suffix(".new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(anchor.encode(made))
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(path)
        except OSError as error:
            raise Fault("ledger.folder", f"an anchor in {self._folder}", error.strerror) from error
        return made


def _make(node: Node, found: checkpoint.Checkpoint, judging: tuple[int, tuple[dict[str, str], ...]], now: int) -> Anchor:
    epoch, members = judging
    return anchor.parse(anchor.encode(Anchor(node.name, node.chain, epoch, members, found, now, node.policy)))

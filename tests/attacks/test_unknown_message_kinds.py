"""The attacker speaks of what nobody knows, in names of any length and script. Unknown kinds are refused and the name is kept short."""

import pytest

from tests.attacks.peer import Stage


@pytest.mark.parametrize("kind", ["gossip", "", "Block", "get_headers ", "x" * 100_000, "\ud800", "\0", "_on_block", "药"])
def test_they_are_refused(stage: Stage, kind: str) -> None:
    stage.assert_refused("peer.kind", lambda number: (kind, b""), signatures=0)

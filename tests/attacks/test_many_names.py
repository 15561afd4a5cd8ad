"""The attacker speaks under thousands of names, to fill what is remembered of peers and to be forgiven under each. Peers are bounded,
those that are ignored are remembered longest, and what is held of all of them together is bounded too."""

from chain import messages, peers
from tests.attacks.peer import Stage


def test_names_fill_nothing(stage: Stage) -> None:
    status = messages.encode_status(stage.evil.status(height=99))
    for number in range(3_000):
        stage.team.wire(0).inbox.append(("status", status, f"name {number}"))
    stage.node.pump()
    assert len(stage.node.peers.all()) == peers.PEERS_LIMIT
    stage.assert_bounded()


def test_whoever_is_ignored_is_remembered_longest(stage: Stage) -> None:
    for number in range(3):
        stage.send(("block", bytes([number])))
    assert stage.is_ignored
    for number in range(3_000):
        stage.team.wire(0).inbox.append(("get_votes", b"", f"name {number}"))
    stage.node.pump()
    assert stage.is_ignored

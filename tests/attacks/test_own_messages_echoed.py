"""The attacker sends a node its own messages back, or connects it to itself. What it has said before changes nothing: no recovery, no
offence, no loop."""

import pytest

from tests.attacks.peer import Stage


def test_everything_it_ever_said_comes_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    spoken: list[tuple[str, bytes]] = []
    wire = stage.team.wire(0)
    publish = wire.publish

    def overheard(kind: str, body: bytes, to: str | None = None) -> None:
        spoken.append((kind, body))
        publish(kind, body, to)

    monkeypatch.setattr(wire, "publish", overheard)
    stage.team.run(8)
    before, promise = stage.state(), stage.node._promise
    assert len(spoken) > 20
    for _ in range(3):
        stage.team.clock.advance(6_000)
        codes = stage.send(*spoken)
        assert set(codes) <= {"peer.unasked", "block.final"}
    assert {**stage.state(), "waiting": 0} == {**before, "waiting": 0} and stage.node._promise == promise
    assert not stage.node.recovering and not stage.node._tally.offences
    stage.assert_calm()


def test_a_node_connected_to_itself_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = stage.team.wire(0)
    send = wire.network.send

    def echo(sender: str, kind: str, body: bytes, to: str | None = None) -> None:
        send(sender, kind, body, to)
        if sender == "n0" and to in (None, "n0"):
            wire.inbox.append((kind, body, "n0"))

    monkeypatch.setattr(wire.network, "send", echo)
    stage.team.run(10)
    assert not stage.node.peers.is_banned("n0", stage.team.clock.now()) and not stage.node.recovering
    stage.assert_bounded()
    assert len({node.tip.id for node in stage.team.nodes.values()}) == 1

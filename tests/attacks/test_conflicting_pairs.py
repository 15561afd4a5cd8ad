"""The attacker gives two honest nodes transactions that exclude each other, hundreds of them, so that each takes the other for a cheat. A
refusal by the state never leads to a ban; one of each pair comes into a block, and the honest nodes go on hearing each other."""

from tests.attacks.peer import Stage, carrier


def test_honest_nodes_are_not_set_against_each_other(stage: Stage) -> None:
    for number in range(200):
        for each in range(2):
            stage.evil.say(carrier(stage.evil.transaction(number, name=f"n{number} {each}")), to=f"n{each}")
    stage.team.settle()
    assert stage.node.peers.get("n1", stage.team.clock.now()).reasons["chain.seq.used"] >= 150
    for node in stage.team.nodes.values():
        assert not any(peer.banned_until for peer in node.peers.all())
    stage.team.run(10)
    stage.team.settle()
    assert len(stage.team.tips) == 1 and len(set(stage.team.finals)) == 1
    taken = [sum(stage.node.view().get(f"counter/n{number}%20{each}") is not None for each in range(2)) for number in range(200)]
    assert set(taken) == {1}
    stage.assert_bounded()

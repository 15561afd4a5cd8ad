"""The attacker sends an old transaction again and wants it to count twice. Its number is used; it is answered, never repeated."""

from tests.attacks.peer import Stage, carrier


def test_a_transaction_counts_once(stage: Stage) -> None:
    item = stage.evil.transaction(name="once")
    assert stage.send(carrier(item)) == {}
    stage.team.run(4, sending=False)
    for _ in range(3):
        stage.team.clock.advance(6_000)
        assert stage.send(carrier(item)) == {}
    entry = stage.node.view().get("counter/once")
    assert entry is not None and entry["n"] == 1 and stage.node.waiting == 0
    stage.assert_calm()


def test_a_used_number_is_not_used_again(stage: Stage) -> None:
    stage.node.submit([stage.evil.transaction(name="first")])
    stage.team.run(2, sending=False)
    stage.assert_kept_out("chain.seq.used", lambda number: carrier(stage.evil.transaction(name=f"second{number}")))

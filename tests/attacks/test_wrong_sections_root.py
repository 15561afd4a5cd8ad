"""The attacker commits to other proofs and votes than it shows. Such a copy is asked for elsewhere."""

from tests.attacks.peer import Stage, travelling


def test_other_sections_are_refused(stage: Stage) -> None:
    stage.assert_refused(
        "peer.body",
        lambda number: ("block", travelling(stage.evil.forge(header={"sections_root": bytes([number % 256]) * 32}))),
        signatures=2,
    )

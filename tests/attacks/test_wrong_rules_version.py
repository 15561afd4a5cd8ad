"""The attacker seals under rules that are not in force at that height. The state says which rules hold."""

from tests.attacks.peer import Stage, travelling


def test_other_rules_are_refused(stage: Stage) -> None:
    stage.assert_refused("block.rules", lambda number: ("block", travelling(stage.evil.forge(header={"rules": 2 + number}))), signatures=0)

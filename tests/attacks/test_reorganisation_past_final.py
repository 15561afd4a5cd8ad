"""The attacker offers a longer branch that leaves the chain below the final block. What is final is never left, whatever the work; what
was offered is remembered as beside the chain and nothing of it is executed."""

from chain import messages
from chain.branch import Branch
from tests.attacks.peer import Stage, headers_of, travelling


def start_of(stage: Stage) -> Branch:
    return stage.evil.spy._branches.root


def test_blocks_on_a_branch_below_the_final_block_are_refused(stage: Stage) -> None:
    low = start_of(stage)
    stage.team.run(4)
    stage.team.settle()
    assert stage.node.final_height > low.header.height + 1
    stage.assert_refused(
        "block.final", lambda number: ("block", travelling(stage.evil.forge(low, header={"time": low.header.time + 1 + number})))
    )


def test_its_headers_are_remembered_and_its_bodies_never_asked_for(stage: Stage) -> None:
    branch = stage.evil.chain(start_of(stage), 60)
    stage.team.run(4)
    before = stage.state()
    stage.node._ask_headers("n3")
    stage.evil.heard()
    assert stage.send(("headers", messages.encode_headers(headers_of(branch)))) == {}
    assert stage.state() == before and len(stage.node._sync) == 0
    assert "get_body" not in {kind for kind, _ in stage.evil.heard()}
    stage.assert_calm()

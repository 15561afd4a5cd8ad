"""The attacker mines a long chain at a target of its own choice. Length is nothing: the target follows from the chain, and work is
summed."""

from chain import messages
from tests.attacks.peer import Stage, grown, headers_of, travelling


def test_a_long_chain_of_cheap_blocks_is_refused_at_its_first_header(stage: Stage) -> None:
    ground, found = stage.evil.tip, []
    for _ in range(20):
        block = stage.evil.forge(ground, header={"target": 0x207FFFFE, "time": ground.header.time + 1})
        ground = grown(stage.evil, block, ground)
        found.append(block)
    before, verified = stage.state(), stage.verified
    stage.node._ask_headers("n3")
    codes = stage.send(("headers", messages.encode_headers(headers_of(found))))
    assert codes == {"block.target": 1} and stage.is_ignored and stage.verified == verified
    assert stage.send(("block", travelling(found[0]))) == {} and stage.state() == before and not len(stage.node._sync)
    stage.assert_calm()

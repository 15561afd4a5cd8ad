"""Two finals that exclude each other: half of the attesters sign on both sides of a cut (PROTOCOL §6)."""

from chain import finality
from chain.node import Node
from tests.chain.team import Team
from tests.chain.toy import Counters


def divided() -> tuple[Team, Team]:
    """Members 0 and 1 help 2 to finality on one side and 3 on the other; the sides do not hear each other."""
    one, other = Team(4), Team(4)
    del one.nodes[3]
    del other.nodes[2]
    other.clock.advance(70)
    for _ in range(20):
        one.run(1)
        other.clock.set(one.clock.now() + 70)
        other.run(1)
    assert one.finals[2] > 4 and other.finals[2] > 4
    assert one.nodes[2].store.best(3) != other.nodes[3].store.best(3)
    return one, other


def meet(team: Team, stranger: Node) -> None:
    """A node of the other side joins this network."""
    stranger.wire = team.wire(3)
    team.nodes[3] = stranger
    for _ in range(16):
        team.clock.advance(1_000)
        for node in team.nodes.values():
            team.errors += node.pump()


def test_the_first_final_is_kept_and_the_node_stops() -> None:
    one, other = divided()
    node, stranger = one.nodes[2], other.nodes[3]
    stranger.clock = one.clock
    kept = (node.final_height, node.store.best(node.final_height))
    meet(one, stranger)
    assert "finality.conflict" in one.codes()
    assert node.conflict is not None and stranger.conflict is not None
    assert node.store.best(kept[0]) == kept[1], "the first final block stays"
    assert not node.should_mine() and node.mine() is None
    votes = node.conflict.votes
    assert len({vote.voter for vote in votes}) == 3 and {vote.source for vote in votes} == {node.conflict.other}
    promise = node._promise
    one.clock.advance(5_000)
    node.pump()
    assert node._promise == promise, "it does not vote any more"
    again = Node(one.stop(2), Counters(), one.clock, operator=one.operator(2), wire=one.wire(2))
    assert again.conflict == node.conflict and again.mine() is None, "a restart does not make it forget"


def test_votes_alone_prove_a_conflict_at_a_height_that_is_final_here() -> None:
    one, other = divided()
    node, stranger = one.nodes[2], other.nodes[3]
    low = [vote for branch in stranger._branches for vote in branch.votes] + stranger.votes()
    blocks = [stranger.block(height) for height in range(1, stranger.tip.header.height + 1)]
    low += [vote for block in blocks if block for vote in finality.decode_votes(block.votes)]
    assert any(2 < vote.source_height <= node.final_height for vote in low)
    one.wire(2).inbox.extend(("vote", finality.encode_votes([vote]), "n3") for vote in sorted(set(low)))
    assert "finality.conflict" in {error.code for error in node.pump()}
    assert node._tally.offences, "and the votes of both sides accuse those who signed on both"

"""The attacker votes for two blocks at one height, to make both final. The two signed votes are the proof: they become a transaction, the
attester loses its seat for good, and its votes are not passed on any more."""

from chain import attesters, consensus, finality
from tests.attacks.peer import Stage


def test_it_is_proven_and_costs_the_seat(stage: Stage) -> None:
    tip, root = stage.evil.tip, stage.evil.spy._branches.root
    pair = [stage.evil.signed(root.point, (tip.header.height + 2, bytes([number]) * 32)) for number in range(2)]
    for number, vote in enumerate(pair):
        stage.evil.say(("vote", finality.encode_votes([vote])), to=f"n{number}")
    stage.team.run(8)
    for node in stage.team.nodes.values():
        assert node.final_view().get(consensus.offence_key(stage.evil.vote.text)) is not None
        assert stage.evil.vote.public not in {*attesters.vote_keys(attesters.coming(attesters.entry(node.view())))}
    stage.assert_calm()

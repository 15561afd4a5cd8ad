"""The attacker names another epoch in its votes, to count in two sets. Such votes are kept and weigh nothing; two for one height are an
offence."""

from chain import finality
from tests.attacks.peer import Stage, travelling


def test_votes_of_another_epoch_make_nothing_final(stage: Stage) -> None:
    """Even all four members together justify nothing with votes of an epoch that is not theirs."""
    stage.node.wire, wire = None, stage.node.wire
    stage.node.operator = None
    tip, justified = stage.node.tip, stage.node._tally.head
    child = stage.evil.forge(items=[stage.evil.transaction()])
    votes = [stage.evil.signed(justified, (child.header.height, child.header.id), epoch=7, member=number) for number in range(4)]
    stage.node.receive_block(travelling(child))
    before = stage.node._tally.head
    stage.node.receive_vote(finality.encode_votes(votes))
    assert stage.node._tally.head == before and tip.header.height < stage.node.tip.header.height
    stage.node.wire = wire


def test_a_member_with_votes_of_two_epochs_for_one_height_is_an_offender(stage: Stage) -> None:
    tip, root = stage.evil.tip, stage.evil.spy._branches.root
    votes = [stage.evil.signed(root.point, tip.point, epoch=epoch) for epoch in (0, 7)]
    assert stage.send(*(("vote", finality.encode_votes([vote])) for vote in votes)) == {}
    assert stage.evil.vote.public in stage.node._tally.offences

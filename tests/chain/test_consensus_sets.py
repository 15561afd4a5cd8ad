"""The attester set changes itself; offences take members out; new rules (PROTOCOL §6). Rules over a state, then several nodes."""

from collections.abc import Mapping
from typing import Any

import pytest

from chain import attesters, codec, consensus, finality, genesis, state, statetree, tally
from chain.errors import ChainError, Refusal
from chain.finality import Vote
from chain.interfaces import BlockContext
from chain.keys import SigningKey
from chain.transactions import Draft, Transaction, sign
from tests.chain.team import Team, document, key, member, party
from tests.chain.toy import START, Counters

CHAIN = bytes(32)
WEEK = attesters.EPOCH_MS


class Ledger:
    """The state of a set of `count` attesters, changed by transactions of the chain's own kinds."""

    def __init__(self, count: int = 4) -> None:
        self.view = state.Overlay(values=genesis.found_state(document(count), Counters()))
        self.height, self.time, self.seq = 1, START + 1_000, 0

    def sign(self, kind: str, body: Mapping[str, Any], *signers: SigningKey) -> Transaction:
        self.seq += 1
        return sign(Draft(CHAIN.hex(), kind, body, self.seq, self.time, bytes(16)), *signers)

    def do(self, kind: str, body: Mapping[str, Any], *signers: SigningKey) -> Transaction:
        item = self.sign(kind, body, *signers)
        self.view.put(consensus.apply(self.view, item, BlockContext(CHAIN, self.height, self.time)).values)
        return item

    def refused(self, kind: str, body: Mapping[str, Any], *signers: SigningKey) -> str:
        before = dict(self.view.values)
        with pytest.raises(Refusal) as caught:
            self.do(kind, body, *signers)
        assert self.view.values == before
        return caught.value.code

    @property
    def set(self) -> Any:
        return attesters.entry(self.view)

    def change(self, add: list[Any], remove: list[Any], voters: range = range(3)) -> Transaction:
        """A proposal and the approvals of further attesters."""
        body = {"epoch": self.set["epoch"], "add": add, "remove": remove}
        item = self.do("consensus.propose", body, key("vote 0"), *[key_of(each) for each in add])
        for number in voters[1:]:
            self.do("consensus.approve", {"proposal": item.id.hex()}, key(f"vote {number}"))
        return item

    def votes(self, source: int, names: list[int], epoch: int | None = None) -> tuple[Vote, ...]:
        """A link over one block."""
        epoch = attesters.regime(self.view).epoch if epoch is None else epoch
        points = (source, b"s" * 32), (source + 1, b"t" * 32)
        return tuple(sorted(finality.sign_vote(CHAIN, epoch, *points, key(f"vote {number}")) for number in names))

    def seat(self, votes: tuple[Vote, ...]) -> Transaction:
        return self.do("consensus.seat", {"votes": text(*votes)}, key("miner 0"))


def key_of(entry: Mapping[str, str]) -> SigningKey:
    return next(key(f"vote {number}") for number in range(40) if key(f"vote {number}").text == entry["vote"])


def text(*votes: Vote) -> str:
    return codec.encode_base64(finality.encode_votes(votes))


def test_a_change_needs_more_than_two_thirds_and_its_own_finality() -> None:
    ledger = Ledger()
    ledger.change([member(4)], [], range(2))
    assert ledger.set["next"] is None, "two of four are not more than two thirds"
    proposals = [name for name, _ in ledger.view.scan("consensus/proposal/")]
    ledger.height = 9
    ledger.do("consensus.approve", {"proposal": proposals[0].rpartition("/")[2]}, key("vote 3"))
    assert ledger.set["next"] == {"epoch": 1, "recorded": 9, "add": [member(4)], "remove": []} and ledger.set["epoch"] == 0
    regime = attesters.regime(ledger.view)
    assert regime.epoch == 1 and [len(members) for members in regime.sets] == [4, 5], "both sets judge together"
    ledger.height, ledger.time = 12, ledger.time + 3_000
    ledger.seat(ledger.votes(10, [0, 1, 2, 4]))
    assert (ledger.set["epoch"], ledger.set["from_height"], len(ledger.set["members"]), ledger.set["next"]) == (1, 12, 5, None)
    assert attesters.regime(ledger.view) == tally.Regime(1, (frozenset(key(f"vote {number}").public for number in range(5)),))


def test_a_seat_is_taken_only_by_votes_that_make_the_recording_block_final() -> None:
    ledger = Ledger()
    body = {"votes": text(*ledger.votes(10, [0, 1, 2]))}
    assert ledger.refused("consensus.seat", body, key("miner 0")) == "consensus.seat.none"
    ledger.height = 9
    ledger.change([], [party(3)])
    cases = [ledger.votes(8, [0, 1, 2]), ledger.votes(10, [0, 1, 2], epoch=0), ledger.votes(10, [0, 1]), ledger.votes(10, [0, 1, 7]), ()]
    forged = [vote if number else Vote(*vote.target, *vote.source, vote.voter, vote.epoch, bytes(64)) for number, vote in
              enumerate(ledger.votes(10, [0, 1, 2]))]  # fmt: skip
    for votes in (*cases, tuple(forged), ledger.votes(10, [0, 1, 2]) + ledger.votes(11, [0, 1, 2])):
        assert ledger.refused("consensus.seat", {"votes": text(*votes)}, key("miner 0")) == "consensus.seat.proof"
    assert ledger.refused("consensus.seat", {"votes": text(*ledger.votes(10, [0, 1, 2]))}, key("stranger")) == "consensus.signer"
    ledger.seat(ledger.votes(10, [0, 1, 2]))
    assert ledger.set["left"] == [key("vote 3").text]
    assert key("vote 3").public in attesters.voters(ledger.view), "what it voted before may still come into blocks"


def test_changes_are_small_seldom_and_by_members() -> None:
    ledger = Ledger(7)
    body = {"epoch": 0, "add": [member(7)], "remove": []}
    assert ledger.refused("consensus.propose", body, key("vote 9"), key("vote 7")) == "consensus.signer"
    assert ledger.refused("consensus.propose", body, key("vote 0")) == "consensus.cosigners"
    assert ledger.refused("consensus.propose", {**body, "epoch": 1}, key("vote 0"), key("vote 7")) == "consensus.epoch"
    three = {"epoch": 0, "add": [], "remove": [party(number) for number in (1, 2, 3)]}
    assert ledger.refused("consensus.propose", three, key("vote 0")) == "consensus.limit"
    assert ledger.refused("consensus.propose", {**three, "remove": []}, key("vote 0")) == "consensus.limit"
    assert ledger.refused("consensus.propose", {**three, "remove": [party(9)]}, key("vote 0")) == "consensus.member"
    twice = {"epoch": 0, "add": [member(3)], "remove": []}
    assert ledger.refused("consensus.propose", twice, key("vote 0"), key("vote 3")) == "consensus.member"
    shared = {"epoch": 0, "add": [{**member(7), "note": member(1)["note"]}], "remove": []}
    assert ledger.refused("consensus.propose", shared, key("vote 0"), key("vote 7")) == "consensus.limit"
    assert ledger.refused("consensus.propose", {**body, "more": 1}, key("vote 0"), key("vote 7")) == "consensus.body.field"
    item = ledger.change([member(7)], [party(6)], range(5))
    proposal = {"proposal": item.id.hex()}
    assert ledger.refused("consensus.approve", proposal, key("vote 5")) == "consensus.approved"
    assert ledger.refused("consensus.approve", {"proposal": "00" * 32}, key("vote 5")) == "consensus.proposal"
    second = ledger.do("consensus.propose", {"epoch": 0, "add": [], "remove": [party(1)]}, key("vote 0"))
    for number in range(1, 4):
        ledger.do("consensus.approve", {"proposal": second.id.hex()}, key(f"vote {number}"))
    assert ledger.refused("consensus.approve", {"proposal": second.id.hex()}, key("vote 4")) == "consensus.pending"
    ledger.height = 5
    ledger.seat(ledger.votes(3, [0, 1, 2, 3, 4, 7]))
    assert ledger.refused("consensus.approve", {"proposal": second.id.hex()}, key("vote 4")) == "consensus.epoch"
    third = ledger.do("consensus.propose", {"epoch": 1, "add": [], "remove": [party(1)]}, key("vote 0"))
    for number in range(2, 5):
        ledger.do("consensus.approve", {"proposal": third.id.hex()}, key(f"vote {number}"))
    assert ledger.refused("consensus.approve", {"proposal": third.id.hex()}, key("vote 7")) == "consensus.early"
    ledger.time += WEEK
    ledger.do("consensus.approve", {"proposal": third.id.hex()}, key("vote 7"))
    assert ledger.set["next"]["remove"] == [party(1)]


def test_the_largest_set_under_change_fits_a_state_value() -> None:
    members = [{**member(number), "party": "9" * 13} for number in range(attesters.ATTESTER_LIMIT)]
    limit = attesters.change_limit(len(members))
    found = {"epoch": 2**32, "from_height": 2**53 - 1, "from_time": 2**53 - 1, "left": [each["vote"] for each in members[:limit]],
             "members": members, "next": None}  # fmt: skip
    change = {"add": members[:limit], "remove": ["9" * 13] * limit}
    assert len(codec.encode(attesters.record(found, 2**53 - 1, change))) <= statetree.VALUE_LIMIT


def offence(number: int = 3, epoch: int = 0) -> dict[str, str]:
    """Two votes of one key for one height."""
    pair = [finality.sign_vote(CHAIN, epoch, (4, b"s" * 32), (5, name * 32), key(f"vote {number}")) for name in (b"a", b"b")]
    first, second = sorted(pair)
    return {"first": text(first), "second": text(second)}


def test_an_offence_takes_the_member_out() -> None:
    ledger = Ledger()
    assert ledger.refused("consensus.offence", offence(), key("stranger")) == "consensus.signer"
    assert ledger.refused("consensus.offence", offence(9), key("vote 0")) == "consensus.offence.member"
    good = offence()
    assert ledger.refused("consensus.offence", {"first": good["second"], "second": good["first"]}, key("vote 0")) == "consensus.body.field"
    honest = ledger.votes(4, [3]) + ledger.votes(5, [3])
    pair = {"first": text(honest[0]), "second": text(honest[1])}
    assert ledger.refused("consensus.offence", pair, key("vote 0")) == "consensus.offence.proof"
    ledger.height = 7
    ledger.do("consensus.offence", good, key("vote 0"))
    assert ledger.set["next"] == {"epoch": 1, "recorded": 7, "add": [], "remove": [party(3)]}
    assert ledger.refused("consensus.offence", good, key("vote 1")) == "consensus.offence.member"
    ledger.seat(ledger.votes(8, [0, 1, 2]))
    assert [each["party"] for each in ledger.set["members"]] == [party(number) for number in range(3)]
    again = {"epoch": 1, "add": [member(3)], "remove": []}
    assert ledger.refused("consensus.propose", again, key("vote 0"), key("vote 3")) == "consensus.member"


def test_an_offence_during_a_change_replaces_it() -> None:
    ledger = Ledger()
    ledger.change([member(4)], [])
    ledger.height = 6
    ledger.do("consensus.offence", offence(2), key("vote 0"))
    assert ledger.set["next"] == {"epoch": 2, "recorded": 6, "add": [member(4)], "remove": [party(2)]}
    ledger.height = 7
    ledger.do("consensus.offence", offence(4), key("vote 0"))
    assert ledger.set["next"] == {"epoch": 3, "recorded": 7, "add": [], "remove": [party(2)]}
    assert ledger.refused("consensus.seat", {"votes": text(*ledger.votes(6, [0, 1, 3]))}, key("vote 0")) == "consensus.seat.proof"
    ledger.seat(ledger.votes(7, [0, 1, 3]))
    assert ledger.set["epoch"] == 3


def test_the_last_member_stays() -> None:
    assert Ledger(1).refused("consensus.offence", offence(0), key("vote 0")) == "consensus.limit"


def test_new_rules_are_announced_two_weeks_ahead() -> None:
    ledger = Ledger()
    blocks = consensus.RULES_NOTICE_MS // 1_000
    for body, code in (
        ({"rules": 2, "from_height": blocks}, "consensus.rules.early"),
        ({"rules": 1, "from_height": 10**9}, "consensus.rules.order"),
    ):
        item = ledger.do("consensus.rules", body, key("vote 0"))
        ledger.do("consensus.approve", {"proposal": item.id.hex()}, key("vote 1"))
        assert ledger.refused("consensus.approve", {"proposal": item.id.hex()}, key("vote 2")) == code
    item = ledger.do("consensus.rules", {"rules": 2, "from_height": blocks + 1}, key("vote 0"))
    for number in (1, 2):
        ledger.do("consensus.approve", {"proposal": item.id.hex()}, key(f"vote {number}"))
    versions = ledger.view.get("consensus/rules")
    assert versions is not None and versions["versions"][-1] == {"rules": 2, "from_height": blocks + 1}


# --- several nodes -----------------------------------------------------------------------------------------------------------


def submit(team: Team, number: int, kind: str, body: Mapping[str, Any], *cosigners: SigningKey) -> Transaction:
    node = team.nodes[number]
    signer = key(f"vote {number}")
    window = node.pending_view().get(state.state_key("seq", signer.text))
    draft = Draft(node.chain_hex, kind, body, window["high"] + 1 if window else 1, team.clock.now(), bytes(16))
    item = sign(draft, signer, *cosigners)
    (answer,) = node.submit([item])
    assert not isinstance(answer, ChainError), answer
    return item


def entry(team: Team, number: int = 0) -> Any:
    return attesters.entry(team.nodes[number].view())


def test_a_fifth_operator_is_taken_in_and_votes() -> None:
    team = Team(4)
    team.join(4)
    team.count = 4
    team.run(8)
    item = submit(team, 0, "consensus.propose", {"epoch": 0, "add": [member(4)], "remove": []}, key("vote 4"))
    team.run(4)
    for number in (1, 2):
        submit(team, number, "consensus.approve", {"proposal": item.id.hex()})
    team.run(30)
    found = entry(team)
    assert found["epoch"] == 1 and len(found["members"]) == 5 and found["next"] is None
    before = min(team.finals)
    team.run(10)
    team.validate()
    assert min(team.finals) > before
    assert any(vote.voter == key("vote 4").public and vote.epoch == 1 for vote in team.nodes[0].votes())
    late = team.join(5)
    team.run(20)
    assert late.final_height == team.nodes[0].final_height, "who comes later follows from set to set by the votes in the blocks"
    assert not team.codes() & {"vote.member", "vote.signature"}


def test_a_member_that_votes_twice_is_taken_out_by_the_others() -> None:
    team = Team(4)
    team.run(8)
    del team.nodes[3]
    team.run(4)
    node = team.nodes[0]
    source = node._tally.head
    for name in (b"x", b"y"):
        vote = finality.sign_vote(node.chain, 0, source, (source[0] + 1, name * 32), key("vote 3"))
        team.wire(3).publish("vote", finality.encode_votes([vote]))
    team.run(30)
    found = entry(team)
    assert found["epoch"] == 1 and [each["party"] for each in found["members"]] == [party(number) for number in range(3)]
    assert node.view().get(consensus.offence_key(key("vote 3").text)) is not None
    before = min(team.finals)
    team.run(10)
    assert min(team.finals) > before
    team.validate()


def test_the_largest_change_of_the_largest_set_fits_into_a_value() -> None:
    """Else an offence could be proven that no block can hold: every key changed, one party taken out besides, the last change just done."""
    text, number = key("vote").text, 2**40
    members = [{"party": f"{place:0{attesters.PARTY_LENGTH}d}", "vote": text, "note": text} for place in range(attesters.ATTESTER_LIMIT)]
    limit = attesters.change_limit(len(members))
    found = {"epoch": 9_999, "from_height": number, "from_time": number, "left": [text] * limit, "members": members, "next": None}
    changed = attesters.record(found, number, {"add": members[:limit], "remove": [member["party"] for member in members[:limit]]})
    offence = attesters.record(changed, number, {"add": members[:limit], "remove": [member["party"] for member in members[: limit + 1]]})
    state.encode_changes({attesters.ENTRY: offence})
    assert not attesters.is_party("1" * (attesters.PARTY_LENGTH + 1))

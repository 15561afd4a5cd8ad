"""The transactions by which the attesters govern themselves (PROTOCOL §6): kinds of the chain, whatever the application is about.

consensus.propose {epoch, add, remove}      a change of the set; counts as the proposer's approval; co-signed by every added vote key
consensus.rules   {rules, from_height}      a proposal that later blocks obey newer rules
consensus.approve {proposal}                one more attester agrees; more than two thirds of the set enact it
consensus.offence {first, second}           two votes that no honest attester gives: takes the attester out of the set
consensus.fork    {first, second, places}   two notes that no honest attester signs: likewise
consensus.seat    {votes}                   the votes that made the recording block final: the change takes effect
"""

from collections.abc import Callable, Mapping
from typing import Any

from chain import attesters, checkpoint, codec, contradiction, finality, keys, state
from chain.errors import ChainError, Malformed, Refusal
from chain.interfaces import BlockContext, Changes, StateView, Value
from chain.transactions import Transaction

RULES_NOTICE_MS = 14 * 24 * 3600 * 1000
"""New rules are announced this long ahead, counted in blocks at the chain's interval, so that every operator can update."""
PREFIX = "consensus."
"""All kinds of this module begin with it, and no kind of an application does."""

Rule = Callable[[StateView, Transaction, BlockContext], dict[str, Value]]
"""What a kind changes, or Refusal."""


def knows(kind: str) -> bool:
    """Whether `kind` is one of the chain's own."""
    return kind in _KINDS


def owner(view: StateView, key: str) -> str | None:
    """The party of an attester's or miner's key; None for any other."""
    found = attesters.entry(view)
    members = [*found["members"], *(found["next"]["add"] if found["next"] else ())]
    sealing = view.get("consensus/miners") or {"members": []}
    pairs = [(member["key"], member["party"]) for member in sealing["members"]] + [(member["vote"], member["party"]) for member in members]
    return dict(pairs).get(key)


def apply(view: StateView, item: Transaction, block: BlockContext) -> Changes:
    """What a transaction of the chain's own kinds changes, or raises Refusal. Envelope, signatures and `seq` are already checked."""
    names, rule = _KINDS[item.kind]
    if set(item.body) != names:
        wrong = min(set(item.body) ^ names)
        raise Refusal("consensus.body.field", "exactly the fields of the kind", wrong, field=wrong)
    if item.items or item.proofs:
        raise Refusal("consensus.body.field", "no items and no proofs", len(item.items), field="items")
    return Changes(rule(view, item, block))


def _validate_field(good: bool, field: str, expected: str, found: object) -> None:
    if not good:
        raise Refusal("consensus.body.field", expected, repr(found)[:80], field=field)


def _validate_attester(view: StateView, item: Transaction) -> None:
    members = attesters.entry(view)["members"]
    if item.by not in {member["vote"] for member in members}:
        raise Refusal("consensus.signer", "the vote key of an attester", item.by, field="by")


def _validate_operator(view: StateView, item: Transaction) -> None:
    if owner(view, item.by) is None:
        raise Refusal("consensus.signer", "the key of an attester or miner", item.by, field="by")


# --- proposals and approvals -------------------------------------------------------------------------------------------------


def _propose(view: StateView, item: Transaction, block: BlockContext) -> dict[str, Value]:
    _validate_attester(view, item)
    found, body = attesters.entry(view), item.body
    _validate_field(type(body["epoch"]) is int, "epoch", "a whole number", body["epoch"])
    if body["epoch"] != found["epoch"]:
        raise Refusal("consensus.epoch", found["epoch"], body["epoch"], field="epoch")
    for number, member in enumerate(_list(body, "add")):
        _validate_member(view, member, number)
    for party in _list(body, "remove"):
        _validate_field(isinstance(party, str), "remove", "parties", party)
    added = sorted(member["vote"] for member in body["add"])
    if sorted(item.cosigners) != added:
        raise Refusal("consensus.cosigners", f"the {len(added)} vote keys to be added", len(item.cosigners), field="with")
    change = {"add": body["add"], "remove": body["remove"]}
    _validate_change(found, change)
    return _support(view, item, block, {"approvals": [], "change": change, "enacted": None, "epoch": found["epoch"], "what": "set"})


def _list(body: Value, name: str) -> list[Any]:
    _validate_field(isinstance(body[name], list) and len(body[name]) <= attesters.ATTESTER_LIMIT, name, "a list", body[name])
    found: list[Any] = body[name]
    return found


def _validate_member(view: StateView, member: Any, number: int) -> None:
    """{party, vote, note}: two good keys, none of which was ever used for an offence."""
    good = isinstance(member, dict) and set(member) == {"party", "vote", "note"} and all(isinstance(text, str) for text in member.values())
    _validate_field(good, "add", "objects with party, vote and note", member)
    party = member["party"]
    _validate_field(attesters.is_party(party), "add", f"a party in entry {number}", party)
    for name in ("vote", "note"):
        _validate_field(keys.is_key_text(member[name]), "add", f"a key as {name} in entry {number}", member[name])
        keys.validate_allowed(member[name])
    if view.get(offence_key(member["vote"])) is not None:
        raise Refusal("consensus.member", "a key without an offence", member["vote"], field="add")


def _validate_change(found: Value, change: Mapping[str, Any]) -> None:
    """Adds whom the set lacks, removes whom it has, and touches no more parties than one epoch may."""
    present = {member["party"] for member in found["members"]}
    removed, added = change["remove"], [member["party"] for member in change["add"]]
    for party in removed:
        if party not in present:
            raise Refusal("consensus.member", "a party of the set", party, field="remove")
    for party in added:
        if party in present - set(removed):
            raise Refusal("consensus.member", "a party outside the set", party, field="add")
    touched, limit = {*removed, *added}, attesters.change_limit(len(present))
    doubled = len(set(removed)) != len(removed) or len(set(added)) != len(added)
    if doubled or not 1 <= len(touched) <= limit:
        raise Refusal("consensus.limit", f"1 to {limit} parties, each once", len(removed) + len(added))
    after = attesters.coming({**found, "next": change})
    shared = any(len({member[name] for member in after}) != len(after) for name in ("vote", "note"))
    if not 1 <= len(after) <= attesters.ATTESTER_LIMIT or shared:
        raise Refusal("consensus.limit", f"1 to {attesters.ATTESTER_LIMIT} members with keys of their own", len(after))


def _rules(view: StateView, item: Transaction, block: BlockContext) -> dict[str, Value]:
    _validate_attester(view, item)
    for name in ("rules", "from_height"):
        _validate_field(type(item.body[name]) is int and item.body[name] > 0, name, "a whole number above 0", item.body[name])
    change = {"from_height": item.body["from_height"], "rules": item.body["rules"]}
    epoch = attesters.entry(view)["epoch"]
    return _support(view, item, block, {"approvals": [], "change": change, "enacted": None, "epoch": epoch, "what": "rules"})


def _approve(view: StateView, item: Transaction, block: BlockContext) -> dict[str, Value]:
    _validate_attester(view, item)
    _validate_field(codec.is_hash(item.body["proposal"]), "proposal", "64 hex digits", item.body["proposal"])
    found = view.get(proposal_key(item.body["proposal"]))
    if found is None:
        raise Refusal("consensus.proposal", "a proposal", item.body["proposal"], field="proposal")
    if found["enacted"] is not None or item.by in found["approvals"]:
        raise Refusal("consensus.approved", "a proposal that waits for this approval", item.body["proposal"], field="proposal")
    if found["epoch"] != attesters.entry(view)["epoch"]:
        raise Refusal("consensus.epoch", attesters.entry(view)["epoch"], found["epoch"], field="proposal")
    return _support(view, item, block, found)


def proposal_key(name: str) -> str:
    """State key of a proposal; `name` is the id of its transaction in hex."""
    return state.state_key("consensus", "proposal", name)


def offence_key(vote_key: str) -> str:
    """State key of an offence by the key with this text."""
    return state.state_key("consensus", "offence", vote_key)


def _support(view: StateView, item: Transaction, block: BlockContext, proposal: Value) -> dict[str, Value]:
    """Counts the signer's approval, and enacts the proposal when more than two thirds of the set approve."""
    name = item.body.get("proposal", item.id.hex())
    approvals = sorted({*proposal["approvals"], item.by})
    proposal = {**proposal, "approvals": approvals}
    members = {member["vote"] for member in attesters.entry(view)["members"]}
    if 3 * len(members & set(approvals)) <= 2 * len(members):
        return {proposal_key(name): proposal}
    enact = _enact_set if proposal["what"] == "set" else _enact_rules
    return {**enact(view, proposal["change"], block), proposal_key(name): {**proposal, "enacted": block.height}}


def _enact_set(view: StateView, change: Mapping[str, Any], block: BlockContext) -> dict[str, Value]:
    found = attesters.entry(view)
    if found["next"] is not None:
        raise Refusal("consensus.pending", "no change under way", f"one of epoch {found['next']['epoch']}")
    begun = found.get("from_time")
    if begun is not None and block.time < begun + attesters.EPOCH_MS:
        raise Refusal("consensus.early", f"not before {begun + attesters.EPOCH_MS}", block.time)
    _validate_change(found, change)
    return {attesters.ENTRY: attesters.record(found, block.height, change)}


def _enact_rules(view: StateView, change: Mapping[str, Any], block: BlockContext) -> dict[str, Value]:
    versions, parameters = view.get("consensus/rules"), view.get("consensus/parameters")
    if versions is None or parameters is None:
        raise Malformed("genesis.entry", "consensus/rules and /parameters", "no such entry")
    last = versions["versions"][-1]
    if change["rules"] <= last["rules"] or change["from_height"] <= last["from_height"]:
        raise Refusal("consensus.rules.order", f"above rules {last['rules']} from {last['from_height']}", change["rules"])
    earliest = block.height + -(-RULES_NOTICE_MS // parameters["interval_ms"])
    if change["from_height"] < earliest:
        raise Refusal("consensus.rules.early", f"from height {earliest} or later", change["from_height"], field="from_height")
    return {"consensus/rules": {"versions": [*versions["versions"], dict(change)]}}


# --- offences and taking seats -----------------------------------------------------------------------------------------------


def _votes(body: Value, *names: str) -> tuple[finality.Vote, ...]:
    """The votes in base64url fields: one after the other they are a votes section."""
    try:
        return finality.decode_votes(b"".join(codec.decode_base64(body[name]) for name in names))
    except (ChainError, TypeError, AttributeError) as error:
        raise Refusal("consensus.body.field", "votes as in a votes section, base64url", repr(error)[:80], field=names[0]) from error


def _offence(view: StateView, item: Transaction, block: BlockContext) -> dict[str, Value]:
    _validate_operator(view, item)
    votes, found = _votes(item.body, "first", "second"), attesters.entry(view)
    if len(votes) != 2 or not finality.is_offence(*votes):
        raise Refusal("consensus.offence.proof", "two votes of one key that exclude each other", f"{len(votes)} votes")
    party = attesters.voters(view).get(votes[0].voter)
    if not party or party in (found["next"] or {"remove": ()})["remove"]:
        raise Refusal("consensus.offence.member", "an attester who has a seat", votes[0].voter.hex())
    for vote in votes:
        _validate_evidence(vote, block, frozenset({votes[0].voter}), "consensus.offence.proof")
    return _take_out(found, item, block, (party, keys.key_text(votes[0].voter)))


def _fork(view: StateView, item: Transaction, block: BlockContext) -> dict[str, Value]:
    _validate_operator(view, item)
    found, body = attesters.entry(view), item.body
    members = [*found["members"], *(found["next"] or {"add": ()})["add"]]
    try:
        first, second = (body[name].encode("utf-8") for name in ("first", "second"))
        origin = checkpoint.parse(first)[0].origin
        if not origin.endswith("/" + block.chain.hex()[: checkpoint.CHAIN_DIGITS]):
            raise Malformed("contradiction.notes", "notes of this ledger", origin)
        key = contradiction.signer(first, second, body["places"], contradiction.keys_of(origin, members))
    except (Malformed, AttributeError, UnicodeEncodeError) as error:
        raise Refusal("consensus.offence.proof", "two notes of one attester that exclude each other", str(error)[:100]) from error
    member = contradiction.member_of(key, members)
    if member is None or member["party"] in (found["next"] or {"remove": ()})["remove"]:
        raise Refusal("consensus.offence.member", "an attester who has a seat", key.name)
    return _take_out(found, item, block, (member["party"], member["vote"]))


def _take_out(found: Value, item: Transaction, block: BlockContext, culprit: tuple[str, str]) -> dict[str, Value]:
    """The set without a party whose vote key is barred from now on."""
    party, vote_key = culprit
    after = attesters.record(found, block.height, attesters.without(found, party))
    if not attesters.coming(after):
        raise Refusal("consensus.limit", "at least one attester who stays", "none")
    return {attesters.ENTRY: after, offence_key(vote_key): {"height": block.height, "party": party, "transaction": item.id.hex()}}


def _validate_evidence(vote: finality.Vote, block: BlockContext, members: frozenset[bytes], code: str) -> None:
    try:
        finality.validate_vote(vote, block.chain, members)
    except Malformed as error:
        raise Refusal(code, error.expected, error.found) from error


def _seat(view: StateView, item: Transaction, block: BlockContext) -> dict[str, Value]:
    _validate_operator(view, item)
    found, votes = attesters.entry(view), _votes(item.body, "votes")
    if found["next"] is None:
        raise Refusal("consensus.seat.none", "a change under way", "none")
    links = {(vote.source, vote.target, vote.epoch) for vote in votes}
    every = (view.get("consensus/parameters") or {"vote_every": 1})["vote_every"]
    if len(links) != 1 or votes[0].target_height != votes[0].source_height + every:
        raise Refusal("consensus.seat.proof", f"one link over {every} blocks", f"{len(links)} links", field="votes")
    judges = attesters.regime(view)
    if votes[0].epoch != judges.epoch or votes[0].source_height < found["next"]["recorded"]:
        raise Refusal("consensus.seat.proof", f"a link of epoch {judges.epoch} from {found['next']['recorded']} on", votes[0].epoch)
    for vote in votes:
        _validate_evidence(vote, block, frozenset().union(*judges.sets), "consensus.seat.proof")
    if not judges.carries({vote.voter: vote for vote in votes}):
        raise Refusal("consensus.seat.proof", "more than two thirds of both sets", f"{len(votes)} votes", field="votes")
    return {attesters.ENTRY: attesters.seat(found, block.height, block.time)}


_KINDS: dict[str, tuple[set[str], Rule]] = {
    "consensus.propose": ({"epoch", "add", "remove"}, _propose),
    "consensus.rules": ({"rules", "from_height"}, _rules),
    "consensus.approve": ({"proposal"}, _approve),
    "consensus.offence": ({"first", "second"}, _offence),
    "consensus.fork": ({"first", "second", "places"}, _fork),
    "consensus.seat": ({"votes"}, _seat),
}

"""Judging evidence from an anchor alone: the steps of PROTOCOL §8, and at their end the verdict that a node gives too.

    outcome = check(bundle, anchor, Question(now=..., scan=text, viewer="pharmacy", place=GLN))
    outcome.verdict, outcome.steps, outcome.assurance

A contradiction refuses the evidence (LEDGER_INCONSISTENT), a gap takes facts away, and nothing here trusts a server or its clock.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from chain.anchor import CONSORTIUM
from chain.disclosed import validate_signatures
from chain.errors import Malformed
from chain.interfaces import Value
from chain.proof import validate_history, validate_state, validate_times
from trace.drugs import facts as known
from trace.drugs import heads
from trace.drugs.bundle import Bundle, decode
from trace.drugs.case import PACK_CODE, Asked, Printed
from trace.drugs.entries import batch_name
from trace.drugs.facts import Facts
from trace.drugs.heads import Trust
from trace.drugs.identifying import Located, locate, read_code, read_scan
from trace.drugs.outcome import GAP, PASSED, REFUSED, STEPS, Assurance, Outcome, Question, Step
from trace.drugs.proven import Gap, Proven, validate_shapes
from trace.drugs.provenance import Provenance
from trace.drugs.rebuilding import cap_freshness, rebuild
from trace.drugs.scanning import printed_of
from trace.drugs.signers import Signers
from trace.drugs.verdict import verdict
from trace.gs1.item import Item
from trace.market import local_day

_UNREAD = Printed(PACK_CODE, None, None, False, (), True)
"""What a pack says where nothing was read of it because its evidence fails."""
_AGELESS = frozenset({1, 3, 4})
"""Steps whose gaps leave the age unknown."""
_FIRST_OF_ENTRIES = 6
"""First step that reads entries and bodies: those that are not what DOMAIN §3 and §7 say can only come from attesters who lie."""
_WORTHLESS = frozenset({0, 5})
"""Steps whose gaps leave nothing: this verifier is too old."""


class Refused(Exception):
    """A step has refused the evidence; the steps say which."""


@dataclass(slots=True)
class _Check:
    """A check under way."""

    question: Question
    steps: list[Step] = field(default_factory=list)
    trust: Trust | None = None
    proven: Proven | None = None
    code: Item | None = None
    item: Item | None = None
    located: Located = field(default_factory=Located)
    facts: Facts = known.NOTHING

    def make(self, number: int, work: Callable[[], None]) -> None:
        """Makes a step and writes down what it came to. Raises Refused."""
        before = len(self.proven.gaps) if self.proven else 0
        try:
            work()
            gaps = self.proven.gaps[before:] if self.proven else []
        except Gap as gap:
            gaps = [*(self.proven.gaps[before:] if self.proven else []), gap]
        except Malformed as error:
            self._note(number, REFUSED, error.code, str(error))
            raise Refused from error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            if number < _FIRST_OF_ENTRIES:
                raise
            self._note(number, REFUSED, "evidence.state.value", str(error))
            raise Refused from error
        self._note(number, GAP if gaps else PASSED, gaps[0].code if gaps else None, gaps[0].what if gaps else "")

    def _note(self, number: int, state: str, code: str | None, found: str) -> None:
        """A step with two parts is written down once, by its first gap or its refusal."""
        old = next((step for step in self.steps if step.number == number), None)
        if old is None:
            self.steps.append(Step(number, STEPS[number], state, code, found[:300]))
        elif state == REFUSED or old.state == PASSED:
            self.steps[self.steps.index(old)] = Step(number, STEPS[number], state, code, found[:300])

    def gap_in(self, numbers: frozenset[int]) -> bool:
        """Has one of these steps a gap?"""
        return any(step.state == GAP and step.number in numbers for step in self.steps)


def check(data: bytes, anchor: object, question: Question) -> Outcome:
    """What a bundle proves to whoever holds this anchor (a decoded JSON value). Never raises: any bytes come to a verdict."""
    run = _Check(question)
    try:
        _make_all(run, data, anchor)
    except Refused:
        run.facts = replace(known.NOTHING, evidence=known.INCONSISTENT)
    return _conclude(run)


def _make_all(run: _Check, data: bytes, anchor: object) -> None:
    opened: list[Bundle] = []
    run.make(0, lambda: _open(opened, data))
    if not opened:
        return
    bundle = opened[0]
    run.make(1, lambda: setattr(run, "trust", heads.pin(bundle, run.question, anchor)))
    trust = run.trust
    if trust is None:
        return
    run.make(1, lambda: heads.validate_anchor_age(trust))
    run.make(2, lambda: heads.follow_handovers(trust))
    run.make(3, lambda: heads.validate_checkpoint(trust))
    run.make(3, lambda: heads.validate_uncontradicted(trust))
    run.make(4, lambda: heads.measure_age(trust))
    run.make(5, lambda: heads.read_head(trust))
    if trust.header is not None:
        _look_inside(run, bundle, trust)


def _open(opened: list[Bundle], data: bytes) -> None:
    """Step 0. Raises Malformed, Gap for a format of another version."""
    try:
        opened.append(decode(data))
    except Malformed as error:
        if error.code == "evidence.bundle.version":
            raise Gap(error.code, error.found) from error
        raise


def _look_inside(run: _Check, bundle: Bundle, trust: Trust) -> None:
    """Steps 6-11, below a head that is believed."""
    run.make(6, lambda: _prove_state(run, bundle, trust))
    run.make(7, lambda: _identify(run, bundle))
    run.make(8, lambda: _prove_histories(run, bundle))
    run.make(9, lambda: _validate_signatures(run, bundle))
    run.make(9, lambda: _validate_making(run))
    run.make(10, lambda: _follow(run))
    if run.gap_in(frozenset({8, 9, 10})):
        run.facts = replace(run.facts, run=None, way=None)
    run.make(11, lambda: None)


def _prove_state(run: _Check, bundle: Bundle, trust: Trust) -> None:
    if trust.header is None:
        return
    validate_state(bundle.state, trust.header.state_root)
    validate_shapes(bundle.state.entries)
    run.proven = Proven(
        trust.anchor.chain, bundle.document, trust.header, bundle.state.entries, bundle.histories, bundle.transactions, bundle.marks
    )


def _identify(run: _Check, bundle: Bundle) -> None:
    """Step 7, and the facts of step 6 that depend on which pack it is."""
    proven, question = _proven(run), run.question
    code = read_code(bundle.code)
    run.code = code
    run.item = code if question.scan is None else read_scan(proven, code, question.scan)
    run.located = locate(proven, code)
    run.facts = rebuild(proven, code, run.located, question.place)


def _prove_histories(run: _Check, bundle: Bundle) -> None:
    proven = _proven(run)
    ids = [item.id for item in bundle.transactions]
    for key, history in bundle.histories.items():
        entry = bundle.state.entries.get(key)
        if entry is None:
            raise Malformed("evidence.history.entry", f"an entry {key}", "none")
        validate_history(history, ids, entry)
    validate_times((event for history in bundle.histories.values() for event in history.events), proven.head)


def _validate_signatures(run: _Check, bundle: Bundle) -> None:
    chain = _proven(run).chain.hex()
    for item in bundle.transactions:
        validate_signatures(item, chain)


def _provenance(run: _Check) -> Provenance | None:
    """The signatures behind the pack, where a batch is shown."""
    code, batch = run.code, run.facts.batch
    if code is None or code.gtin is None or batch is None:
        return None
    proven = _proven(run)
    return Provenance(proven, Signers(proven), batch_name(code.gtin, batch.lot))


def _validate_making(run: _Check) -> None:
    found = _provenance(run)
    if found is not None:
        found.validate_making()


def _follow(run: _Check) -> None:
    found, facts = _provenance(run), run.facts
    if found is None or facts.run is None or facts.slot is None or run.code is None:
        return
    way = found.follow(facts.slot, str(run.code.serial))
    received = found.received(run.question.place) if facts.stock is not None else None
    run.facts = replace(facts, way=way, received=received)


def _proven(run: _Check) -> Proven:
    if run.proven is None:
        raise Gap("evidence.state.missing", "the state")
    return run.proven


# --- the end -----------------------------------------------------------------------------------------------------------------


def _conclude(run: _Check) -> Outcome:
    """Step 12: the verdict over the facts that are left."""
    trust, question = run.trust, run.question
    refused = any(step.state == REFUSED for step in run.steps)
    age = None if trust is None or refused or run.gap_in(_AGELESS) else trust.age_s
    facts = known.NOTHING if not refused and run.gap_in(_WORTHLESS) else run.facts
    if trust is not None:
        facts = cap_freshness(facts, trust.anchor.max_age_s)
    newest = max(question.now, trust.believed if trust else 0)
    day = local_day(newest, facts.market.offset_minutes) if facts.market else None
    asked = Asked(question.viewer, question.place, question.receipt, question.answer, day, age)
    printed = _UNREAD if run.item is None or refused else printed_of(run.item)
    found = verdict(facts, printed, asked)
    if not refused:
        run.make(12, lambda: None)
    head = trust.checkpoint if trust and not refused else None
    return Outcome(found, facts, printed, asked, run.item, tuple(run.steps), _assurance(run, age, refused=refused), head)


def _assurance(run: _Check, age: int | None, *, refused: bool) -> Assurance:
    trust = run.trust
    if trust is None or trust.support is None or refused:
        return Assurance(False, None, (), {}, (0, 0, 0), None, False)
    policy, support = trust.anchor.witnesses, trust.support
    return Assurance(
        signed=run.facts.run is not None and not run.gap_in(frozenset({8, 9, 10})),
        complete="consortium" if len(trust.members) >= CONSORTIUM else "operator",
        parties=tuple(support.attesters),
        names={gln: names for gln in support.attesters if (names := _names_of(trust.bundle.document, run.proven, gln)) is not None},
        witnesses=(len(support.witnesses), policy.k, len(policy.witnesses)),
        age_s=age,
        compared=trust.compared,
    )


def _names_of(document: Value, proven: Proven | None, gln: str) -> Value | None:
    """What a party is called, by the genesis document or by its entry."""
    for regulator in document["regulators"]:
        if regulator["gln"] == gln:
            names: Value = regulator["names"]
            return names
    party = proven.entries.get(f"party/{gln}") if proven else None
    return party["names"] if party else None

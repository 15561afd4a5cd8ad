"""Some hundred damaged ledgers: each is named, or every row reads as before; `make faults` damages ten thousand."""

import random
from pathlib import Path

import pytest

from tests.faults import mutations, subjects
from tests.faults.mutations import ON_DATABASE, ON_FILES, ON_LOG, Mutation, Outcome, Range


def damage(subject: subjects.Subject, working: Path, kinds: tuple[Mutation, ...], count: int) -> Outcome:
    outcome, chance = Outcome(), random.Random(20260101)
    place = Range(subject, working / "now", outcome)
    for number in range(count):
        place.run(kinds[number % len(kinds)], chance)
    return outcome


def test_a_toy_ledger_whose_process_was_killed(tmp_path: Path) -> None:
    outcome = damage(subjects.toy(tmp_path / "toy"), tmp_path, (*ON_LOG, mutations.restore_older), 60)
    assert not outcome.failures
    assert outcome.named.total() == 60, "a log that lost anything is older than its mark"


def test_a_toy_ledger_at_rest(tmp_path: Path) -> None:
    subject = subjects.folded(subjects.toy(tmp_path / "toy"), tmp_path / "folded")
    outcome = damage(subject, tmp_path, ON_DATABASE, 180)
    assert not outcome.failures
    assert outcome.named.total() + outcome.harmless.total() == 180 and outcome.named.total() > 60 and outcome.answered > 20


def test_the_demonstration_with_all_its_files(built_demo: Path, tmp_path: Path) -> None:
    outcome = damage(subjects.demonstration(built_demo, tmp_path / "demo"), tmp_path, (*ON_DATABASE, *ON_FILES), 54)
    assert not outcome.failures
    assert outcome.named.total() + outcome.harmless.total() == 54 and outcome.answered > 5


@pytest.mark.parametrize("mutation", [*ON_DATABASE, *ON_LOG])
def test_a_mutation_changes_the_folder(mutation: Mutation, tmp_path: Path) -> None:
    subject = subjects.toy(tmp_path / "toy")
    before = {path.name: path.read_bytes() for path in subject.folder.iterdir()}
    mutation(subject.folder, random.Random(5), subject)
    assert {path.name: path.read_bytes() for path in subject.folder.iterdir()} != before

"""Evidence from a process that only reads, while another writes."""

import shutil
from pathlib import Path
from typing import Any

from chain import anchor as anchors
from chain import codec
from tests.web.conftest import Example
from trace.config import load
from trace.drugs.checking import check
from trace.drugs.outcome import Question
from trace.following import follow_ledger
from trace.ledger import open_ledger
from trace.web.bundles import bundle_of


def test_a_reader_makes_the_same_evidence(built_demo: Path, examples: list[Example], tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(built_demo, folder)
    example = examples[0]
    with open_ledger(folder) as writer:
        reader = follow_ledger(load({"data": str(folder)}), leads=True)
        read: bytes | None = None
        for _ in range(3):
            with reader.moment():
                read = bundle_of(reader, example["scan"], example["at"])
            assert read is not None and read == bundle_of(writer, example["scan"], example["at"])
            writer.node.mine()
            writer.node.pump()
        made = writer.anchors.renew(writer.node)
        assert made is not None and read is not None
        pinned: Any = codec.decode(anchors.encode(made))
        outcome = check(
            read, pinned, Question(now=writer.node.clock.now(), scan=example["scan"], viewer=example["as"], place=example["at"])
        )
        assert outcome.refusal is None and outcome.assurance.signed
        reader.close()

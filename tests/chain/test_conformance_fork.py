"""Fork choice on a real fork of another chain (S-06). Ours takes the smaller id on equal work, Bitcoin the first seen: those steps
are listed."""

import json
from typing import Any

import pytest

from chain import rules, work
from tests.conformance import folder

EXPLAINED = {
    ("equal work keeps first seen", "4"): "4 has the smaller id and the same work; order of delivery never decides here (PROTOCOL §6)"
}
"""(case, block delivered) -> why our answer differs from first-seen."""


def table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder("chain") / "fork_choice.json").read_text())
    return found


@pytest.mark.parametrize("number", [0, 1])
def test_most_work_wins(number: int) -> None:
    known = table()
    case, blocks = known["cases"][number], known["blocks"]
    chains: dict[str, rules.Candidate] = {}
    names = {block["hash"]: name for name, block in blocks.items()}

    def total(name: str) -> int:
        own = work.work_of_target(work.target_of(int(blocks[name]["bits"], 16)))
        parent = names.get(blocks[name]["prev"])
        return own + (total(parent) if parent else 0)

    for step in case["steps"]:
        name = step["deliver"]
        chains[name] = rules.Candidate(bytes.fromhex(blocks[name]["hash"]), total(name))
        parents = {blocks[other]["prev"] for other in chains}
        tips = [chain for other, chain in chains.items() if blocks[other]["hash"] not in parents]
        best = names[rules.prefer(tips, lambda tip: True).id.hex()]
        if (case["name"], name) in EXPLAINED:
            assert best != step["best_tip"], "an explained difference that is none any more"
        else:
            assert best == step["best_tip"], step

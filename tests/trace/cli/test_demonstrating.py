"""`demo`: what it shows, when it builds anew, what it never overwrites."""

import json
from pathlib import Path

from tests.trace.cli.conftest import Run
from trace.demo.world import BRIDGE
from trace.ledger import hold


def test_demo_shows_a_code_and_an_address_for_each_verdict(run: Run, demo: Path) -> None:
    result = run("demo", "--exit", data=demo)
    document = json.loads((demo / "demo.json").read_text())
    assert result.exit_code == 0 and "█" in result.stdout
    for verdict in {example["verdict"] for example in document["examples"]}:
        assert verdict in result.stdout
    assert f"at {BRIDGE}" in result.stdout and "using today's demonstration" in result.stderr


def test_demo_of_another_day_is_built_anew(run: Run, demo: Path) -> None:
    document = json.loads((demo / "demo.json").read_text())
    document["genesis"]["start"] -= 86_400_000
    (demo / "demo.json").write_text(json.dumps(document))
    result = run("demo", "--exit", data=demo)
    assert result.exit_code == 0 and "removing the demonstration of another day" in result.stderr
    assert run("audit", data=demo).exit_code == 0


def test_demo_never_overwrites_something_else(run: Run, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "ledger.db").write_text("mine")
    result = run("demo", "--exit", data=precious)
    assert result.exit_code == 1 and "demo.folder" in result.stderr and (precious / "ledger.db").read_text() == "mine"


def test_a_second_writer_is_refused(run: Run, demo: Path) -> None:
    with hold(demo):
        result = run("mine", data=demo)
    assert result.exit_code == 1 and "ledger.busy" in result.stderr
    assert run("mine", data=demo).exit_code == 0

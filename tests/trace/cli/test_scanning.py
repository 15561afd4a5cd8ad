"""`scan`: the verdict of every example, for scripts and for people."""

import json
from pathlib import Path

import pytest

from tests.serving import serving
from tests.trace.cli.conftest import Run
from trace.demo.world import BRIDGE, EXAMPLAMOL
from trace.ledger import open_ledger
from trace.web import create_app


def test_scan_gives_every_example_its_verdict(run: Run, built_demo: Path) -> None:
    for example in json.loads((built_demo / "demo.json").read_text("utf-8"))["examples"]:
        place = ("--at", example["at"]) if example["at"] else ()
        result = run("scan", "--json", "--as", example["as"], *place, example["scan"], data=built_demo)
        verdict = json.loads(result.stdout)["verdict"]
        assert (verdict["code"], verdict["light"]) == (example["verdict"], example["light"])


def test_scan_tells_a_person_what_and_why(run: Run, built_demo: Path) -> None:
    code = f"(01){EXAMPLAMOL}(17)281123(10)EX2601A(21)AN1EMSA8HMC54FBK"
    result = run("scan", code, "--as", "pharmacy", "--at", BRIDGE, data=built_demo)
    assert result.exit_code == 0 and "Example Pharma" in result.stdout and "evidence 0 s old" in result.stdout


def test_scan_of_a_place_that_is_none_names_the_field(run: Run, built_demo: Path) -> None:
    result = run("scan", EXAMPLAMOL, "--at", "12", data=built_demo)
    assert result.exit_code == 2 and "--at" in result.stderr


@pytest.mark.parametrize("url", ["ftp://example.com", "file:///etc/passwd", "http://127.0.0.1:9"])
def test_a_server_that_is_none_is_named(run: Run, url: str) -> None:
    result = run("scan", EXAMPLAMOL, "--url", url)
    assert result.exit_code == 1 and "cli.server" in result.stderr


def test_a_server_answers_like_the_folder(run: Run, demo: Path) -> None:
    code = f"(01){EXAMPLAMOL}(10)EX2601A(21)MYT1HH3KFWJ71BPR"
    with open_ledger(demo) as ledger, serving(create_app({"LEDGER": ledger})) as url:
        told = run("scan", "--json", "--url", url, "--as", "pharmacy", "--at", BRIDGE, code)
        refused = run("scan", "--url", f"{url}/nowhere", EXAMPLAMOL)
    assert json.loads(told.stdout)["verdict"]["code"] == "GENUINE_SALEABLE"
    assert refused.exit_code == 1 and "web.not_found" in refused.stderr

"""What is written about the project agrees with what it is: README, documents, lock files, error codes, CI."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import readme_tables
from trace import sentences
from trace.cli.words import CODES as CLI_CODES
from trace.registry import KINDS
from trace.web.sentences import WEB

ROOT = Path(__file__).resolve().parents[1]
ERRORS = {"Malformed", "Refusal", "InvalidBlock", "NotYet", "Fault", "CodeError", "Problem"}
CODE = re.compile(r"[a-z0-9]+(\.[a-z0-9_]+){1,3}")


def sources() -> list[Path]:
    return sorted([ROOT / "app.py", *(ROOT / "chain").rglob("*.py"), *(ROOT / "trace").rglob("*.py")])


def raised_codes() -> Iterator[tuple[str, Path]]:
    """(code, file) of every error that is made with a literal code."""
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
                texts = (part.value for part in node.args[:2] if isinstance(part, ast.Constant) and isinstance(part.value, str))
                yield from ((text, path) for text in texts if CODE.fullmatch(text))


# --- README ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", readme_tables.TABLES)
def test_a_table_of_the_readme_is_what_the_program_says(name: str) -> None:
    found = readme_tables.section(name).search(readme_tables.README.read_text("utf-8"))
    assert found is not None
    assert found[2] == readme_tables.TABLES[name](), "write it anew: python -m tests.readme_tables"


@pytest.mark.parametrize("name", ["README.md", "docs/THREATS.md", "docs/DESIGN.md", "docs/PROTOCOL.md", "docs/DOMAIN.md", "CHANGELOG.md"])
def test_every_link_inside_the_repository_leads_somewhere(name: str) -> None:
    path = ROOT / name
    for target in re.findall(r"\]\(([^)#]+)", path.read_text("utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (path.parent / target).exists(), f"{name} names {target}"


def test_the_two_commands_of_the_readme_are_targets_of_make() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"^make (\w+)", readme_tables.README.read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_threat_names_tests_that_exist() -> None:
    text = (ROOT / "docs" / "THREATS.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) >= 20
    for name, function in named:
        path = ROOT / name
        assert path.is_file(), name
        assert not function or f"def {function}(" in path.read_text("utf-8"), f"{name}::{function}"


def test_every_promise_names_the_tests_that_hold_it_or_says_that_it_is_not_built() -> None:
    promises = re.findall(r"^\| (P\d) \|", (ROOT / "docs" / "DESIGN.md").read_text("utf-8"), re.MULTILINE)
    assert promises == [f"P{number}" for number in range(1, 10)]
    section = (ROOT / "docs" / "THREATS.md").read_text("utf-8").partition("## The promises")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| P")]
    assert [row[0].split()[0] for row in rows] == promises
    for promise, tests, missing in rows:
        assert re.search(r"`tests/", tests) or missing.strip(), promise


# --- error codes -------------------------------------------------------------------------------------------------------------


def test_every_code_that_is_raised_has_a_sentence_in_both_languages() -> None:
    known = {**CLI_CODES, **WEB}
    missing = {code: path.name for code, path in raised_codes() if code not in known and sentences.find_sentence(code) is None}
    assert not missing


def test_every_refusal_code_of_the_domain_has_a_sentence() -> None:
    text = (ROOT / "docs" / "DOMAIN.md").read_text("utf-8").partition("## 5. Rules common")[2].partition("## 8. Drugs, every other")[0]
    built = "\n".join(line for line in text.splitlines() if not line.startswith("| later: "))
    codes = set(re.findall(r"`((?:chain|parties|drugs)\.[a-z_]+\.[a-z_]+)`", built)) - set(KINDS)
    codes.discard("chain.tx.duplicate")  # a replay is answered with the first result, never refused
    assert len(codes) > 100
    assert not {code for code in codes if sentences.find_sentence(code) is None}


# --- lock files, CI ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_a_lock_file_pins_every_release_by_hash_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text and "--index" not in text and "--find-links" not in text
    for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert re.match(r"[a-z0-9._-]+==[^\s]+ ", block) and "--hash=sha256:" in block, block.splitlines()[0]


def test_the_lock_files_hold_every_dependency_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    runtime, test = project["dependencies"], project["optional-dependencies"]["test"]
    for file, wanted in (("requirements.lock", runtime), ("requirements-test.lock", [*runtime, *test])):
        locked = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / file).read_text("utf-8"), re.MULTILINE))
        names = {re.split(r"[>=<;\[ ]", entry)[0].lower().replace("_", "-") for entry in wanted}
        assert names <= locked, file


def test_both_lock_files_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==\S+", (ROOT / name).read_text("utf-8"), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-test.lock")


def test_the_ci_script_can_be_run_and_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text("utf-8").rstrip().endswith("make test")


def test_nothing_is_left_half_done_in_the_code() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError)\b")
    assert not [path for path in sources() if marks.search(path.read_text("utf-8"))]

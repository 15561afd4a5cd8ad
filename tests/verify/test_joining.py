"""The joined script does what its modules do: every vector of evidence, and every question of the other tests, asked of the joined form."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.verify.node import RUNNER, ask
from tests.verify.phrases import ELSEWHERE
from tests.verify.test_evidence import altered_cases
from trace import verifier
from trace.drugs.evidence_codes import CODES
from trace.javascript import modules
from trace.javascript.errors import JoiningError
from trace.javascript.joining import Joining, join, short_names
from trace.javascript.tokens import spelled, tokens

IMPORT = re.compile(r'^import (\{[^}]*\}) from "\.\./\.\./static/verify/([\w./]+)";$', re.MULTILINE)
"""How the runner takes a module."""
ENTRIES = ("device.js", "page.js", "evidence/check.js", "gs1/scan.js", "ed25519.js")
"""Modules that others begin with."""
STRANGE = {
    "in a template": ("const a = 1, b = `x${a}${`y${a + 1}`}z`; out(b);", "x1y2z"),
    "hidden names": ("const a = 1; function f(a) { const b = (c) => a + c; return b(a); } out(f(2) + a);", 5),
    "fields of the same name": ("const name = 2, one = { name, other: { name: 3 } }; out(one.name + one.other.name);", 5),
    "taken apart": (
        "function f({ first, second: other = 4, ...rest }) { return first + other + rest.third; } out(f({ first: 1, third: 2 }));",
        7,
    ),
    "regular expressions": ("const text = 'a/b'; out(text.replace(/[/]/g, '-') + 4 / 2 / 1);", "a-b2"),
    "classes": (
        "class One { constructor(value) { this.value = value; } get twice() { return 2 * this.value; } } out(new One(4).twice);",
        8,
    ),
    "braces": ("const f = (x) => ({ x, y: x ? { x } : null }); out(f(1).y.x);", 1),
    "lists with holes": ("function f() { const [, second, ] = [1, 2, ]; return [1, , 3].length + second; } out(f());", 5),
    "semicolons": ("for (let i = 0, n = 3; ; i++) if (i === n) { out(i); break; }", 3),
    "signs": ("const a = 1, b = 2; out(a - -b + +a);", 4),
}
"""Scripts and what they give to `out`."""


def run(script: str) -> Any:
    """What a script gives to `out`, run by node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    text = f"const out = (value) => console.log(JSON.stringify(value));\n{script}"
    done = subprocess.run([node, "-"], input=text.encode(), capture_output=True, timeout=60, check=True)
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runner on one script of all modules instead of the modules."""
    parts: dict[str, modules.Module] = {}
    for _, name in IMPORT.findall(RUNNER.read_text("utf-8")):
        parts |= modules.ordered(name)
    whole = Joining(parts)
    spaces = ",".join(f'"{name}":{{{",".join(f"{one}:{own}" for one, own in whole.given(name).items())}}}' for name in parts)
    folder = tmp_path_factory.mktemp("joined")
    (folder / "joined.mjs").write_text(f"{whole.script()}export const spaces={{{spaces}}};\n", "utf-8")
    runner = IMPORT.sub(r'const \1 = spaces["\2"];', RUNNER.read_text("utf-8"))
    (folder / "runner.mjs").write_text(f'import {{ spaces }} from "./joined.mjs";\n{runner}', "utf-8")
    return folder / "runner.mjs"


def test_every_case_of_evidence_comes_out_as_written(joined: Path, vectors: dict[str, Any]) -> None:
    loaded = {"bundles": vectors["bundles"], "anchors": vectors["anchors"]}
    found = ask([["load", loaded], *(["evidence", case] for case in vectors["cases"])], joined)[1:]
    assert found == [case["expect"] for case in vectors["cases"]]


def test_altered_evidence_comes_out_as_from_the_modules(joined: Path, vectors: dict[str, Any]) -> None:
    loaded = {"bundles": vectors["bundles"], "anchors": vectors["anchors"]}
    questions = [["load", loaded], *(["evidence", case] for case in altered_cases(vectors, 300, seed=29))]
    assert ask(questions, joined) == ask(questions)


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_same_sources_give_the_same_script(entry: str) -> None:
    one, other = verifier.script(entry), verifier.script(entry)
    assert one == other
    assert spelled(tokens(one)) == spelled(tokens(spelled(tokens(one))))


@pytest.mark.parametrize("language", modules.LANGUAGES)
def test_names_of_words_are_in_every_language(language: str) -> None:
    text = verifier.script(verifier.PAGE, language)
    assert all(f'"{code}"' in text for code in CODES if code not in ELSEWHERE)


@pytest.mark.parametrize("language", modules.LANGUAGES)
def test_words_of_one_language_only(language: str) -> None:
    addresses = {verifier.FALLBACK: "/one.js", verifier.SCANS: "/other.js"}
    text = verifier.script(verifier.DEVICE, language, addresses)
    assert ("本机已核验" in text) is (language == "zh") and ("Checked on this device" in text) is (language == "en")
    assert ("可以发药" in text) is (language == "zh") and ("May be dispensed" in text) is (language == "en")
    assert '"consumer"' in text and 'import("/one.js")' in text and 'import("/other.js")' in text


@pytest.mark.parametrize("name", STRANGE)
def test_strange_code_runs_as_it_stands(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text, expected = STRANGE[name]
    (tmp_path / "one.js").write_text(f"const out = (value) => globalThis.console.log(globalThis.JSON.stringify(value));\n{text}\n", "utf-8")
    monkeypatch.setattr(modules, "FOLDER", tmp_path)
    modules.parsed.cache_clear()
    try:
        script = join("one.js").script()
    finally:
        modules.parsed.cache_clear()
    assert run(text) == expected
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run([node, "-"], input=f'"use strict";{{{script}}}'.encode(), capture_output=True, timeout=60, check=False)
    assert json.loads(done.stdout) == expected, (script, done.stderr)


@pytest.mark.parametrize("text", ["const a = unknown.value;", "function f(", "const a = `${1`;", "const { a } = { a: 1 };", "@"])
def test_code_of_another_kind_is_refused(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "one.js").write_text(text + "\n", "utf-8")
    monkeypatch.setattr(modules, "FOLDER", tmp_path)
    modules.parsed.cache_clear()
    try:
        with pytest.raises(JoiningError):
            join("one.js").script()
    finally:
        modules.parsed.cache_clear()


def test_short_names_are_all_different() -> None:
    makes = short_names()
    names = [next(makes) for _ in range(20_000)]
    assert len(set(names)) == len(names) and names[0] == "e" and {len(name) for name in names} == {1, 2, 3}


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = tokens(text)
    except JoiningError:
        return
    assert [token.text for token in tokens(spelled(found)) if token.text not in ",;"] == [
        token.text for token in found if token.text not in ",;"
    ]

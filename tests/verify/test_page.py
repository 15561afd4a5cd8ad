"""The verifier page: one file with a known hash, which judges evidence from a disk with the network off."""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from selenium import webdriver
from selenium.webdriver.common.by import By

from chain import anchor as anchors
from chain import codec
from tests.trace.drugs import bundle_cases
from tests.verify.saved import SavedPage
from trace import verifier
from trace.cli.group import cli
from trace.javascript.modules import FOLDER, LANGUAGES
from trace.web import create_app
from trace.web import verifier as served

PICTURED = (
    "pharmacy: active", "pharmacy: sold", "pharmacy: recalled", "pharmacy: unknown_serial", "consumer says no",
    "a quarter of an hour and more later", "expiry on the code altered", "another serial",
)  # fmt: skip
"""Cases without a change that a browser judges; the vectors themselves are run by node."""


@pytest.fixture(scope="module")
def page(browser: webdriver.Chrome, tmp_path_factory: pytest.TempPathFactory) -> SavedPage:
    return SavedPage(browser, tmp_path_factory.mktemp("saved"))


@pytest.fixture
def saved(page: SavedPage, vectors: dict[str, Any]) -> Path:
    """The page with the anchor of the vectors."""
    return page.file(vectors["anchors"]["one"])


def judge(page: SavedPage, vectors: dict[str, Any], case: Mapping[str, Any]) -> Any:
    """A case of the vectors before a fresh page."""
    page.open(vectors["anchors"]["one"], case["ask"]["now"])
    return page.judge(bundle_cases.arriving(case, vectors["bundles"]), case["ask"])


@pytest.mark.parametrize("name", PICTURED)
def test_the_saved_file_judges_evidence_without_a_network(page: SavedPage, vectors: dict[str, Any], name: str) -> None:
    case = next(case for case in vectors["cases"] if case["name"] == name)
    found = judge(page, vectors, case)
    assert found.get_attribute("data-device") == case["expect"]["verdict"]
    assert found.get_attribute("data-light") == case["expect"]["light"]
    steps = page.steps()
    refused = case["expect"]["step"]
    assert [number for number, _ in steps] == list(range(13 if refused is None else refused + 1))
    assert [number for number, state in steps if state == "refused"] == ([] if refused is None else [refused])
    untyped: Any = page.browser
    complaints = [entry for entry in untyped.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
    assert not complaints, complaints


def test_altered_evidence_turns_red_and_names_the_step(page: SavedPage, vectors: dict[str, Any]) -> None:
    for case in [case for case in vectors["cases"] if case["change"] and case["expect"]["refused"] and not case["anchor_change"]][:12]:
        found = judge(page, vectors, case)
        assert found.get_attribute("data-light") == "red", case["name"]
        assert case["expect"]["refused"] in found.text, case["name"]
        assert "checked on this device" not in found.text.lower(), case["name"]


def test_both_languages_and_a_narrow_window(page: SavedPage, vectors: dict[str, Any]) -> None:
    case, browser = vectors["cases"][0], page.browser
    metrics = {"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.open(vectors["anchors"]["one"], case["ask"]["now"])
    seen = set()
    for _ in range(2):
        found = page.judge(bundle_cases.arriving(case, vectors["bundles"]), case["ask"])
        seen.add(found.find_element(By.TAG_NAME, "h2").text)
        assert browser.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        browser.execute_script("document.querySelector('#top button').click()")
    assert seen == {"本机已核验", "Checked on this device"}
    assert anchors.words_of(anchors.from_value(vectors["anchors"]["one"]).hash) in browser.page_source
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# --- the file, and who hands it out ------------------------------------------------------------------------------------------


def test_the_file_needs_nothing_from_elsewhere(saved: Path) -> None:
    text = saved.read_text("utf-8")
    assert "<link" not in text and " src=" not in text and "import(" not in text and not re.search(r"^(import|export) ", text, re.MULTILINE)
    script = re.search(r"<script>(.*)</script>", text, re.DOTALL)
    assert script is not None
    source = "'sha256-" + base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode() + "'"
    assert source in verifier.policy_of(text.encode())


def test_what_is_put_in_is_not_looked_at_for_places() -> None:
    words = b'{"name":"/* script */ /* style */"}'
    found = verifier.page(words, "https://second.example/* policy */").decode("utf-8")
    assert words.decode("utf-8") in found and 'data-second="https://second.example/* policy */"' in found


def test_the_command_writes_the_page_and_prints_its_hash(vectors: dict[str, Any], tmp_path: Path) -> None:
    anchor, target = tmp_path / "anchor.json", tmp_path / "page.html"
    anchor.write_bytes(codec.encode(vectors["anchors"]["one"]))
    done = CliRunner().invoke(cli, ["verifier", "--anchor", str(anchor), "--write", str(target)])
    assert done.exit_code == 0, done.output
    assert hashlib.sha256(target.read_bytes()).hexdigest() in done.output
    assert anchors.words_of(anchors.from_value(vectors["anchors"]["one"]).hash) in done.output
    assert target.read_bytes() == verifier.page(anchor.read_bytes())


@pytest.fixture
def client() -> FlaskClient:
    return create_app({}).test_client()


def test_the_server_hands_out_the_same_page(client: FlaskClient) -> None:
    answer = client.get("/verify")
    assert answer.data == verifier.page(None)
    assert answer.headers["X-Verifier-SHA256"] == verifier.digest(answer.data)
    assert (
        "unsafe" not in answer.headers["Content-Security-Policy"] and "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    )


def test_scripts_may_be_kept_for_a_year_under_their_hash(client: FlaskClient) -> None:
    for file, name in served.LATER.items():
        data = served.library(name)
        address = f"/verify/{file}?v={verifier.digest(data)[:10]}"
        answer = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(answer.data) == data and "immutable" in answer.headers["Cache-Control"]
        assert client.get(f"/verify/{file}").data == data
        assert all(address in served.device_script(language) for language in LANGUAGES)
    answer = client.get("/sw.js")
    assert answer.data == FOLDER.joinpath("worker.js").read_bytes() and "immutable" not in answer.headers["Cache-Control"]

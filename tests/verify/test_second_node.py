"""Two real nodes before a real browser: the device compares their heads, which are of one ledger or, where attesters lie, of two."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask, Response
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from chain import attesters, contradiction
from chain.clock import SetClock
from tests.serving import serving
from tests.verify.conftest import staged
from tests.verify.scene import WAIT_S, Scene
from tests.web.conftest import Example
from trace.ledger import Ledger, open_ledger
from trace.web import create_app


@dataclass
class Pair:
    """Two nodes with the same keys on copies of one ledger."""

    first: Ledger
    second: Ledger

    def grow(self, ledger: Ledger, blocks: int) -> None:
        """A node seals blocks of its own, which its attester signs; the other one never hears of them."""
        for _ in range(blocks):
            size = ledger.node.certified_state()[0].checkpoint.size
            assert ledger.node.mine() is not None
            ledger.node.pump()
            assert ledger.node.certified_state()[0].checkpoint.size == size + 1


@pytest.fixture
def pair(built_demo: Path, tmp_path: Path) -> Iterator[Pair]:
    with ExitStack() as stack:
        found = []
        for name in ("first", "second"):
            shutil.copytree(built_demo, tmp_path / name)
            found.append(stack.enter_context(open_ledger(tmp_path / name)))
        yield Pair(*found)


@contextmanager
def compared(browser: webdriver.Chrome, pair: Pair, examples: list[Example], app: Flask | None = None) -> Iterator[tuple[Scene, Any]]:
    """A pack's page at the first node, once the device has compared; the note about the second node (or whatever `app` answers)."""
    with (
        serving(app or create_app({"LEDGER": pair.second, "ANCHOR": b""})) as second,
        staged(browser, pair.first, examples, second) as scene,
    ):
        scene.fresh()
        yield scene, noted(scene)


def noted(scene: Scene) -> Any:
    scene.device(scene.path("GENUINE_SALEABLE"))
    return WebDriverWait(scene.browser, WAIT_S).until(lambda driver: driver.find_element(By.CSS_SELECTOR, "[data-heads]"))


@pytest.mark.parametrize(("grown", "state"), [((0, 0), "same"), ((0, 3), "consistent"), ((2, 0), "consistent")])
def test_two_nodes_with_one_ledger(browser: webdriver.Chrome, pair: Pair, examples: list[Example], grown: Any, state: str) -> None:
    pair.grow(pair.first, grown[0])
    pair.grow(pair.second, grown[1])
    with compared(browser, pair, examples) as (scene, note):
        assert note.get_attribute("data-heads") == state, note.text
        assert "green" in scene.light() and not scene.complaints()


@pytest.mark.parametrize(("first", "second"), [(2, 2), (2, 4), (4, 2)])
def test_two_ledgers_signed_by_the_same_attesters(
    browser: webdriver.Chrome, pair: Pair, examples: list[Example], first: int, second: int
) -> None:
    pair.second.node.clock = SetClock(pair.first.node.clock.now() + 30_000)  # its second block is another; the first was made before
    pair.grow(pair.first, first)
    pair.grow(pair.second, second)
    with compared(browser, pair, examples) as (scene, note):
        assert note.get_attribute("data-heads") == "contradicted", note.text
        card = scene.browser.find_element(By.CSS_SELECTOR, "[data-device]")
        assert card.get_attribute("data-device") == "LEDGER_INCONSISTENT" and "red" in scene.light()
        assert "evidence.checkpoint.fork" in card.text
        assert scene.browser.find_element(By.CSS_SELECTOR, "[data-state=refused]").get_attribute("data-step") == "3"
        saved = note.find_element(By.CSS_SELECTOR, "a[download]").get_attribute("href")
    proof = json.loads(unquote(saved.partition(",")[2]))
    assert (proof["places"] is None) is (first == second)
    node = pair.first.node
    known = contradiction.keys_of(node.origin, attesters.entry(node.view())["members"])
    guilty = contradiction.signer(proof["first"].encode(), proof["second"].encode(), proof["places"], known)
    assert guilty.name.startswith(node.origin)


def test_a_second_node_that_is_gone_is_said_and_nothing_more(browser: webdriver.Chrome, pair: Pair, examples: list[Example]) -> None:
    with serving(Flask("gone")) as second:
        pass
    with staged(browser, pair.first, examples, second) as scene:
        scene.fresh()
        note = noted(scene)
        assert note.get_attribute("data-heads") == "unreachable" and "could not be reached" in note.text
        assert "green" in scene.light()


def test_a_second_node_cannot_turn_anything_red_by_itself(browser: webdriver.Chrome, pair: Pair, examples: list[Example]) -> None:
    """A head that the attesters have not signed, and a larger one whose tiles it keeps to itself."""
    pair.grow(pair.second, 1)
    honest = create_app({"LEDGER": pair.second, "ANCHOR": b""})
    liar = Flask("liar")
    text: list[str] = []

    @liar.get("/checkpoint")
    def checkpoint() -> Response:
        return Response(text[0], headers={"Access-Control-Allow-Origin": "*"})

    note = honest.test_client().get("/checkpoint").get_data(as_text=True)
    unsigned = note.partition("\n\n")[0] + "\n\n\u2014 nobody AAAAAAAA\n"
    for shown, state in ((note, "unproven"), (unsigned, "unsigned"), ("<html>", "unsigned"), ("x" * 100_000, "unreachable")):
        text[:] = [shown]
        with compared(browser, pair, examples, liar) as (scene, found):
            assert found.get_attribute("data-heads") == state, found.text
            assert "green" in scene.light()


def test_everybody_may_read_heads_and_tiles(pair: Pair) -> None:
    client = create_app({"LEDGER": pair.first, "ANCHOR": b""}).test_client()
    size = pair.first.node.certified_state()[0].checkpoint.size
    for path in ("/checkpoint", f"/tile/0/000.p/{min(size, 255)}", "/anchor", "/tile/0/999"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*", path
    assert "Access-Control-Allow-Origin" not in client.get("/").headers

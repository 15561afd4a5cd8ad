"""Servers that lie, before a real browser: the device wins, loudly, and says which step refused."""

import json
from typing import Any

import pytest
from selenium.webdriver.common.by import By

from chain import codec, transactions
from tests.verify.scene import Scene, Tamper


def test_a_page_that_says_genuine_is_overruled(scene: Scene) -> None:
    path = scene.path("RECALLED_BATCH")
    scene.liar.says = ('data-code="RECALLED_BATCH" data-light="red"', 'data-code="GENUINE_NOT_YET_SOLD" data-light="green"')
    scene.device(path)
    alarm = scene.browser.find_element(By.CSS_SELECTOR, "[data-differs]")
    assert "go by the device" in alarm.text and alarm.get_attribute("role") == "alert"
    assert "red" in scene.light() and "Recalled" in scene.browser.find_element(By.CSS_SELECTOR, ".verdict").text


def without_an_event(bundle: dict[str, Any]) -> dict[str, Any]:
    """The second event of the pack's way is left out, as if it had never been; its transaction is named by its id elsewhere."""
    run = next(each for each in bundle["histories"] if each["key"].startswith("run/"))
    number = run["events"].pop(1)[0]
    gone = transactions.identity(codec.encode(bundle["transactions"].pop(number)["envelope"])).hex()
    for history in bundle["histories"]:
        for event in history["events"]:
            if isinstance(event[0], int):
                event[0] = gone if event[0] == number else event[0] - (event[0] > number)
    return bundle


def with_a_recall_hidden(bundle: dict[str, Any]) -> dict[str, Any]:
    for entry in bundle["state"]["entries"]:
        if entry["key"].startswith("batch/"):
            entry["value"]["recalls"] = []
    return bundle


def with_a_weaker_policy(bundle: dict[str, Any]) -> dict[str, Any]:
    bundle["genesis"]["document"]["attesters"] = []
    return bundle


def with_another_state_root(bundle: dict[str, Any]) -> dict[str, Any]:
    header = bytearray(codec.decode_base64(bundle["head"]["header"]))
    header[96] ^= 1
    bundle["head"]["header"] = codec.encode_base64(bytes(header))
    return bundle


def without_cosignatures(bundle: dict[str, Any]) -> dict[str, Any]:
    text, _, _ = bundle["checkpoint"].partition("\n\n")
    bundle["checkpoint"] = f"{text}\n\n\u2014 nobody {'A' * 96}\n"
    return bundle


def with_a_broken_signature(bundle: dict[str, Any]) -> dict[str, Any]:
    bundle["transactions"][0]["sigs"][0] = "A" * 86
    return bundle


def with_a_node_for_a_leaf(bundle: dict[str, Any]) -> dict[str, Any]:
    leaf = bundle["marks"][0]["leaves"][0]
    leaf["path"] = leaf["path"][43:]
    return bundle


ATTACKS: dict[str, tuple[str, Tamper, str]] = {
    "an event left out": ("GENUINE_SALEABLE", without_an_event, "evidence.history.head"),
    "a recall hidden": ("RECALLED_BATCH", with_a_recall_hidden, "evidence.state.proof"),
    "policy weakened": ("GENUINE_SALEABLE", with_a_weaker_policy, "evidence.genesis.document"),
    "a state root that nobody signed": ("GENUINE_SALEABLE", with_another_state_root, "evidence.head.path"),
    "too few cosignatures": ("GENUINE_SALEABLE", without_cosignatures, "evidence.checkpoint.attesters"),
    "a forged signature": ("GENUINE_SALEABLE", with_a_broken_signature, "evidence.event.signature"),
    "a forged inclusion": ("GENUINE_SALEABLE", with_a_node_for_a_leaf, "evidence."),
    "deep JSON": ("GENUINE_SALEABLE", lambda bundle: b"[" * 100_000 + b"]" * 100_000, "evidence.bundle.canonical"),
    "a number beyond 2^53": ("GENUINE_SALEABLE", lambda bundle: b'{"v":9007199254740993}', "evidence.bundle.canonical"),
    "100 MB": ("GENUINE_SALEABLE", lambda bundle: b" " * 100_000_000, "evidence.bundle.size"),
}
"""Name -> an example that the honest server answers, what is done to its evidence, the code that the device refuses with."""


@pytest.mark.parametrize("name", ATTACKS)
def test_false_evidence_turns_red(scene: Scene, name: str) -> None:
    verdict, scene.liar.tamper, code = ATTACKS[name]
    card = scene.device(scene.path(verdict))
    assert card.get_attribute("data-device") == "LEDGER_INCONSISTENT" and card.get_attribute("data-light") == "red"
    assert code in card.text and "Checked on this device" not in card.text
    assert "red" in scene.light()


def test_evidence_of_another_pack_is_refused(scene: Scene) -> None:
    foreign = scene.liar.bundle(scene.path("NOT_IN_A_SHOP"))
    scene.liar.tamper = lambda bundle: foreign
    card = scene.device(scene.path("GENUINE_SALEABLE"))
    assert "evidence.code.other" in card.text and "red" in scene.light()


@pytest.mark.parametrize(
    ("more", "root", "code", "colour"), [(0, "00" * 32, "evidence.checkpoint.fork", "red"), (9, None, ".older", "amber")]
)
def test_another_head_than_was_seen_before(scene: Scene, more: int, root: str | None, code: str, colour: str) -> None:
    path, name = scene.path("GENUINE_SALEABLE"), f"pharmatrace/head/{scene.anchor['chain']}"
    scene.device(path)
    kept = json.loads(scene.browser.execute_script("return localStorage.getItem(arguments[0])", name))
    changed = {**kept, "size": kept["size"] + more, "root": root or kept["root"]}
    scene.browser.execute_script("localStorage.setItem(arguments[0], arguments[1])", name, json.dumps(changed))
    card = scene.device(path)
    assert code in card.text and colour in scene.light(), card.text


def test_the_anchor_that_was_seen_first_stays(scene: Scene) -> None:
    """Another chain: the page offers its own anchor, and the device keeps to the one that it has."""
    origin = f"{scene.anchor['origin'].partition('/')[0]}/{'ab' * 8}"
    other = {**scene.anchor, "chain": "ab" * 32, "origin": origin}
    scene.browser.execute_script("localStorage.setItem('pharmatrace/anchor', arguments[0])", json.dumps(other))
    card = scene.device(scene.path("GENUINE_SALEABLE"))
    assert "evidence.genesis.chain" in card.text and "red" in scene.light()

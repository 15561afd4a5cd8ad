"""The parts of the browser's verifier decide as the Python side does: bytes, signatures, trees, scans, verdicts, words."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import codec, keys, merkle, state, statetree
from chain.errors import Malformed, Refusal
from chain.statetiles import StateTree
from tests.chain.test_codec import REFUSED, VALUES
from tests.conformance import folder
from tests.verify import phrases
from tests.verify.node import ask
from trace.drugs.case import Asked, Printed
from trace.drugs.facts import Facts
from trace.drugs.marktree import MarkTree, hash_levels
from trace.drugs.plain import load
from trace.drugs.verdict import verdict
from trace.drugs.words import words_of

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


def vectors(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


def refusal(error: Malformed) -> tuple[str, str]:
    return "refused", error.code


# --- bytes -------------------------------------------------------------------------------------------------------------------


def test_canonical_json_is_decoded_as_in_python() -> None:
    rows = list(REFUSED.values())
    assert ask([["decode", data.hex()] for data, _ in rows]) == [("refused", code) for _, code in rows]


MESS = st.recursive(
    st.sampled_from(
        ["1", "-0", "1.5", "9007199254740992", "18446744073709551616", "1e3", '"a"', '"\\u0041"', '"\\ud800"', "null", '"n1"', "01"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ",".join(items) + "]")
        | st.lists(st.tuples(st.sampled_from(["a", "b", "A", "n_1", "a"]), inner), max_size=3).map(
            lambda pairs: "{" + ",".join(f'"{name}":{value}' for name, value in pairs) + "}"
        )
    ),
    max_leaves=12,
)


@settings(max_examples=5, deadline=None)
@given(st.lists(MESS, min_size=200, max_size=200))
def test_any_text_is_refused_with_the_same_code(texts: list[str]) -> None:
    expected: list[Any] = []
    for text in texts:
        try:
            expected.append(codec.decode(text.encode()))
        except Malformed as error:
            expected.append(refusal(error))
    assert ask([["decode", text.encode().hex()] for text in texts]) == expected


@settings(max_examples=3, deadline=None)
@given(st.lists(VALUES, min_size=60, max_size=60))
def test_values_have_the_same_canonical_bytes(values: list[Any]) -> None:
    expected: list[Any] = []
    for value in values:
        try:
            expected.append(codec.encode(value).hex())
        except Malformed as error:
            expected.append(refusal(error))
    assert ask([["encode", value] for value in values]) == expected
    good = [text for text in expected if isinstance(text, str)]
    assert [codec.encode(value).hex() for value in ask([["decode", text] for text in good])] == good


@settings(max_examples=3, deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=40, max_size=40), st.lists(st.text("AQgwxyz-_=+ ", max_size=9), min_size=40, max_size=40))
def test_bytes_are_hashed_and_spelt_as_in_python(blobs: list[bytes], texts: list[str]) -> None:
    assert ask([["sha256", blob.hex()] for blob in blobs]) == [hashlib.sha256(blob).hexdigest() for blob in blobs]
    assert ask([["sha512", blob.hex()] for blob in blobs]) == [hashlib.sha512(blob).hexdigest() for blob in blobs]
    spelt = [codec.encode_base64(blob) for blob in blobs]
    assert ask([["toBase64", blob.hex()] for blob in blobs]) == spelt
    expected: list[Any] = []
    for text in [*texts, *spelt]:
        try:
            expected.append(codec.decode_base64(text).hex())
        except Malformed as error:
            expected.append(refusal(error))
    assert ask([["base64", text] for text in [*texts, *spelt]]) == expected


# --- signatures --------------------------------------------------------------------------------------------------------------


def test_the_edge_vectors_are_decided_by_webcrypto_and_by_the_fallback() -> None:
    cases = vectors("ed25519_edges.json")["cases"]
    rows = [[case["key"], case["message"], case["signature"]] for case in cases]
    assert ask([["verify", *row] for row in rows]) == [case["valid"] for case in cases]
    judged = [case for case in cases if keys.encoding_problem(bytes.fromhex(case["key"])) is None and not refused_before(case["signature"])]
    found = ask([["fallback", case["key"], case["message"], case["signature"]] for case in judged])
    assert len(judged) > 15 and found == [case["valid"] for case in judged]


def refused_before(signature: str) -> bool:
    """Whether the encoding of a signature is refused before the equation is looked at."""
    data = bytes.fromhex(signature)
    order = 2**252 + 27742317777372353535851937790883648493
    return keys.encoding_problem(data[:32]) is not None or int.from_bytes(data[32:], "little") >= order


def test_keys_are_allowed_as_in_python() -> None:
    points = sorted({case["key"] for case in vectors("ed25519_edges.json")["cases"]})
    expected: list[Any] = []
    for point in points:
        try:
            keys.validate_allowed(keys.key_text(bytes.fromhex(point)))
            expected.append(None)
        except Refusal as error:
            expected.append(("refused", error.code))
    assert ask([["allowed", point] for point in points]) == expected


def test_wycheproof() -> None:
    groups = json.loads((folder("crypto") / "wycheproof" / "ed25519_test.json").read_bytes())["testGroups"]
    rows = [[group["publicKey"]["pk"], case["msg"], case["sig"], case["result"] == "valid"] for group in groups for case in group["tests"]]
    assert ask([["verify", *row[:3]] for row in rows]) == [row[3] for row in rows]
    judged = [row for row in rows if len(row[2]) == 128 and not refused_before(row[2])]
    assert ask([["fallback", *row[:3]] for row in judged]) == [row[3] for row in judged]


# --- trees -------------------------------------------------------------------------------------------------------------------


def test_inclusion_and_consistency() -> None:
    leaves = [bytes([number]) for number in range(21)]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    questions: list[list[Any]] = []
    for size in range(1, 22):
        root = merkle.root(leaves[:size]).hex()
        questions.append(["root", [leaf.hex() for leaf in leaves[:size]]])
        for index in range(size):
            path = [node.hex() for node in merkle.inclusion_path(hashes[:size], index)]
            questions.append(["inclusion", leaves[index].hex(), index, size, path, root])
        for old in range(1, size + 1):
            proof = [node.hex() for node in merkle.consistency_proof(hashes, old, size)]
            questions.append(["consistency", old, size, proof, merkle.root(leaves[:old]).hex(), root])
    answers = ask(questions)
    assert all(answer is None or question[0] == "root" for question, answer in zip(questions, answers, strict=True))
    roots = [answer for question, answer in zip(questions, answers, strict=True) if question[0] == "root"]
    assert roots == [merkle.root(leaves[:size]).hex() for size in range(1, 22)]
    wrong = [bend(question) for question in questions if question[0] != "root"]
    assert ask(wrong) == [("refused", f"merkle.{question[0]}") for question in wrong]


def bend(question: list[Any]) -> list[Any]:
    """The same proof with a hash too many."""
    return [*question[:-2], [*question[-2], "00" * 32], question[-1]] if question[0] == "inclusion" else [
        *question[:3], [*question[3], "00" * 32], *question[4:]
    ]  # fmt: skip


def test_proofs_of_a_mark_between_two_neighbours() -> None:
    marks = b"".join(sorted(hashlib.sha256(bytes([slot])).digest() + slot.to_bytes(4, "big") for slot in range(40)))
    tree = MarkTree(marks, hash_levels(marks))
    absent = [hashlib.sha256(bytes([slot])).digest() for slot in range(100, 140)] + [bytes(32), b"\xff" * 32]
    questions = []
    for mark in absent:
        proof = tree.absence(mark)
        assert proof is not None
        pair = [one and {"leaf": one.leaf.hex(), "index": one.path[0], "path": [node.hex() for node in one.path[1]]} for one in
                (proof.before, proof.after)]  # fmt: skip
        questions.append(["between", mark.hex(), *pair, 40, tree.root.hex()])
    assert set(ask(questions)) == {None}
    swapped = [["between", absent[1].hex(), *questions[0][2:]], [*questions[0][:2], None, *questions[0][3:]]]
    assert set(ask(swapped)) == {("refused", "drugs.marks.absence")}


def test_state_proofs() -> None:
    parts = [("product", "09521001001014"), ("batch", "09521001001014", "A/1 (é)*'!~"), ("run", "x", "y", 7)]
    spelt = [state.state_key(*part) for part in parts]
    assert ask([["stateKey", *part] for part in parts]) == spelt
    values = {f"thing/{number}": f'{{"n":{number}}}' for number in range(60)}
    records = {state.key_hash(key): state.value_hash(value.encode()) for key, value in values.items()}
    tree = one_tile(records)
    root = statetree.root_of(records).hex()
    for wanted in (["thing/3"], ["thing/3", "thing/77"], ["thing/99"], [f"thing/{number}" for number in range(50, 70)]):
        proof = tree(wanted)
        expected = [[key, values.get(key)] for key in wanted]
        wrong = [[expected[0][0], "{}" if expected[0][1] is None else None], *expected[1:]]
        more = {**proof, "siblings": proof["siblings"] + "A" * 43}
        answers = ask([["state", proof, root, expected], ["state", proof, root, wrong], ["state", more, root, expected]])
        assert answers == [None, ("refused", "statetree.proof"), ("refused", "statetree.proof")]


def one_tile(records: dict[bytes, bytes]) -> Any:
    """A function that proves keys in a tree over these records."""
    body = b"".join(path + value for path, value in sorted(records.items()))
    tree = StateTree(0, [(0, body)], lambda number: body)
    return lambda wanted: tree.prove_many(None, [state.key_hash(key) for key in wanted]).as_json()


# --- scans, verdicts, words --------------------------------------------------------------------------------------------------


def short(item: dict[str, Any] | None) -> dict[str, Any] | None:
    return item and {name: value for name, value in item.items() if value not in (None, False, [])}


def test_scans() -> None:
    found = vectors("scans.json")
    hosts, reference = found["hosts"], found["reference"]
    for case, answer in zip(found["read"], ask([["read", case["text"], hosts, reference] for case in found["read"]]), strict=True):
        for name in ("candidates", "alternatives"):
            answer[name] = [short(item) for item in answer[name]]
        assert answer == {name: case[name] for name in answer}, case["why"]
    questions = [["resolve", case["text"], hosts, reference, case["known"]] for case in found["resolve"]]
    for case, answer in zip(found["resolve"], ask(questions), strict=True):
        assert (short(answer[0]), answer[1]) == (case["item"], case["diagnosis"]), case["why"]


def cases_of_verdicts() -> tuple[list[dict[str, Any]], list[tuple[Any, Any, Any]]]:
    """The cases, and the facts, printed and asked of each."""
    found = vectors("verdict.json")
    return found["cases"], [
        tuple(changed(found[name], case.get(name, {})) for name in ("facts", "printed", "asked")) for case in found["cases"]
    ]


def changed(value: Any, changes: dict[str, Any]) -> Any:
    """A copy in which paths such as `run.state` have other values."""
    copy = json.loads(json.dumps(value))
    for path, new in changes.items():
        *way, last = path.split(".")
        place = copy
        for name in way:
            place = place[name]
        place[last] = new
    return copy


def test_verdicts() -> None:
    cases, inputs = cases_of_verdicts()
    for case, answer in zip(cases, ask([["verdict", *each] for each in inputs]), strict=True):
        expected = {name: value for name, value in case["verdict"].items() if name not in ("cbv", "emvs", "dscsa")}
        assert answer == expected, case["name"]


def test_verdicts_in_words() -> None:
    cases, inputs = cases_of_verdicts()
    params: dict[str, Any] = {"left": 3, "received": 9, "site": "9521006000180", "names": {"zh": "示例", "en": "Example"}}
    questions, expected = [], []
    for case, (facts, printed, asked) in zip(cases, inputs, strict=True):
        found = verdict(load(Facts, facts), load(Printed, printed), load(Asked, asked))
        for values in ({}, params):
            questions.append(["words", case["verdict"], asked["viewer"], values])
            expected.append(words_of(found, asked["viewer"], values))
    assert ask(questions) == expected


def test_the_phrases_of_the_browser_are_those_of_python() -> None:
    assert phrases.TARGET.read_text("utf-8") == phrases.module(), "write them anew: python -m tests.verify.phrases"


@pytest.mark.parametrize("text", ["", "]", "01", "https://", "\ud83d\ude00" * 3, "0" * 2001])
def test_any_text_reads(text: str) -> None:
    found = ask([["read", text, [], 2026]])[0]
    assert found["diagnosis"] in ("NOT_A_MEDICINE_CODE", "SCANNER_FAULT", "NO_SERIAL")


# --- addresses ---------------------------------------------------------------------------------------------------------------

SIGNS = list("ABZabz019-._~%/?&=+#: 25")
"""What parts of addresses are made of here."""
LOOSE = st.text(st.sampled_from(SIGNS), max_size=8)
WORDS = ["01", "10", "21", "22", "17", "09521001001014", "19521001001011", "EX2601A", "MYT1HH3K", "%2F", ""]
ELEMENTS = ["17=281124", "17=281100", "17=281332", "as=pharmacy", "at=9521006000180", "11=250101", "lang=en", "since=4", "17=", "&"]
HOSTS = ["", "https://example.org", "http://localhost:8080", "HTTPS://Example.org"]
ADDRESSES = st.tuples(
    st.sampled_from(HOSTS), st.lists(st.sampled_from(WORDS) | LOOSE, max_size=8), st.lists(st.sampled_from(ELEMENTS) | LOOSE, max_size=4)
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ADDRESSES, min_size=20, max_size=20))
def test_an_address_is_read_as_by_the_reader_of_all_forms_or_not_at_all(rows: list[tuple[str, list[str], list[str]]]) -> None:
    good = ["01", "09521001001014"]
    texts = [f"{host}/{'/'.join(parts)}?{'&'.join(query)}" for host, parts, query in rows]
    texts += [f"{host}/{'/'.join(good + parts)}{'?' * bool(query)}{'&'.join(query)}" for host, parts, query in rows]
    for text, (quick, whole) in zip(texts, ask([["address", text] for text in texts]), strict=True):
        assert quick is None or quick == whole, text


def test_plain_addresses_are_read() -> None:
    start = "https://example.org/01/09521001001014"
    for text, lot, serial, expiry in (
        (f"{start}/10/EX2601A/21/MYT1HH3KFWJ71BPR?17=281124&as=pharmacy&at=9521006000180", "EX2601A", "MYT1HH3KFWJ71BPR", "2028-11-24"),
        (f"{start}/10/A%2F1?17=281100", "A/1", None, "2028-11-30"),
        (f"{start}/21/1?lang=en", None, "1", None),
        ("/01/09521001001014", None, None, None),
    ):
        quick, whole = ask([["address", text]])[0]
        assert quick == whole and (quick["lot"], quick["serial"], quick["expiry"]) == (lot, serial, expiry), text

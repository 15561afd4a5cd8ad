"""The witness process and the node that asks it, joined without a network."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chain import anchor, attesters, checkpoint, notes
from chain.anchor import Anchor
from chain.checkpoint import Policy
from chain.errors import Fault, Malformed
from chain.keys import SigningKey
from chain.node import Node
from chain.notes import NoteKey
from chain.store.memory import MemoryStore
from chain.tlogpolicy import Witnesses
from chain.witness import REQUEST_LIMIT, Log, Witness
from tests.chain import toy
from tests.chain.test_attesting import alone, certified
from trace.anchoring import Anchors
from trace.cosigning import Submitter, read_witnesses
from trace.witnessing import EVIDENCE_KEPT, Application, FolderHeads, logs_of, own_key

Send = Callable[[str, bytes], tuple[int, str, bytes]]


def call(application: Application, body: bytes = b"", method: str = "POST", path: str = "/add-checkpoint") -> tuple[int, str, bytes]:
    """A request as a WSGI server would make it."""
    started: list[Any] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "wsgi.input": io.BytesIO(body)}
    content = b"".join(application(environ, lambda status, headers: started.extend((status, dict(headers)))))
    return int(started[0][:3]), started[1]["Content-Type"], content


def to(application: Application) -> Send:
    return lambda url, body: call(application, body)


@pytest.fixture
def node() -> Node:
    found = alone()
    step(found, 4)
    return found


def step(node: Node, blocks: int = 1) -> None:
    for _ in range(blocks):
        toy.advance(node)
        node.mine()
        node.pump()


def anchor_of(node: Node) -> bytes:
    members = tuple(dict(member) for member in attesters.entry(node.view())["members"])
    return anchor.encode(Anchor(node.name, node.chain, 0, members, certified(node).checkpoint, node.clock.now(), Policy(0, ())))


@pytest.fixture
def heads(tmp_path: Path) -> Iterator[FolderHeads]:
    found = FolderHeads(tmp_path / "witness")
    yield found
    found.close()


def application(node: Node, heads: FolderHeads, name: str = "witness.example/1") -> Application:
    return Application(Witness(name, SigningKey.from_seed(name.encode().ljust(32)), logs_of([anchor_of(node)], ()), heads), node.clock)


def key_of(name: str) -> NoteKey:
    return NoteKey(name, notes.COSIGNATURE, SigningKey.from_seed(name.encode().ljust(32)).public)


def asking(node: Node, *applications: tuple[str, Application]) -> Submitter:
    urls = {key_of(name): f"http://{name}" for name, _ in applications}
    by_url = {f"http://{name}/add-checkpoint": found for name, found in applications}
    k = len(urls) // 2 + 1
    return Submitter(node, Witnesses(Policy(k, tuple(urls)), urls), lambda url, body: call(by_url[url], body))


def witnesses_in(node: Node) -> int:
    return len(checkpoint.judge(certified(node).signed, attesters.entry(node.view())["members"], node.policy).witnesses)


def test_a_node_gets_its_checkpoints_witnessed(node: Node, heads: FolderHeads) -> None:
    submitter = asking(node, ("witness.example/1", application(node, heads)))
    submitter.look()
    assert witnesses_in(node) == 1
    for _ in range(5):
        step(node)
        submitter.look()
        assert witnesses_in(node) == 1 and certified(node).checkpoint.height == node.final_height
    assert not any(each.failed for each in submitter.asked)


def test_a_checkpoint_is_published_when_its_witnesses_have_signed(node: Node, heads: FolderHeads) -> None:
    submitter = asking(node, ("witness.example/1", application(node, heads)))
    submitter.look()
    before = certified(node).checkpoint
    step(node, 3)
    assert certified(node).checkpoint == before and node.final_height == before.height + 3
    node.prove_certified(["consensus/set"])
    submitter.look()
    assert certified(node).checkpoint.height == node.final_height


def test_a_witness_that_is_away_does_not_stop_checkpoints(node: Node, heads: FolderHeads) -> None:
    submitter = asking(node, ("witness.example/1", application(node, heads)))
    submitter.look()
    before = certified(node).checkpoint
    step(node, 12)
    assert certified(node).checkpoint.size > before.size
    node.prove_certified(["consensus/set"])


def test_a_minute_later_the_witness_signs_again(node: Node, heads: FolderHeads) -> None:
    submitter = asking(node, ("witness.example/1", application(node, heads)))

    def time() -> int:
        return max(checkpoint.judge(certified(node).signed, (), node.policy).witnesses.values())

    submitter.look()
    first = time()
    toy.advance(node, 61_000)
    node.pump()
    submitter.look()
    assert time() == first + 61


def test_a_node_learns_what_the_witness_has(node: Node, heads: FolderHeads) -> None:
    app = application(node, heads)
    asking(node, ("witness.example/1", app)).look()
    step(node, 2)
    again = asking(node, ("witness.example/1", app))
    again.look()
    assert again.asked[0].size == node.final_height + 1 and witnesses_in(node) == 1


@pytest.mark.parametrize("answer", [(200, "text/plain", b""), (200, "text/plain", b"\xff"), (200, "text/plain", "— x AAAAAAA=\n".encode()),
                                    (409, "text/plain", b"1\n"), (409, "text/x.tlog.size", b"x\n"), (409, "text/x.tlog.size", b"99999\n"),
                                    (500, "text/html", b"<html>")])  # fmt: skip
def test_bad_answers_of_a_witness_change_nothing(node: Node, answer: tuple[int, str, bytes]) -> None:
    key = key_of("witness.example/1")
    submitter = Submitter(node, Witnesses(Policy(1, (key,)), {key: "http://x"}), lambda url, body: answer)
    before = certified(node)
    submitter.look()
    assert certified(node) == before and submitter.asked[0].failed
    submitter.look()


def test_two_histories_for_two_phones_get_one_witness(node: Node, heads: FolderHeads) -> None:
    """An operator that shows two ledgers gets its second head refused, and the two notes lie there as evidence."""
    app = application(node, heads)
    asking(node, ("witness.example/1", app)).look()
    fork = alone()
    step(fork, 2)
    toy.advance(fork, 500)
    step(fork, 2)
    assert certified(fork).checkpoint.size == certified(node).checkpoint.size
    submitter = asking(fork, ("witness.example/1", app))
    submitter.look()
    assert witnesses_in(fork) == 0
    assert len(list((heads._folder / "evidence").iterdir())) == 1


# --- the process -----------------------------------------------------------------------------------------------------------------


def test_other_requests_are_answered_too(node: Node, heads: FolderHeads) -> None:
    app = application(node, heads)
    assert call(app, method="GET", path="/") == (200, "text/plain; charset=utf-8", f"{app.key}\n".encode())
    assert call(app, method="HEAD", path="/")[2] == b""
    assert call(app, path="/other")[0] == 404
    assert call(app, method="GET")[0] == 405
    assert call(app, bytes(REQUEST_LIMIT + 1))[0] == 413
    assert call(app, b"nothing")[0] == 400


def test_heads_survive_a_restart_and_damage_is_noticed(tmp_path: Path, node: Node) -> None:
    folder = tmp_path / "w"
    first = FolderHeads(folder)
    asking(node, ("witness.example/1", application(node, first))).look()
    with pytest.raises(Fault, match=r"witness\.folder"):
        FolderHeads(folder)
    first.close()
    second = FolderHeads(folder)
    stored = second.get(node.origin)
    assert stored is not None and checkpoint.parse(stored)[0] == certified(node).checkpoint
    (path,) = (folder / "heads").iterdir()
    for damage in (b"", stored[:-9], stored.replace(b"/", b"-", 1)):
        path.write_bytes(damage)
        with pytest.raises(Fault, match=r"witness\.folder"):
            second.get(node.origin)
        assert call(application(node, second), b"old 0\n\n" + certified(node).note)[0] == 503
    second.close()


def test_evidence_is_kept_within_bounds(heads: FolderHeads) -> None:
    for number in range(EVIDENCE_KEPT + 5):
        heads.accuse(b"a\n", f"{number}\n".encode())
    assert len(list((heads._folder / "evidence").iterdir())) == EVIDENCE_KEPT


def test_a_witness_makes_its_key_once(tmp_path: Path) -> None:
    assert own_key(tmp_path / "w").text == own_key(tmp_path / "w").text
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "w").iterdir()} == {0o600}


def test_a_witness_has_to_know_its_logs(node: Node) -> None:
    with pytest.raises(Fault, match=r"witness\.logs"):
        logs_of([], [])
    own = NoteKey(node.origin, notes.ED25519, key_of("x").public).text
    assert list(logs_of([], [own])) == [node.origin]
    assert len(logs_of([], [own, NoteKey(node.origin, notes.ED25519, key_of("y").public).text])[node.origin].keys) == 2
    with pytest.raises(Malformed):
        logs_of([anchor_of(node)], [own])
    assert isinstance(logs_of([anchor_of(node)], [])[node.origin], Log)


def test_the_setting_names_a_policy_file(tmp_path: Path) -> None:
    assert read_witnesses("") is None
    (tmp_path / "policy").write_text(f"witness W {key_of('w').text} http://w.example\nquorum W\n")
    found = read_witnesses(str(tmp_path / "policy"))
    assert found is not None and found.policy.k == 1
    with pytest.raises(Fault, match=r"config\.setting"):
        read_witnesses(str(tmp_path / "none"))


# --- anchors ---------------------------------------------------------------------------------------------------------------------


def test_an_anchor_is_made_once_and_renewed_when_it_must_be(tmp_path: Path, node: Node) -> None:
    held = Anchors(tmp_path / "anchors")
    first = held.renew(node)
    assert first is not None and first.checkpoint == certified(node).checkpoint
    step(node)
    assert held.renew(node) == first == Anchors(tmp_path / "anchors").newest() == held.get(first.hash)
    node.policy = Policy(1, (key_of("w"),))
    second = held.renew(node)
    assert second is not None and second.witnesses.k == 1
    toy.advance(node, 91 * anchor.DAY_MS)
    third = held.renew(node)
    assert held.all() == [third, second, first]
    (tmp_path / "anchors" / f"{first.hash.hex()}.json").write_bytes(b"{}")
    assert held.get(first.hash) is None and held.get(bytes(32)) is None


def test_without_a_checkpoint_there_is_no_anchor(tmp_path: Path) -> None:
    assert Anchors(tmp_path / "anchors").renew(toy.start(MemoryStore())) is None

"""The data folder: founding, opening, one writer, the loop that mines, serial files."""

import shutil
from pathlib import Path

import orjson
import pytest

from chain.errors import Fault, Malformed
from chain.keys import SigningKey
from chain.node import Operator
from trace.config import load
from trace.demo.build import KEY_SOURCE_FILE, VISITORS_OPEN_WITH
from trace.demo.keyring import Keyring
from trace.demo.world import EXAMPLAMOL, SOUTH
from trace.ledger import create_ledger, genesis_document, open_ledger
from trace.operatorkeys import read_passphrase, write_operator
from trace.signer import Content, Signer, wait_until

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "genesis.example.json"


@pytest.fixture
def demo(built_demo: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built_demo, tmp_path / "demo"))


def test_the_example_genesis_founds_a_ledger(tmp_path: Path) -> None:
    document = orjson.loads(EXAMPLE.read_bytes())
    chain = create_ledger(tmp_path / "node", document)
    with open_ledger(tmp_path / "node") as ledger:
        assert ledger.node.chain == chain and ledger.node.operator is None
        assert genesis_document(ledger.node) == document and ledger.operator == "示例药监局 / Example Medicines Agency"


def test_a_bad_genesis_founds_nothing(tmp_path: Path) -> None:
    document = {**orjson.loads(EXAMPLE.read_bytes()), "start": "yesterday"}
    with pytest.raises(Malformed, match="genesis.field"):
        create_ledger(tmp_path / "node", document)
    assert not (tmp_path / "node").exists()


def test_a_ledger_is_not_founded_twice(demo: Path) -> None:
    with pytest.raises(Fault, match="ledger.exists"):
        create_ledger(demo, orjson.loads(EXAMPLE.read_bytes()))


def test_one_writer_many_readers(demo: Path) -> None:
    with open_ledger(demo) as writer:
        with pytest.raises(Fault, match="ledger.busy"):
            open_ledger(demo)
        with open_ledger(demo, writing=False) as reader:
            assert reader.node.tip.id == writer.node.tip.id and reader.node.operator is None
    with open_ledger(demo) as again:
        assert again.node.operator is not None


def test_a_folder_that_cannot_be_opened_is_free_again(demo: Path) -> None:
    secret = demo / "keys" / "operator.passphrase"
    right = secret.read_text()
    secret.write_text("wrong\n")
    with pytest.raises(Fault, match="keys.passphrase"):
        open_ledger(demo)
    secret.write_text(right)
    with open_ledger(demo) as ledger:
        assert ledger.node.operator is not None


def test_the_loop_mines_what_waits_and_makes_it_final(demo: Path) -> None:
    ring = Keyring((demo / KEY_SOURCE_FILE).read_bytes())
    with open_ledger(demo) as ledger:
        ledger.start()
        desk = Signer(ledger.node, ring.key("south/desk"))
        receipt = desk.send(Content("drugs.loosen", {"site": SOUTH, "gtin": EXAMPLAMOL, "lot": "EX2603D", "ranges": [[0, 10]]}))
        assert receipt.level == "stored"
        position = wait_until(ledger.node, receipt.id, "final")
        assert position >> 24 <= ledger.node.final_height


def test_numbers_of_one_key_go_on_after_a_restart(demo: Path) -> None:
    ring = Keyring((demo / KEY_SOURCE_FILE).read_bytes())
    for start in (0, 20):
        with open_ledger(demo) as ledger:
            desk = Signer(ledger.node, ring.key("south/desk"))
            for first in (start, start + 10):
                body = {"site": SOUTH, "gtin": EXAMPLAMOL, "lot": "EX2603D", "ranges": [[first, first + 5]]}
                desk.send(Content("drugs.loosen", body))
    with open_ledger(demo) as ledger:
        assert ledger.node.waiting == 4
        ledger.node.mine()
        assert ledger.node.waiting == 0


def test_serial_files_are_for_their_owner_and_written_once(demo: Path) -> None:
    with open_ledger(demo) as ledger:
        path = ledger.write_serials(EXAMPLAMOL, "../a/..", ["AAA", "BBB"])
        assert path.parent == demo / "serials" / EXAMPLAMOL and path.stat().st_mode & 0o777 == 0o600
        assert ledger.read_serials(EXAMPLAMOL, "../a/..") == ["AAA", "BBB"]
        with pytest.raises(Fault, match="ledger.serials"):
            ledger.write_serials(EXAMPLAMOL, "../a/..", ["CCC"])
        with pytest.raises(Fault, match="ledger.serials"):
            ledger.read_serials(EXAMPLAMOL, "none")


def test_the_operator_s_passphrase_may_lie_elsewhere(demo: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "secret"
    (demo / "keys" / "operator.passphrase").rename(elsewhere)
    with pytest.raises(Fault, match="keys.passphrase"):
        open_ledger(demo)
    with open_ledger(demo, settings=load({"passphrase_file": str(elsewhere)}, {})) as ledger:
        assert ledger.node.operator is not None


def test_keys_of_an_operator_are_kept_for_their_owner(tmp_path: Path) -> None:
    operator = Operator(SigningKey.generate(), SigningKey.generate(), SigningKey.generate())
    write_operator(tmp_path / "keys", operator, VISITORS_OPEN_WITH)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert read_passphrase(tmp_path / "keys" / "operator.passphrase") == VISITORS_OPEN_WITH

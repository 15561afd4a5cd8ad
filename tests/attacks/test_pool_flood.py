"""The attacker floods the pool with good transactions of one key, or of many keys of one party. Keys and parties have quotas, looked up
before any signature, and all waiting transactions together have a limit in bytes."""

import pytest

from chain import peers, pool
from tests.attacks.peer import Stage, carrier
from tests.chain.team import key


def test_beyond_the_share_of_a_key_nothing_is_taken(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "KEY_LIMIT", 50)
    assert stage.send(*(carrier(stage.evil.transaction(number, name=f"n{number}")) for number in range(50))) == {}
    assert stage.node.waiting == 50
    stage.assert_kept_out("chain.pool.key", lambda number: carrier(stage.evil.transaction(60 + number)), signatures=0)


def test_beyond_the_share_of_a_party_nothing_is_taken(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "PARTY_LIMIT", 50)
    signers = [key(f"device {number}") for number in range(200)]
    items = [stage.evil.transaction(0, name=f"n{number}", signer=signer) for number, signer in enumerate(signers)]
    assert stage.send(*map(carrier, items[:50])) == {}
    verified = stage.verified
    assert stage.send(*map(carrier, items[50:])) == {"chain.pool.party": 150}
    assert stage.node.waiting == 50 and stage.verified == verified and stage.peer.score == peers.REFUSALS_LIMIT


def test_the_bytes_of_the_pool_are_bounded(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(pool, "BYTE_LIMIT", 20_000)
        codes = stage.send(*(carrier(stage.evil.transaction(number, name=f"n{number}")) for number in range(90)))
        assert stage.node._pool.size <= 20_000 and set(codes) <= {"chain.pool.full"}
    assert stage.node.waiting == len(stage.node._candidate.items)
    stage.assert_calm()

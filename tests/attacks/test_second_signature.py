"""The attacker, who owns the key, signs one transaction twice (another nonce) and wants it to count twice, or two nodes to have different
transactions under one id. The id does not depend on the signature; a block commits to the one that it carries."""

import hashlib
from dataclasses import replace

from chain import codec, keys
from chain.transactions import Transaction
from tests.attacks.peer import Stage, carrier, travelling
from tests.chain import edwards
from tests.chain.toy import OTHER


def signed_again(item: Transaction) -> Transaction:
    """The same envelope under a second good signature of its key."""
    digest, message = hashlib.sha512(OTHER.seed).digest(), codec.domain("tx/v1") + item.envelope
    secret = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    commitment = (12345 * edwards.BASE).encode()
    number = (12345 + edwards.challenge(commitment, OTHER.public, message) * secret) % edwards.L
    return replace(item, signatures=(commitment + number.to_bytes(32, "little"),))


def test_a_second_signature_is_the_same_transaction(stage: Stage) -> None:
    item = stage.evil.transaction()
    again = signed_again(item)
    assert again.leaf != item.leaf and keys.verify(OTHER.text, codec.domain("tx/v1") + item.envelope, again.signatures[0])
    assert stage.send(carrier(item), carrier(again)) == {}
    assert stage.node.waiting == 1
    block = stage.evil.forge(items=[again])
    assert stage.send(("block", travelling(block))) == {}
    assert stage.node.tip.id == block.header.id and stage.node.waiting == 0
    assert stage.send(carrier(item)) == {} and stage.node.waiting == 0
    stage.assert_calm()

"""The attacker wants to sign for somebody else. The signature is checked under the key that the envelope names."""

from dataclasses import replace

from chain import codec
from tests.attacks.peer import Stage, carrier
from tests.chain.toy import USER


def test_the_signature_of_another_key_is_refused(stage: Stage) -> None:
    item = stage.evil.transaction()
    forged = USER.sign(codec.domain("tx/v1") + item.envelope)
    stage.assert_refused("chain.tx.signature", lambda number: carrier(replace(item, signatures=(forged,))))

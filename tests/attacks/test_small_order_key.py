"""The attacker wants a key under which any signature holds. Keys of small order are no keys."""

import json
from dataclasses import replace

from chain import codec, keys
from tests.attacks.peer import Stage, carrier


def test_a_key_of_small_order_is_refused(stage: Stage) -> None:
    item = stage.evil.transaction()
    identity = keys.key_text(b"\1" + bytes(31))
    envelope = codec.encode({**json.loads(item.envelope), "by": identity})
    forged = replace(item, envelope=envelope, by=identity, signatures=(b"\1" + bytes(63),))
    stage.assert_refused("chain.key.forbidden", lambda number: carrier(forged), signatures=0)

"""Conditions under which nodes run in a simulation: one thread, small flushes, and no work done twice."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from unittest.mock import patch

from chain import base, checking, finality, keys, transactions

FLUSH_ENTRIES = 25
"""State entries after which nodes flush here: often, so that crashes meet flushes."""

_verify = lru_cache(maxsize=200_000)(keys.verify)
_parse = lru_cache(maxsize=20_000)(transactions.parse)
_decode_votes = lru_cache(maxsize=5_000)(finality.decode_votes)
_decode_delta = lru_cache(maxsize=2_000)(base.decode_delta)


def _on_this_thread() -> checking.Checker:
    return checking.Checker(0)


@contextmanager
def laboratory() -> Iterator[None]:
    """Nodes of one thread: no worker processes. What pure functions (signatures, decoding) have answered to one node they answer to the
    others from memory."""
    with ExitStack() as stack:
        stack.enter_context(patch("chain.keys.verify", _verify))
        stack.enter_context(patch("chain.transactions.parse", _parse))
        stack.enter_context(patch("chain.finality.decode_votes", _decode_votes))
        stack.enter_context(patch("chain.base.decode_delta", _decode_delta))
        stack.enter_context(patch("chain.keys.self_test", lambda: None))
        stack.enter_context(patch("chain.codec.self_test", lambda: None))
        stack.enter_context(patch("chain.growth.FLUSH_ENTRIES", FLUSH_ENTRIES))
        stack.enter_context(patch("chain.node.Checker", _on_this_thread))
        stack.enter_context(_quiet())
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Nodes tell their operator of full disks; here nobody reads it."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)

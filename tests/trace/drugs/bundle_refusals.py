"""Cases of evidence that is refused, step by step, and of gaps."""

from collections.abc import Iterator

from tests.trace.drugs.bundle_changes import Case
from tests.trace.drugs.bundle_goods import Goods


def refusals(goods: Goods) -> Iterator[Case]:
    """The cases."""
    yield from ()

"""A raw element string whose separators were lost: all ways of cutting it into good pieces (DOMAIN §10.2 rank 2)."""

from collections.abc import Iterator

from trace.gs1.elements import SEPARATOR, Elements
from trace.gs1.errors import CodeError
from trace.gs1.identifiers import IDENTIFIERS, validate_value

SPLIT_IDENTIFIERS = ("01", "10", "11", "17", "21", "240", "710", "711", "712", "713", "714", "715", "716", "717")
"""Identifiers after which, and before which, a medicine's code is cut: with all of them every pair of digits would be a border."""
MOST_SPLITS = 12
"""Ways of cutting that are handed on; a code with more is beyond guessing."""
MOST_STEPS = 4000
"""Steps of the search, so that no text makes it long."""
LONGEST_SPLIT = 160
"""Characters up to which a text is cut."""


def splits(text: str) -> list[Elements]:
    """The ways of cutting that give GTIN and serial with at least one lost separator; those with most elements first."""
    text = text.removeprefix(SEPARATOR)
    if len(text) > LONGEST_SPLIT:
        return []
    budget = [MOST_STEPS]
    found = [cut for cut in _cuts(text, frozenset(), budget) if {"01", "21"} <= {number for number, _ in cut}]
    found.sort(key=lambda cut: -len(cut))
    return found[:MOST_SPLITS]


def _cuts(text: str, used: frozenset[str], budget: list[int]) -> Iterator[Elements]:
    """All ways of reading `text` as elements whose identifiers are not among `used`."""
    if not text:
        yield ()
        return
    number = next((one for one in SPLIT_IDENTIFIERS if text.startswith(one) and one not in used), None)
    if number is None:
        return
    for end in _ends(number, text):
        budget[0] -= 1
        if budget[0] < 0:
            return
        value = text[len(number) : end]
        if _fits(number, value):
            for rest in _cuts(text[end:].removeprefix(SEPARATOR), used | {number}, budget):
                yield ((number, value), *rest)


def _ends(number: str, text: str) -> Iterator[int]:
    """Where the value of `number` may end: after its fixed length, or before an identifier, a separator or the end."""
    identifier, start = IDENTIFIERS[number], len(number)
    for end in range(start + identifier.least, min(start + identifier.most, len(text)) + 1):
        if end == len(text) or text[end] == SEPARATOR or any(text.startswith(one, end) for one in SPLIT_IDENTIFIERS):
            yield end
        if end < len(text) and text[end] == SEPARATOR:
            return


def _fits(number: str, value: str) -> bool:
    try:
        validate_value(number, value)
    except CodeError:
        return False
    return True

"""Hypothesis strategies for the state tree: paths that lie apart, and paths that agree in many bits, as an attacker would grind them."""

from hypothesis import strategies as st

HASHES = st.binary(min_size=32, max_size=32)
"""Any hash."""
_LAST_BITS = st.integers(0, 15).map(lambda number: number.to_bytes(32, "big"))
_FIRST_BITS = st.integers(0, 255).map(lambda number: bytes([number]) + bytes(31))
_MIDDLE_BITS = st.tuples(st.integers(0, 31), st.integers(0, 7)).map(lambda place: (1 << (8 * place[0] + place[1])).to_bytes(32, "big"))
PATHS = HASHES | _LAST_BITS | _FIRST_BITS | _MIDDLE_BITS
"""Paths of entries."""
ENTRIES = st.dictionaries(PATHS, HASHES, max_size=24)
"""A state: path -> hash of the value."""
CHANGES = st.dictionaries(PATHS, st.none() | HASHES, max_size=12)
"""Changes of a state; None deletes."""

"""Block 0: what a genesis document must say of the chain itself, and the state that it founds (PROTOCOL §4).

The application reads the rest (markets, regulators). The chain's own entries are `consensus/parameters`, `/rules`, `/set`, `/miners`.
"""

from collections.abc import Mapping
from typing import Any

from chain import attesters, blocks, keys, rules, state, statetree, work
from chain.errors import Malformed
from chain.interfaces import Application, BlockRecord, Value

INTERVAL_RANGE_MS = (100, 600_000)
"""Sensible times between blocks."""
MEMBER_LIMIT = 24
"""Miners named in a genesis document: `consensus/miners` is one state value of at most 4 KiB."""


def validate_document(document: Value) -> None:
    """The chain's part of the document: name, start, parameters, attesters, miners. Raises Malformed `genesis.field` naming it."""
    _expect(isinstance(document.get("name"), str) and 1 <= len(document["name"]) <= 60, "name", "1 to 60 characters")
    _expect(_natural(document.get("start")), "start", "milliseconds since 1970")
    parameters: Any = document.get("parameters")
    _expect(isinstance(parameters, dict) and set(parameters) == {"interval_ms", "floor", "vote_every"}, "parameters", "its three fields")
    low, high = INTERVAL_RANGE_MS
    _expect(_natural(parameters["interval_ms"]) and low <= parameters["interval_ms"] <= high, "interval_ms", f"{low} to {high}")
    _expect(_natural(parameters["vote_every"]) and 1 <= parameters["vote_every"] <= 1_000, "vote_every", "1 to 1000")
    _expect(_natural(parameters["floor"]), "floor", "a compact target")
    work.target_of(parameters["floor"])
    _validate_members(document.get("attesters"), "attesters", ("party", "vote", "note"))
    _validate_members(document.get("miners"), "miners", ("party", "key"))


def _validate_members(members: Any, field: str, names: tuple[str, ...]) -> None:
    limit = attesters.ATTESTER_LIMIT if field == "attesters" else MEMBER_LIMIT
    _expect(isinstance(members, list) and 1 <= len(members) <= limit, field, f"1 to {limit} members")
    for member in members:
        _expect(isinstance(member, dict) and set(member) == set(names), field, f"objects with {', '.join(names)}")
        _expect(attesters.is_party(member["party"]), field, "a party's GLN")
        for name in names[1:]:
            _expect(keys.is_key_text(member[name]), field, f"a key as {name}")
            keys.validate_allowed(member[name])
    for name in names if field == "attesters" else ("key",):
        _expect(len({member[name] for member in members}) == len(members), field, f"each {name} once")


def _natural(value: Any) -> bool:
    return type(value) is int and value >= 0


def _expect(good: bool, field: str, expected: str) -> None:
    if not good:
        raise Malformed("genesis.field", expected, "something else", field=field)


def found_state(document: Value, application: Application) -> dict[str, Value]:
    """Every entry of the state at block 0. Raises Malformed."""
    validate_document(document)
    return {
        **application.genesis(document),
        "consensus/parameters": document["parameters"],
        "consensus/rules": {"versions": [{"from_height": 0, "rules": rules.RULES}]},
        "consensus/set": {"epoch": 0, "from_height": 0, "members": document["attesters"], "next": None},
        "consensus/miners": {"members": document["miners"]},
    }


def found(document: Value, application: Application) -> tuple[BlockRecord, Mapping[str, bytes]]:
    """Block 0 and the canonical values of its state. Raises Malformed."""
    encoded = state.encode_changes(found_state(document, application))
    changes = {path: value for path, value in state.tree_changes(encoded).items() if value is not None}
    return blocks.genesis(document, statetree.root_of(changes)), encoded

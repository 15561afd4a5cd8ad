"""The genesis document: what it founds, and every way in which it can be wrong."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import Malformed
from tests.trace.world import AGENCY, BRIDGE, SECOND_AGENCY, START, genesis_document, gln, names, signing_key
from trace.parties import queries
from trace.registry import Application


def found(document: Any) -> dict[str, Any]:
    return dict(Application().genesis(document))


def test_genesis_founds_markets_regulators_and_keys() -> None:
    document = genesis_document()
    office = {"gln": AGENCY, "kind": "office", "names": names("office"), "region": "East"}
    document["regulators"][0]["sites"] = [office]
    values = found(document)
    assert set(values) == {
        "market/CN", "market/XE", f"party/{AGENCY}", f"party/{SECOND_AGENCY}", f"site/{AGENCY}", f"sites/{AGENCY}/{AGENCY}",
        *(queries.key_key(signing_key(name).text) for name in ("agency/admin", "second/admin")),
        queries.key_index(AGENCY, "admin", signing_key("agency/admin").text),
        queries.key_index(SECOND_AGENCY, "admin", signing_key("second/admin").text),
    }  # fmt: skip
    assert values["market/CN"]["regulators"] == [AGENCY]
    assert values["market/XE"]["regulators"] == [AGENCY, SECOND_AGENCY]
    assert values["market/XE"]["destroy_witness"] == "disposal"
    party = values[f"party/{AGENCY}"]
    assert party["roles"] == [{"role": "regulator", "licence": "genesis", "from": "2026-01-01", "until": None}]
    assert (party["country"], party["history"]["n"]) == ("CN", 0)
    key = values[queries.key_key(signing_key("agency/admin").text)]
    assert (key["from"], key["until"], key["scope"]["kinds"]) == (START, None, ["parties.*", "drugs.*"])


OTHER = gln("952109900001")


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        (("name",), KeyError, "name"),
        (("extra",), 1, "extra"),
        (("governance",), {"k": 2, "n": 1}, "governance"),
        (("governance",), {"k": 0, "n": 1}, "governance.k"),
        (("markets",), [], "markets"),
        (("markets", 0, "code"), "cn", "markets[0].code"),
        (("markets", 0, "code"), "XE", "markets"),
        (("markets", 0, "code"), "ZZ", "regulators"),
        (("markets", 0, "offset_minutes"), 841, "markets[0].offset_minutes"),
        (("markets", 0, "custody"), "loose", "markets[0].custody"),
        (("markets", 0, "recall_hours"), {"1": 1, "2": 2}, "markets[0].recall_hours.3"),
        (("markets", 0, "colour"), 1, "markets[0].colour"),
        (("regulators", 0, "gln"), "9521000000019", "regulators[0].gln"),
        (("regulators", 0, "gln"), SECOND_AGENCY, "regulators"),
        (("regulators", 0, "markets"), ["CN", "XE", "ZZ"], "regulators"),
        (("regulators", 0, "markets"), ["XE"], "regulators"),
        (("regulators", 0, "admin"), "ed25519:AQ" + "A" * 41, "regulators"),
        (("regulators", 0, "admin"), signing_key("second/admin").text, "regulators"),
        (("regulators", 0, "seal"), signing_key("second/admin").text, "regulators[0].seal"),
        (("regulators", 0, "sites"), [{"gln": SECOND_AGENCY, "kind": "office", "names": names("x"), "region": "x"}], "regulators"),
        (("regulators", 0, "sites"), [{"gln": "9521000000019", "kind": "office", "names": names("x"), "region": "x"}], "regulators"),
        (
            ("regulators", 0, "sites"),
            [{"gln": BRIDGE, "kind": kind, "names": names("x"), "region": "x"} for kind in ("office", "shop")],
            "regulators",
        ),
    ],
)
def test_faults_are_named(place: tuple[str | int, ...], value: Any, field: str) -> None:
    document = genesis_document()
    inner: Any = document
    for step in place[:-1]:
        inner = inner[step]
    if value is KeyError:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    with pytest.raises(Malformed) as caught:
        found(document)
    assert (caught.value.code, caught.value.field) == ("genesis.field", field)


@given(st.dictionaries(st.sampled_from(sorted(genesis_document())), st.none() | st.lists(st.integers(), max_size=2) | st.text(max_size=3)))
def test_any_document_founds_or_is_malformed(changed: dict[str, Any]) -> None:
    try:
        found({**genesis_document(), **changed, "start": START})
    except Malformed as error:
        assert error.code == "genesis.field"

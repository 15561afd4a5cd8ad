"""Settings: option over environment over default, and clear refusals."""

from ipaddress import IPv4Address

import pytest

from chain.errors import Fault
from trace import config


def test_defaults_hold_when_nobody_says_anything() -> None:
    settings = config.load({}, {})
    assert {name: settings.values[name] for name in config.BY_NAME} == {setting.name: setting.default for setting in config.SETTINGS}


def test_option_wins_over_environment_wins_over_default() -> None:
    environment = {"PHARMATRACE_PORT": "9000", "PHARMATRACE_HOST": "192.0.2.1"}
    assert config.load({"port": 9001, "host": None}, environment).number("port") == 9001
    assert config.load({"port": None}, environment).number("port") == 9000
    assert config.load({}, environment).text("host") == "192.0.2.1"


@pytest.mark.parametrize("value", ["", "eighty", "-1", "65536", "1e3"])
def test_a_number_that_is_none_is_a_fault_naming_the_variable(value: str) -> None:
    with pytest.raises(Fault) as caught:
        config.load({}, {"PHARMATRACE_PORT": value})
    assert caught.value.code == "config.setting" and caught.value.field == "PHARMATRACE_PORT"


def test_the_public_address_is_one_of_the_hosts() -> None:
    settings = config.load({"public_url": "https://Verify.Example.com/", "hosts": "localhost, Other.example:81", "port": 80}, {})
    assert settings.hosts == ("localhost", "other.example:81", "localhost:80", "verify.example.com")
    assert settings.public_url == "https://Verify.Example.com"


@pytest.mark.parametrize(
    ("host", "address", "local"),
    [
        (str(IPv4Address(0)), "http://127.0.0.1:80", True),
        ("pharmacy.example", "http://pharmacy.example:80", False),
        ("::", "http://127.0.0.1:80", True),
        ("::1", "http://[::1]:80", True),
        ("192.0.2.7", "http://192.0.2.7:80", False),
    ],
)
def test_printed_codes_lead_to_an_address_that_can_be_called(host: str, address: str, local: bool) -> None:
    settings = config.load({"host": host, "port": 80}, {})
    assert (settings.public_url, settings.is_local) == (address, local)


def test_without_a_public_address_codes_lead_to_the_server_itself() -> None:
    settings = config.load({"port": 8080}, {})
    assert settings.public_url == "http://127.0.0.1:8080"
    assert {"127.0.0.1:8080", "localhost:8080", "localhost"} <= set(settings.hosts)


@pytest.mark.parametrize("value", ["node.example", "https://a b", "https://node.example/path", "https://a; script-src *", "javascript:x"])
def test_a_second_node_is_an_address_and_nothing_else(value: str) -> None:
    """It goes into a page's policy."""
    with pytest.raises(Fault) as caught:
        config.load({}, {"PHARMATRACE_SECOND_NODE": value})
    assert caught.value.code == "config.setting" and caught.value.field == "PHARMATRACE_SECOND_NODE"


@pytest.mark.parametrize("value", ["", "https://node.example", "http://127.0.0.1:8765/", "https://[2001:db8::1]:8765"])
def test_a_second_node_by_name_or_number(value: str) -> None:
    assert config.load({}, {"PHARMATRACE_SECOND_NODE": value}).text("second_node") == value

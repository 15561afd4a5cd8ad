"""Settings: one table that feeds the command line, the environment and the documentation.

A setting `port` is the option `--port` where a command has it, the environment variable `PHARMATRACE_PORT`, and a line in `README.md`; the
option wins over the environment, the environment over the default. A value that does not fit is a Fault, never a silent default.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from chain.errors import Fault

ENVIRONMENT_PREFIX = "PHARMATRACE_"
"""Beginning of every environment variable that we read."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that an operator may decide."""

    name: str
    """Lower-case name; the environment variable is `PHARMATRACE_` + the name in capitals."""
    default: str | int
    """Value when nobody says anything; its type is the setting's type."""
    help: str
    """What it decides, with its unit."""
    least: int = 0
    """Smallest number allowed."""
    most: int = 2**31 - 1
    """Largest number allowed."""
    pattern: str = ""
    """Regular expression that a text fits as a whole; empty: any text."""

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()


SETTINGS: tuple[Setting, ...] = (
    Setting("data", "data/node", "Folder of the ledger: store, blobs, keys, serial files"),
    Setting("host", "127.0.0.1", "Address that the server listens on; 0.0.0.0 for all"),
    Setting("port", 8765, "Port that the server listens on", 0, 65535),
    Setting("threads", 8, "Threads that answer requests", 1, 256),
    Setting("readers", 0, "Processes that answer requests beside the one that writes, best one a processor (0: it answers itself)", 0, 64),
    Setting("public_url", "", "Address under which the public reaches this server; it goes into printed codes (empty: host and port)"),
    Setting("hosts", "localhost,127.0.0.1", "Host names, separated by commas, whose Digital Links count as this ledger's"),
    Setting("operator", "", "Name of whoever runs this node, where not one attester alone names it (empty: the first miner's party)"),
    Setting("anchor", "", "File with the anchor that the verifier served here pins (empty: made of this node's newest checkpoint)"),
    Setting("second_origin", "", "Address of a verifier that somebody else serves; the one served here leads to it"),
    Setting(
        "second_node",
        "",
        "Address (https://host:port) of another operator's node: devices compare its newest head with the one shown here",
        pattern=r"(https?://(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?/?)?",
    ),
    Setting("passphrase_file", "", "File that holds the passphrase of the node's key (empty: DATA/keys/operator.passphrase)"),
    Setting("witnesses", "", "File with the witness policy (C2SP tlog-policy) of those who cosign this ledger's checkpoints (empty: none)"),
    Setting("scrub", 5, "Share of one processor, in percent, for the background check of everything on disk (0: none)", 0, 100),
    Setting("log_level", "INFO", "Least serious log line that is written: DEBUG, INFO, WARNING, ERROR"),
)
"""Every setting, in the order in which the documentation lists them."""

LOOPBACK = "127.0.0.1"
"""This machine, as it calls itself."""

BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}
"""Setting by name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The values in force."""

    values: Mapping[str, str | int]
    """Value by name, one for each entry of SETTINGS."""

    def text(self, name: str) -> str:
        """The value of a setting that is text."""
        return str(self.values[name])

    def number(self, name: str) -> int:
        """The value of a setting that is a number."""
        return int(self.values[name])

    @property
    def data(self) -> Path:
        """Folder of the ledger."""
        return Path(self.text("data"))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names whose Digital Links are this ledger's, lower-case: those listed, plain and with this server's port, and that of the
        public address."""
        listed = [host.strip().lower() for host in self.text("hosts").split(",") if host.strip()]
        with_port = [f"{host}:{self.number('port')}" for host in listed if ":" not in host]
        own = self.public_url.lower().partition("://")[2].partition("/")[0]
        return tuple(dict.fromkeys([*listed, *with_port, own]))

    @property
    def public_url(self) -> str:
        """Address that goes into printed codes, without a slash at the end. Where the server listens on every address, that of this machine
        for itself: nobody can call 0.0.0.0."""
        host = LOOPBACK if means_every_address(self.text("host")) else self.text("host")
        return self.text("public_url").rstrip("/") or f"http://{f'[{host}]' if ':' in host else host}:{self.number('port')}"

    @property
    def is_local(self) -> bool:
        """Do printed codes lead to a server that only this machine can reach?"""
        authority = self.public_url.partition("://")[2].partition("/")[0]
        return authority.rpartition(":")[0] in (LOOPBACK, "localhost", "[::1]")


def means_every_address(host: str) -> bool:
    """Does a server on this host listen on all addresses of the machine (`::` and its like)?"""
    try:
        return not host or ip_address(host).is_unspecified
    except ValueError:
        return False


def load(options: Mapping[str, str | int | None] | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in force: `options` (None = not given) over the environment over the defaults. Raises Fault `config.setting`."""
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in (options or {}).items() if value is not None}
    values = {}
    for setting in SETTINGS:
        raw = given.get(setting.name, environment.get(setting.variable, setting.default))
        values[setting.name] = read(setting, raw)
    return Settings(values)


def read(setting: Setting, raw: str | int) -> str | int:
    """The value of a setting from what somebody wrote. Raises Fault `config.setting`."""
    if isinstance(setting.default, str):
        if setting.pattern and re.fullmatch(setting.pattern, str(raw)) is None:
            raise Fault("config.setting", "http:// or https://, a host and perhaps a port", repr(raw)[:80], field=setting.variable)
        return str(raw)
    try:
        number = int(raw)
    except ValueError:
        raise Fault("config.setting", "a whole number", repr(raw), field=setting.variable) from None
    if not setting.least <= number <= setting.most:
        raise Fault("config.setting", f"{setting.least} to {setting.most}", number, field=setting.variable)
    return number


def as_markdown() -> str:
    """The table of settings as it stands in the README."""
    lines = ["| variable | default | what it decides |", "|---|---|---|"]
    lines += [f"| `{setting.variable}` | {_code(setting.default)} | {setting.help} |" for setting in SETTINGS]
    return "\n".join(lines)


def _code(default: str | int) -> str:
    return "empty" if default == "" else f"`{default}`"

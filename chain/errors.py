"""Every way in which the ledger says no. Two questions decide the class: whose fault is it, and what was being judged.

    ChainError
      Malformed      bytes that are no value of their format            (fault of whoever sent them)
      Refusal        a transaction that the rules do not accept         (fault of its signer)
      InvalidBlock   a block that can never be part of this chain       (fault of its miner)
      NotYet         a block that may become acceptable later           (nobody's fault: time or a missing parent)
      Fault          this machine cannot do its work                    (fault of disk, file or configuration)

Every error has a stable code, what was expected and what was found. `CODES` holds the sentences of the codes that this package raises.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads about a code, in both languages, and what to do next."""

    zh: str
    """The sentence in Chinese."""
    en: str
    """The sentence in English."""
    next_zh: str
    """What to do next, in Chinese."""
    next_en: str
    """What to do next, in English."""


class ChainError(Exception):
    """Root of all errors of the ledger and of the rules on it; carries a stable code."""

    def __init__(self, code: str, expected: object = "", found: object = "", *, field: str | None = None, line: int | None = None) -> None:
        """`code` is stable; `expected` and `found` are short facts; `field` names a body field, `line` an item (from 0)."""
        self.code = code
        self.expected = str(expected)[:300]
        self.found = str(found)[:300]
        self.field = field
        self.line = line
        where = f" in {field}" if field else ""
        where += f" (line {line})" if line is not None else ""
        super().__init__(f"{code}{where}: expected {self.expected or '-'}, found {self.found or '-'}")

    def __reduce__(self) -> tuple[Callable[..., "ChainError"], tuple[str, str, str]]:
        """As what an error travels between processes; by default its sentence would be taken for its code."""
        return partial(type(self), field=self.field, line=self.line), (self.code, self.expected, self.found)

    def as_json(self) -> dict[str, object]:
        """The machine-readable part of the error: code, expected, found, and field or line where there is one."""
        out: dict[str, object] = {"code": self.code, "expected": self.expected, "found": self.found}
        if self.field is not None:
            out["field"] = self.field
        if self.line is not None:
            out["line"] = self.line
        return out


class Malformed(ChainError):
    """Bytes that are no value of their format; the carrier is bad, whoever brought it."""


class Refusal(ChainError):
    """A transaction that the rules do not accept in this state; it changes nothing."""


class InvalidBlock(ChainError):
    """A block that breaks a rule and can never be part of this chain."""


class NotYet(ChainError):
    """A block that cannot be judged now: its parent is unknown or its time lies ahead."""


class Fault(ChainError):
    """This machine cannot do its work: disk full, damaged file, wrong passphrase, unsafe library."""

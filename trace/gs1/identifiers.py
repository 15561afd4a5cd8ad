"""The Application Identifiers: length, character set and rules of each (GS1 General Specifications §3.2, table of §3.2.1).

A medicine carries about twenty of them; the lengths of all are needed, because an element of unknown length hides what comes after it.
Identifiers of trade, price and transport are checked by length and characters only.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from trace.gs1.errors import CodeError
from trace.gs1.values import RULES, validate_characters


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a value."""

    characters: str
    """Character set: N, X, Y or Z."""
    least: int
    """Fewest characters."""
    most: int
    """Most characters."""
    rule: str | None = None
    """Name of a rule in `values.RULES`."""
    optional: bool = False
    """May be left out together with all that follows."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """An Application Identifier and the form of its value."""

    number: str
    """Two to four digits."""
    parts: tuple[Part, ...]
    """The components of the value, in order; only the last may vary in length."""
    predefined: bool
    """Its length is known from its first two digits, so no separator follows (General Specifications §7.8.5)."""
    attribute: bool
    """May stand in the query of a Digital Link (Digital Link URI syntax §4.10)."""

    @property
    def least(self) -> int:
        """Fewest characters of a value."""
        return sum(part.least for part in self.parts if not part.optional)

    @property
    def most(self) -> int:
        """Most characters of a value."""
        return sum(part.most for part in self.parts)


PREDEFINED = re.compile(r"0[0-4]|1[1-9]|20|3[1-6]|41")
"""First two digits of the identifiers that no separator follows."""
NOT_ATTRIBUTES = frozenset(
    ("03", "21", "22", "235", "254", "7040", "8011", "8014", "8019", "8020", "8030", "8040", "8041", "8042", "8043", "8110", "8112", "8200")
)
"""Identifiers that may not stand in the query of a Digital Link."""

_FORMS = """
N18.check                                          : 00 8017 8018
N14.check                                          : 01 02 03
N13.check                                          : 410-417
N17.check                                          : 402
N13.check X0-17                                    : 253
N13.check N0-12                                    : 255
N1.zero N13.check X0-16                            : 8003
N14.check N4.piece                                 : 8006 8026
N6.month                                           : 11 12 13 15 16 17
N6.day                                             : 4326 7006
N6.day N4.clock                                    : 7003
N6.day N4?.clock                                   : 7011
N6.day N6?.day                                     : 7007
N6.month N4.clock                                  : 4324 4325
N6.day N2.hour N2?.sixty N2?.sixty                 : 8008
N2                                                 : 20 7241
N1                                                 : 7252
N1.yesno                                           : 4321 4322 4323
N3                                                 : 422 424 426
N3 N3? N3? N3? N3?                                 : 423 425
N4                                                 : 3940-3943 8111
N6                                                 : 3100-3105 3110-3115 3120-3125 3130-3135 3140-3145 3150-3155 3160-3165
N6                                                 : 3200-3205 3210-3215 3220-3225 3230-3235 3240-3245 3250-3255 3260-3265
N6                                                 : 3270-3275 3280-3285 3290-3295 3300-3305 3310-3315 3320-3325 3330-3335
N6                                                 : 3340-3345 3350-3355 3360-3365 3370-3375 3400-3405 3410-3415 3420-3425
N6                                                 : 3430-3435 3440-3445 3450-3455 3460-3465 3470-3475 3480-3485 3490-3495
N6                                                 : 3500-3505 3510-3515 3520-3525 3530-3535 3540-3545 3550-3555 3560-3565
N6                                                 : 3570-3575 3600-3605 3610-3615 3620-3625 3630-3635 3640-3645 3650-3655
N6                                                 : 3660-3665 3670-3675 3680-3685 3690-3695 3950-3955 8005
N6 X1?.hyphen                                      : 4330-4333
N8                                                 : 7250
N8 N4.clock                                        : 7251
N13                                                : 7001
N15                                                : 8040 8041
N32                                                : 8042
N18 N0-2                                           : 8043
N10 N10                                            : 4309
N4.nonzero N5.nonzero N3.nonzero N1 N1             : 8001
N1-4                                               : 7004
N1-6                                               : 242
N1-8                                               : 30 37
N1-10                                              : 8019
N1-12                                              : 8011
N1-15                                              : 3900-3909 3920-3929
N3 N1-15                                           : 3910-3919 3930-3939
N3 X1-9                                            : 421
N3 X1-27                                           : 7030-7039
N1 X1 X1 X1.importer                               : 7040
X2                                                 : 4307 4317
X2 X1-28                                           : 7230-7239
X3                                                 : 7258
X1-2                                               : 7010
X1-3                                               : 427 7008
X1-4                                               : 7041
X1-10                                              : 7009 7255
X1-12                                              : 7005
X1-20                                              : 10 21 22 243 254 420 4318 710-717 7020 7021 7022 7240 8002 8012
X1-25                                              : 7242 8013 8014 8020
X1-28                                              : 235
X1-30                                              : 240 241 250 251 400 401 403 4308 4319 7002 7023 8004 90
X1-34                                              : 8007
X1-35.percent                                      : 4300 4301 4310 4311 4320
X1-40.percent                                      : 7253 7254 7259
X1-50                                              : 8009
X1-70                                              : 8110 8112 8200
X1-70.percent                                      : 4302-4306 4312-4316 7257
X1-90                                              : 91-99
X1-90.percent                                      : 7256
Y1-30                                              : 8010
Z1-90                                              : 8030
"""
_PART = re.compile(r"([NXYZ])(\d+)(?:-(\d+))?(\?)?(?:\.([a-z]+))?")


def _part(text: str) -> Part:
    match = _PART.fullmatch(text)
    if match is None:
        raise ValueError(text)
    characters, least, most, optional, rule = match.groups()
    return Part(characters, int(least), int(most or least), rule, optional is not None)


def _numbers(text: str) -> list[str]:
    out = []
    for word in text.split():
        first, _, last = word.partition("-")
        out += [str(number).zfill(len(first)) for number in range(int(first), int(last or first) + 1)]
    return out


def _table() -> dict[str, Identifier]:
    out = {}
    for row in _FORMS.strip().splitlines():
        form, _, numbers = row.partition(":")
        parts = tuple(_part(word) for word in form.split())
        for number in _numbers(numbers):
            out[number] = Identifier(number, parts, PREDEFINED.match(number) is not None, number not in NOT_ATTRIBUTES)
    return out


IDENTIFIERS: dict[str, Identifier] = _table()
"""Every Application Identifier by its number; no number is the beginning of another."""


@lru_cache(maxsize=1024)
def starting(text: str) -> Identifier | None:
    """The identifier that the first four characters `text` begin with; None if there is none."""
    for width in (2, 3, 4):
        identifier = IDENTIFIERS.get(text[:width])
        if identifier is not None:
            return identifier
    return None


def identifier_of(number: str) -> Identifier:
    """The identifier with this number; raises `gs1.identifier.unknown`."""
    if number not in IDENTIFIERS:
        raise CodeError("gs1.identifier.unknown", "a GS1 Application Identifier", number)
    return IDENTIFIERS[number]


@lru_cache(maxsize=4096)  # the same products, lots and dates are read again and again; what is refused is not kept
def validate_value(number: str, value: str) -> None:
    """Raises `gs1.identifier.unknown` or `gs1.value.*` unless the value is of the identifier's form."""
    identifier = identifier_of(number)
    rest = value
    for part in identifier.parts:
        if not rest and part.optional:
            break
        taken, rest = rest[: part.most], rest[part.most :]
        if len(taken) < part.least:
            raise CodeError("gs1.value.length", f"{identifier.least}-{identifier.most} characters", value, identifier=number)
        validate_characters(taken, part.characters, number)
        if part.rule is not None:
            RULES[part.rule](taken, number)
    if rest:
        raise CodeError("gs1.value.length", f"at most {identifier.most} characters", value, identifier=number)

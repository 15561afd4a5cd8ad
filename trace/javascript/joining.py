"""Modules as one script in one scope, with short names.

Names are chosen so that no analysis of scopes is needed. A name that a module declares for all of itself gets one of its own in the whole
script. Every other variable lives inside one statement of the outermost level; within each such statement different names get different
short ones, none of them one that the statement uses of the former. So what hid another name before hides it still, and nothing else does.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from trace.javascript import modules, scopes
from trace.javascript.errors import JoiningError
from trace.javascript.modules import Module
from trace.javascript.scopes import Word
from trace.javascript.tokens import KEYWORDS, NAME, SIGN, Token, spelled, tokens

_BROWSER = (
    "AbortSignal Array ArrayBuffer BigInt Blob Boolean DataView Date Error Infinity Int32Array JSON Map Math Number Object Promise "
    "RangeError Response Set String TextDecoder TextEncoder TypeError URL URLSearchParams Uint8Array atob caches document "
    "encodeURIComponent fetch globalThis localStorage location navigator parseInt performance structuredClone undefined"
)
BROWSER = frozenset(_BROWSER.split())
"""Names that the browser gives."""
FIRST = "etnrisaoclufdhpmgvybwkxqjzEDCTSARNMLIOPFBUHVGWKXYJQZ_$"
"""Signs that a short name begins with, the most frequent first: the packer likes them so."""
REST = FIRST + "0123456789"
"""Signs that it goes on with."""
LATE = ""
"""In place of a name: the function that makes a module which is loaded only when needed."""
COLON = Token(SIGN, ":", breaks=False)
"""Between a field and the name that its value has here."""
DROPPED = Token(NAME, "", breaks=False)
"""In place of a token that goes."""
TAKEN = KEYWORDS | {"as", "of"}
"""Words that mean something already."""

Identity = tuple[str, str]
"""A name of the outermost level: the module that declares it, its name there."""


def short_names() -> Iterator[str]:
    """All short names, the shortest first."""
    yield from FIRST
    for length in count(1):
        for number in range(len(FIRST) * len(REST) ** length):
            name, rest = FIRST[number % len(FIRST)], number // len(FIRST)
            for _ in range(length):
                name += REST[rest % len(REST)]
                rest //= len(REST)
            if name not in TAKEN:
                yield name


@dataclass(slots=True)
class Joining:
    """Modules that become one script."""

    parts: Mapping[str, Module]
    """Those that run at once, each behind what it needs."""
    delayed: Mapping[str, Mapping[str, Module]] = field(default_factory=dict)
    """Module that is loaded only when needed -> it and what it alone needs."""
    addresses: Mapping[str, str] = field(default_factory=dict)
    """Module that is fetched only when needed -> its address."""
    names: dict[Identity, str] = field(default_factory=dict)
    """Name of the outermost level -> its short name."""

    def __post_init__(self) -> None:
        """Gives the names of the outermost level theirs, the most used ones first; those of one sign are left to the statements."""
        used: Counter[Identity] = Counter()
        used.update((entry, LATE) for entry in self.delayed)
        for module in (*self.parts.values(), *(each for late in self.delayed.values() for each in late.values())):
            own = modules.top_level(module)
            for statement in module.statements:
                used.update(found for word in statement if (found := identity(module, own, word)) is not None)
        makes = (name for name in short_names() if len(name) > 1)
        self.names = {found: next(makes) for found, _ in used.most_common()}

    def script(self) -> str:
        """All of it, without exports."""
        late = "".join(self.late(entry) for entry in self.delayed)
        return late + "".join(self.body(module) for module in self.parts.values())

    def late(self, entry: str) -> str:
        """What runs only when needed: a function that gives what its entry exports."""
        inner = "".join(self.body(module) for module in self.delayed[entry].values())
        return f"const {self.names[entry, LATE]}=()=>{{{inner}return{as_object(self.given(entry))}}};\n"

    def body(self, module: Module) -> str:
        """The module with short names."""
        own = modules.top_level(module)
        rows = (self.renamed(module, own, statement) for statement in module.statements)
        return "".join(spelled(self.linked(module, row)) for row in rows) + "\n"

    def given(self, name: str) -> Mapping[str, str]:
        """What a module exports -> the short name."""
        module = self.parts.get(name) or self.delayed[name][name]
        return {given: self.names[name, given] for given in module.exports}

    def renamed(self, module: Module, own: frozenset[str], statement: Sequence[Word]) -> list[Token]:
        """A statement with short names."""
        whole = {word.token.text: identity(module, own, word) for word in statement if word.is_variable}
        outer = {name: self.names[one] for name, one in whole.items() if one is not None}
        inner = names_inside(statement, outer, module)
        found: list[Token] = []
        for place, word in enumerate(statement):
            text = word.token.text
            if not word.is_variable:
                found.append(self.field_of_space(module, statement, place))
            elif text not in module.spaces:
                new = outer.get(text) or inner.get(text) or text
                found += [word.token, COLON] if word.is_short and new != text else []
                found.append(replace(word.token, text=new))
        return [token for token in found if token is not DROPPED]

    def field_of_space(self, module: Module, statement: Sequence[Word], place: int) -> Token:
        """A word that names no variable; what stands behind the name of a whole module is the name that this module gives."""
        token = statement[place].token
        spaced = [each.token.text if each.is_variable else "" for each in statement[max(place - 2, 0) : place]]
        if spaced and spaced[-1] in module.spaces:
            if token.text != ".":
                raise JoiningError("a whole module only before a point", f"{spaced[-1]} in {module.name}")
            return DROPPED
        if len(spaced) == 2 and spaced[0] in module.spaces:
            return replace(token, text=self.names[module.spaces[spaced[0]], token.text])
        return token

    def linked(self, module: Module, row: list[Token]) -> list[Token]:
        """Puts the right thing in the place of `import("...")`."""
        found: list[Token] = []
        rest = list(row)
        while rest:
            if rest[0].text == "import" and rest[1].text == "(":
                found += self.link(modules.resolve(module.name, rest[2].text[1:-1]))
                rest = rest[4:]
            else:
                found.append(rest.pop(0))
        return found

    def link(self, target: str) -> list[Token]:
        """What stands for a module that is loaded only when needed: a promise of what it gives."""
        if target in self.addresses:
            return tokens(f'import("{self.addresses[target]}")')
        if target in self.delayed:
            return tokens(f"Promise.resolve({self.names[target, LATE]}())")
        return tokens(f"Promise.resolve({as_object(self.given(target))})")


def as_object(given: Mapping[str, str]) -> str:
    """An object of these names."""
    return f"{{{','.join(f'{name}:{own}' for name, own in given.items())}}}"


def identity(module: Module, own: frozenset[str], word: Word) -> Identity | None:
    """The name of the outermost level that a word of the module stands for, if it does."""
    text = word.token.text
    if not word.is_variable:
        return None
    return module.imports.get(text) or ((module.name, text) if text in own else None)


def names_inside(statement: Sequence[Word], outer: Mapping[str, str], module: Module) -> dict[str, str]:
    """Variables inside a statement -> short names, in the order in which they come."""
    known = BROWSER | outer.keys() | module.spaces.keys()
    inside = dict.fromkeys(word.token.text for word in statement if word.is_variable and word.token.text not in known)
    strange = inside.keys() - scopes.bound(statement)
    if strange:
        raise JoiningError("names that are declared, or some of `BROWSER`", f"{', '.join(sorted(strange))} in {module.name}")
    taken = set(outer.values())
    makes = (name for name in short_names() if name not in taken)
    return {name: next(makes) for name in inside}


def join(entry: str, language: str | None = None, addresses: Mapping[str, str] | None = None) -> Joining:
    """A module and all that it imports. `language`: of the words, both where none is named; `addresses`: module that is loaded only when
    needed -> where it is fetched; the others are inside."""
    parts = modules.ordered(entry, language)
    outside = addresses or {}
    wanted = dict.fromkeys(later for module in parts.values() for later in module.later if later not in outside and later not in parts)
    delayed = {name: {key: module for key, module in modules.ordered(name, language).items() if key not in parts} for name in wanted}
    return Joining(parts, delayed, outside)

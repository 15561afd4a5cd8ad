"""The modules of `static/verify/`, taken apart: what each takes from others, what it gives, its statements."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from trace.javascript import scopes
from trace.javascript.errors import JoiningError
from trace.javascript.scopes import Word
from trace.javascript.tokens import TEXT, Token, tokens

FOLDER = Path(__file__).resolve().parents[2] / "static" / "verify"
"""The modules."""
WORDINGS = frozenset(("messages.js", "phrases.js"))
"""Modules of words, whose lists hold Chinese and English in turn."""
COLUMNS = 4
"""Columns of words in such a list; what follows is said in no language."""
LANGUAGES = ("zh", "en")
"""Languages of the words, in their order."""

_IMPORT = re.compile(r'^import (?:\{([^}]*)\}|\* as (\w+)) from "(\.\.?/[\w./]+)";\n', re.MULTILINE)
_LATER = re.compile(r'\bimport\("(\.\.?/[\w./]+)"\)')
_ALIAS = re.compile(r"(\w+)(?: as (\w+))?")


@dataclass(frozen=True, slots=True)
class Module:
    """One module, taken apart."""

    name: str
    """Path below the folder."""
    imports: Mapping[str, tuple[str, str]]
    """Name here -> the module that gives it, and its name there."""
    spaces: Mapping[str, str]
    """Name here of a whole module -> that module."""
    needs: tuple[str, ...]
    """Modules that come before it."""
    later: tuple[str, ...]
    """Modules that it loads only when it needs them."""
    exports: tuple[str, ...]
    """Names that it gives."""
    statements: tuple[tuple[Word, ...], ...]
    """Its code without imports, and without `export`."""


def read(name: str, language: str | None = None) -> Module:
    """The module with this path below the folder; with a language, its words in no other. Raises JoiningError."""
    return parsed(name, language if name in WORDINGS else None)


@cache
def parsed(name: str, language: str | None) -> Module:
    """As `read`, once for each language."""
    text = FOLDER.joinpath(name).read_text("utf-8")
    imports: dict[str, tuple[str, str]] = {}
    spaces: dict[str, str] = {}
    needs = []
    for listed, space, target in _IMPORT.findall(text):
        needs.append(resolve(name, target))
        if space:
            spaces[space] = needs[-1]
        imports |= {own or given: (needs[-1], given) for given, own in _ALIAS.findall(listed)}
    row = tokens(_IMPORT.sub("", text))
    if language is not None:
        row = in_language(row, LANGUAGES.index(language))
    given, found = [], []
    for statement in scopes.statements(scopes.words(row)):
        names = scopes.declared(statement)
        if statement[0].token.text == "export":
            given += names
            statement = statement[1:]
        found.append(tuple(statement))
    later = tuple(resolve(name, target) for target in _LATER.findall(text))
    return Module(name, imports, spaces, tuple(needs), later, tuple(given), tuple(found))


def in_language(row: list[Token], wanted: int) -> list[Token]:
    """A module of words with the texts of one language; the others are empty. A text before a colon is a name."""
    found, lists = [], [[0]]
    for token, after in zip(row, [*row[1:], None], strict=True):
        is_name = after is not None and after.text == ":"
        if token.text in ("[", "{", "("):
            lists.append([0])
        elif token.text in ("]", "}", ")"):
            lists.pop()
        elif token.text == ",":
            lists[-1][0] += 1
        elif token.kind == TEXT and not is_name and lists[-1][0] < COLUMNS and lists[-1][0] % len(LANGUAGES) != wanted:
            token = Token(TEXT, '""', token.breaks)
        found.append(token)
    return found


def resolve(name: str, target: str) -> str:
    """Path below the folder of what a module names relative to itself."""
    parts = name.split("/")[:-1]
    for part in target.split("/"):
        parts = parts[:-1] if part == ".." else parts if part == "." else [*parts, part]
    return "/".join(parts)


def ordered(entry: str, language: str | None = None) -> dict[str, Module]:
    """A module behind all that it imports."""
    done: dict[str, Module] = {}

    def add(name: str) -> None:
        module = read(name, language)
        for other in module.needs:
            if other not in done:
                add(other)
        done[name] = module

    add(entry)
    return done


def top_level(module: Module) -> frozenset[str]:
    """Names that the module declares for all of itself."""
    found = [name for statement in module.statements for name in scopes.declared(list(statement))]
    if len(found) != len(set(found)):
        raise JoiningError("names declared once", module.name)
    return frozenset(found)

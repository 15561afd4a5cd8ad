"""JavaScript taken apart into tokens, as far as joining needs it (ECMA-262 §12)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from trace.javascript.errors import JoiningError

SPACE, NAME, NUMBER, TEXT, TEMPLATE, REGEX, SIGN = "space", "name", "number", "text", "template", "regex", "sign"
"""Kinds of tokens. A template's pieces are tokens of their own: up to `${`, from `}` to the next `${`, from `}` to the end."""

_KEYWORDS = (
    "async await break case catch class const continue debugger default delete do else export extends false finally for "
    "function get if import in instanceof let new null of return set static super switch this throw true try typeof undefined "
    "var void while with yield"
)
KEYWORDS = frozenset(_KEYWORDS.split())
"""Words that are never the name of a variable here."""
_BEFORE_VALUE = "await case delete do else in instanceof new of return throw typeof void yield"
BEFORE_VALUE = frozenset(_BEFORE_VALUE.split())
"""Keywords behind which a `/` begins a regular expression."""
_SIGNS = (
    r">>>=|\.\.\.|\*\*=|<<=|>>=|>>>|===|!==|&&=|\|\|=|\?\?=|=>|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|\+\+|--|\+=|-=|\*=|/=|%=|&=|\|=|\^=|<<|>>|\*\*"
    r"|[{}()\[\];,<>+\-*/%&|^!~?:=.]"
)
_PATTERNS = (
    (SPACE, r"(?:\s|//[^\n]*|/\*.*?\*/)+"),
    (NAME, r"[A-Za-z_$][\w$]*"),
    (NUMBER, r"0[xX][\da-fA-F_]+n?|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?n?"),
    (TEXT, r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''),
    (SIGN, _SIGNS),
)
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS), re.DOTALL)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_PIECE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*(`|\$\{)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A token that means something."""

    kind: str
    """One of the kinds above, without `SPACE`."""
    text: str
    """As it stands in the source."""
    breaks: bool
    """Stands a line break before it?"""


def tokens(source: str) -> list[Token]:
    """The tokens of a script. Raises JoiningError for what this reader does not know."""
    return list(_Reader(source).read())


class _Reader:
    """Where in a source the reading is."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 0
        self.braces: list[str] = []  # for each open brace: "{" or "${"
        self.last: Token | None = None

    def read(self) -> Iterator[Token]:
        """All tokens."""
        breaks = False
        while self.place < len(self.source):
            kind, text = self.next()
            self.place += len(text)
            if kind == SPACE:
                breaks = breaks or "\n" in text
                continue
            self.last = Token(kind, text, breaks)
            breaks = False
            yield self.last

    def next(self) -> tuple[str, str]:
        """Kind and text of the next token."""
        sign = self.source[self.place]
        if sign == "`" or (sign == "}" and self.braces and self.braces[-1] == "${"):
            return TEMPLATE, self.piece(sign)
        if sign == "/" and self.source[self.place + 1 : self.place + 2] not in ("/", "*") and self.wants_value():
            return REGEX, self.found(_REGEX)
        text = self.found(_TOKEN)
        if text == "{":
            self.braces.append(text)
        elif text == "}" and not self.braces:
            raise self.problem()
        elif text == "}":
            self.braces.pop()
        match = _TOKEN.match(text)
        return str(match.lastgroup if match else None), text

    def piece(self, sign: str) -> str:
        """A piece of a template, from a backquote or a closing brace on."""
        match = _PIECE.match(self.source, self.place + 1)
        if match is None:
            raise self.problem()
        if sign == "}":
            self.braces.pop()
        if match[1] == "${":
            self.braces.append("${")
        return sign + match[0]

    def wants_value(self) -> bool:
        """Would a value stand here? Then a slash begins a regular expression."""
        last = self.last
        if last is None:
            return True
        if last.kind == SIGN:
            return last.text not in (")", "]", "}", "++", "--")
        return last.text in BEFORE_VALUE if last.kind == NAME else last.kind == TEMPLATE and last.text.endswith("${")

    def found(self, pattern: re.Pattern[str]) -> str:
        """What the pattern finds here."""
        match = pattern.match(self.source, self.place)
        if match is None:
            raise self.problem()
        return match[0]

    def problem(self) -> JoiningError:
        """What is said of a place that cannot be read."""
        return JoiningError("JavaScript of the known kind", self.source[self.place : self.place + 40])


def spelled(row: list[Token]) -> str:
    """The tokens as a script, with no more between them than they need."""
    parts: list[str] = []
    last = ""
    for place, token in enumerate(row):
        after = row[place + 1].text if place + 1 < len(row) else ""
        if is_idle(last, token.text, after):
            continue
        if needs_space(last, token.text):
            parts.append(" ")
        parts.append(token.text)
        last = token.text
    return "".join(parts)


def is_idle(before: str, text: str, after: str) -> bool:
    """Does leaving out this token change nothing? A semicolon before a brace; a comma at the end of a list that has something before it."""
    if text == ";":
        return after == "}"
    return text == "," and after in ("}", "]", ")") and before not in (",", "[")


def needs_space(left: str, right: str) -> bool:
    """Would the two become one token?"""
    if not left:
        return False
    both = left[-1] + right[0]
    return (
        (_is_word(both[0]) and _is_word(both[1]))
        or both in ("++", "--", "//", "/*")
        or (both == "<!")
        or (left[-1].isdigit() and both[1] == ".")
    )


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign in "_$"

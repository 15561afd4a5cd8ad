"""Which words of a script name variables, and how a module's statements divide."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trace.javascript.errors import JoiningError
from trace.javascript.tokens import KEYWORDS, NAME, SIGN, TEMPLATE, Token

CODE, OBJECT, CLASS, ROUND, SQUARE, HOLE = "code", "object", "class", "round", "square", "hole"
"""What a bracket encloses: statements; fields of an object or a pattern; a class; arguments, parameters or an expression; a list or an
index; a template's `${}`."""
_CODE_BEFORE = frozenset(("", ")", "=>", ";", "}", "{", "else", "try", "finally", "catch", "do"))
_DECLARING = frozenset(("const", "let", "var", "function", "class", "async", "export", "if", "for", "while"))


@dataclass(frozen=True, slots=True)
class Word:
    """A token with what it is."""

    token: Token
    depth: int
    """Brackets open around it."""
    is_variable: bool
    """Does it name a variable, and no field?"""
    is_short: bool
    """Does it name a field too, as in `{ a, b }`?"""


def words(row: list[Token]) -> list[Word]:
    """The tokens with what they are."""
    found: list[Word] = []
    around: list[str] = []
    for place, token in enumerate(row):
        before = row[place - 1] if place else None
        after = row[place + 1] if place + 1 < len(row) else None
        if _closes(token):
            around.pop()
        inside = around[-1] if around else CODE
        found.append(_word(token, before, after, inside, len(around)))
        if _opens(token):
            around.append(_bracket(row, place))
    if around:
        raise JoiningError("brackets that close", around[-1])
    return found


def _closes(token: Token) -> bool:
    return (token.kind == SIGN and token.text in ")]}") or (token.kind == TEMPLATE and token.text[0] == "}")


def _opens(token: Token) -> bool:
    return (token.kind == SIGN and token.text in "([{") or (token.kind == TEMPLATE and token.text.endswith("${"))


def _bracket(row: list[Token], place: int) -> str:
    """What the bracket at this place encloses."""
    text = row[place].text
    if text in ("(", "["):
        return ROUND if text == "(" else SQUARE
    if text != "{":
        return HOLE
    before = ["", "", "", ""] + [token.text for token in row[max(place - 4, 0) : place]]
    if "class" in (before[-2], before[-4] if before[-2] == "extends" else ""):
        return CLASS
    return CODE if before[-1] in _CODE_BEFORE else OBJECT


def _word(token: Token, before: Token | None, after: Token | None, inside: str, depth: int) -> Word:
    left, right = before.text if before else "", after.text if after else ""
    plain = Word(token, depth, is_variable=False, is_short=False)
    if token.kind != NAME or token.text in KEYWORDS or left in (".", "?.") or inside == CLASS:
        return plain
    if token.text == "of" and before is not None and (before.kind == NAME or left in ("]", "}")):
        return plain
    is_first = inside == OBJECT and left in ("{", ",")
    if is_first and right in (":", "("):
        return plain
    return replace(plain, is_variable=True, is_short=is_first and right in (",", "}", "="))


def statements(row: list[Word]) -> list[list[Word]]:
    """The statements at the outermost level."""
    found: list[list[Word]] = [[]]
    for place, word in enumerate(row):
        found[-1].append(word)
        after = row[place + 1].token if place + 1 < len(row) else None
        if word.depth == 0 and (word.token.text == ";" or (word.token.text == "}" and after is not None and _begins(after))):
            found.append([])
    return [each for each in found if each]


def _begins(token: Token) -> bool:
    """May a statement begin with it, behind a closing brace?"""
    return token.text in _DECLARING or (token.kind == NAME and token.text not in KEYWORDS)


def declared(statement: list[Word]) -> list[str]:
    """Names that a statement of the outermost level declares."""
    texts = [word.token.text for word in statement if word.depth == 0]
    texts = [text for text in texts if text not in ("export", "async", "*")]
    if not texts or texts[0] not in ("const", "let", "function", "class"):
        return []
    if texts[0] in ("function", "class"):
        return [texts[1]]
    names = [texts[1]] + [texts[place + 1] for place, text in enumerate(texts) if text == ","]
    if not all(name.isidentifier() for name in names):
        raise JoiningError("names declared one by one", " ".join(texts[:6]))
    return names


def bound(row: Sequence[Word]) -> frozenset[str]:
    """Names that a statement declares anywhere inside; what it uses and nobody declares belongs to the browser.

    A default of a parameter counts as declared too: the answer may be too large, and is then found out by the tests that run the script.
    """
    found: set[str] = set()
    for place, word in enumerate(row):
        text = word.token.text
        if text in ("const", "let", "var"):
            found.update(_declarators(row, place))
        elif text in ("function", "class"):
            found.update(each.token.text for each in row[place + 1 : place + 3] if each.is_variable)
        elif text == "(" and _are_parameters(row, place):
            found.update(each.token.text for each in row[place + 1 : _end(row, place)] if each.is_variable)
        elif text == "=>" and row[place - 1].is_variable:
            found.add(row[place - 1].token.text)
    return frozenset(found)


def _declarators(row: Sequence[Word], start: int) -> Iterator[str]:
    """Names behind a word that declares: up to a value, and again behind each comma."""
    depth, is_name = row[start].depth, True
    for word in row[start + 1 :]:
        text = word.token.text
        if word.depth < depth or (word.depth == depth and text == ";"):
            return
        if word.depth == depth and text in ("=", "of", "in", ","):
            is_name = text == ","
        elif is_name and word.is_variable:
            yield text


def _end(row: Sequence[Word], start: int) -> int:
    """Where the bracket that opens here closes."""
    return next(place for place in range(start + 1, len(row)) if row[place].depth == row[start].depth)


def _are_parameters(row: Sequence[Word], start: int) -> bool:
    """Do these brackets enclose parameters, or what is caught?"""
    end = _end(row, start)
    after, before = (row[end + 1].token.text if end + 1 < len(row) else ""), (row[start - 1].token.text if start else "")
    return after == "=>" or (after == "{" and before not in ("if", "for", "while", "await"))

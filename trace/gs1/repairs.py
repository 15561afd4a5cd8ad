"""What scanners, keyboards and people do to a code on its way, and how each is undone (DOMAIN §10.2 rank 2).

A repair takes a text and gives the texts that it may have been; it never judges which of them is right. The harmless ones restore what
can have been only one thing. The doubtful ones change letters or guess where a value ends: only the ledger can confirm those.
Letters and white space are treated as ASCII, so that every implementation gives the same answer.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

from chain.errors import Sentence
from trace.gs1.checkdigit import has_check_digit
from trace.gs1.chinese import is_trace_code
from trace.gs1.elements import SEPARATOR

Step = Callable[[str], list[str]]
"""The texts that this text may have been; empty where the repair does not apply."""

BLANKS = " \t\r\n\x0b\x0c\x00\x02\x03\x04\u00a0\u200b\u2060\u3000\ufeff"
"""White space and the marks that scanners and messengers put around a code; no code contains them."""
_SHOWN_SEPARATOR = re.compile(
    r"<GS>|\{GS\}|\[GS\]|<FNC1>|\{FNC1\}|\[FNC1\]|<0x1D>|\\x1d|\\u001d|\\035|%1D|\^\]|[␝↔\x1c\x1e\x1f\xe8]", re.IGNORECASE
)
_SEVERAL = re.compile(r"\x1d{2,}")
_FOREIGN = re.compile(r"[^!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z\x1d]")
_BROKEN_PREFIX = re.compile(r"(?!\]E)[^0-9A-Za-z]?(?:d2|Q3|C1|e0|J1)(?=\x1d?[0-9])", re.IGNORECASE)
_NO_SCHEME = re.compile(r"[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)*(?::[0-9]{1,5})?/(?:[^?#]*/)?0[01]/[0-9]")
_DOUBLED = re.compile(r"(.{8,}?)\x1d?(?:\1\x1d?)+", re.DOTALL)
LONGEST_DOUBLED = 600
"""Characters up to which doubling is looked for; the search costs the square of the length."""
_LAST_EAN = re.compile(r"(.+?)(?:\x1d|\]E0)?([0-9]{13})", re.DOTALL)
_FIRST_EAN = re.compile(r"(?:\]E0)?([0-9]{13})(\]..)?(.+)", re.DOTALL)

_GERMAN_KEYS = "zyZYß´ü+#öä-^\"§&/()=?`Ü*'ÖÄ_;:°"
_AMERICAN_KEYS = "yzYZ-=[]\\;'/`@#^&*()_+{}|:\"?<>~"
KEYBOARD = str.maketrans(_GERMAN_KEYS, _AMERICAN_KEYS)
"""What a scanner that types on an American keyboard meant, where the computer expects a German one."""
YZ = str.maketrans("yzYZ", "zyZY")
"""Only the letters that the two keyboards exchange."""
CAPS = str.maketrans(ascii_lowercase + ascii_uppercase, ascii_uppercase + ascii_lowercase)
"""Caps lock turns every letter over."""
UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
"""A person types in lower case what is printed in capitals."""
WIDE = {0xFF01 + place: 0x21 + place for place in range(94)}
"""Full-width forms of an input method, back to ASCII."""


def _changed(text: str, new: str) -> list[str]:
    return [new] if new != text and new else []


def edges(text: str) -> list[str]:
    """Without Enter, Tab, blanks and invisible marks around the code."""
    return _changed(text, text.strip(BLANKS))


def wide(text: str) -> list[str]:
    """Full-width letters and digits as ASCII."""
    return _changed(text, text.translate(WIDE))


def shown_separator(text: str) -> list[str]:
    """A separator that was sent as a picture, an escape or a foreign character; only where no true one is left."""
    if SEPARATOR in text or "/" in text[:12]:
        return []
    head, body = (text[:3], text[3:]) if text.startswith("]") else ("", text)
    named = _SHOWN_SEPARATOR.sub(SEPARATOR, body)
    foreign = _FOREIGN.sub(SEPARATOR, named)
    return [head + new for new in dict.fromkeys(_changed(body, named) + _changed(body, foreign))]


def separators(text: str) -> list[str]:
    """Several separators in a row as one."""
    return _changed(text, _SEVERAL.sub(SEPARATOR, text))


def prefix(text: str) -> list[str]:
    """Without a symbology prefix that arrived damaged: its bracket lost, or typed on another keyboard."""
    return _changed(text, _BROKEN_PREFIX.sub("", text, count=1)) if _BROKEN_PREFIX.match(text) else []


def scheme(text: str) -> list[str]:
    """A Digital Link typed without `https://`."""
    return [f"https://{text}"] if _NO_SCHEME.match(text) else []


def blanks(text: str) -> list[str]:
    """Without the blanks inside, as the human-readable text has them."""
    return _changed(text, "".join(sign for sign in text if sign not in BLANKS))


def doubled(text: str) -> list[str]:
    """One of several copies of the same scan."""
    match = _DOUBLED.fullmatch(text) if len(text) <= LONGEST_DOUBLED else None
    return [match[1]] if match else []


def appended_ean(text: str) -> list[str]:
    """Without the EAN of the same pack that was scanned straight before or after; another product's EAN stays and is an error."""
    out = []
    last, first = _LAST_EAN.fullmatch(text), _FIRST_EAN.fullmatch(text)
    if last and has_check_digit(last[2]) and _same_pack(last[1], last[2]):
        out.append(last[1])
    if first and has_check_digit(first[1]) and _same_pack(first[3], first[1]):
        out.append((first[2] or "") + first[3])
    return out


def _same_pack(text: str, ean: str) -> bool:
    return f"0{ean}" in text or is_trace_code(text)


def keyboard(text: str) -> list[str]:
    """As if typed on the other keyboard: all keys that differ, and Y and Z alone."""
    whole = _changed(text, text.translate(KEYBOARD))
    return whole + [new for new in _changed(text, text.translate(YZ)) if new not in whole]


def caps_lock(text: str) -> list[str]:
    """Every letter in the other case."""
    return _changed(text, text.translate(CAPS))


def upper_case(text: str) -> list[str]:
    """All letters as capitals."""
    return _changed(text, text.translate(UPPER))


@dataclass(frozen=True, slots=True)
class Attempt:
    """A text that the scan may have been."""

    text: str
    """The text."""
    repairs: tuple[str, ...]
    """What was done to get there."""

    @property
    def doubts(self) -> int:
        """How many of the repairs only the ledger can confirm."""
        return sum(name in DOUBTFUL for name in self.repairs)


HARMLESS_STEPS: tuple[tuple[str, Step], ...] = (
    ("edges", edges),
    ("wide", wide),
    ("shown_separator", shown_separator),
    ("separators", separators),
    ("prefix", prefix),
    ("scheme", scheme),
    ("blanks", blanks),
)
"""Repairs that can be right in one way only, in the order in which they are tried."""
DOUBTFUL_STEPS: tuple[tuple[str, Step], ...] = (
    ("doubled", doubled),
    ("appended_ean", appended_ean),
    ("keyboard", keyboard),
    ("caps_lock", caps_lock),
    ("upper_case", upper_case),
)
"""Repairs that the ledger must confirm. A lost separator (`lost_separator`) is the last; it needs the grammar, see `splits`."""
LOST_SEPARATOR = "lost_separator"
"""Name of the repair that guesses where a value ends."""
DOUBTFUL = frozenset((*(name for name, _ in DOUBTFUL_STEPS), LOST_SEPARATOR))
"""Names of the repairs that the ledger must confirm."""
MOST_ATTEMPTS = 64
"""Texts tried for one scan; each step can double their number."""


def attempts(text: str) -> list[Attempt]:
    """The text and what it may have been, the fewest doubts first, else in the order of the steps."""
    out = [Attempt(text, ())]
    seen = {text}
    for name, step in (*HARMLESS_STEPS, *DOUBTFUL_STEPS):
        for attempt in tuple(out):
            for new in step(attempt.text):
                if new not in seen and len(out) < MOST_ATTEMPTS:
                    seen.add(new)
                    out.append(Attempt(new, (*attempt.repairs, name)))
    return sorted(out, key=lambda attempt: (attempt.doubts, len(attempt.repairs)))


def sentences(repairs: tuple[str, ...]) -> Iterator[Sentence]:
    """The sentences about these repairs, in order."""
    return (REPAIRS[name] for name in repairs)


_CHECK = ("打开“扫描器检查”。", "Open the scanner check.")
REPAIRS: dict[str, Sentence] = {
    "edges": Sentence("去掉了首尾的空白或回车。", "Blanks or Enter around the code were taken off.", "", ""),
    "wide": Sentence(
        "全角字符已转为半角。", "Full-width characters were read as plain ones.", "关闭全角输入。", "Switch full-width input off."
    ),
    "shown_separator": Sentence("分隔符以其他字符传来。", "The separator arrived as another character.", *_CHECK),
    "separators": Sentence("分隔符重复。", "The separator came several times.", *_CHECK),
    "prefix": Sentence("扫描器前缀不完整。", "The scanner's prefix arrived damaged.", *_CHECK),
    "scheme": Sentence("链接缺少 https://。", "The link came without https://.", "", ""),
    "blanks": Sentence("去掉了中间的空格。", "Blanks inside the code were taken out.", "", ""),
    "doubled": Sentence("同一个码被扫了两次。", "The same code was scanned twice.", "一次只扫一次。", "Scan once."),
    "appended_ean": Sentence(
        "商品条码被一同扫入。", "The product's bar code was scanned with it.", "只扫方形码。", "Scan the square code only."
    ),
    "keyboard": Sentence("键盘布局不同(Y 与 Z 互换)。", "Keyboard layout differs (Y and Z exchanged).", *_CHECK),
    "caps_lock": Sentence("大写锁定已打开。", "Caps lock is on.", "关闭大写锁定。", "Switch caps lock off."),
    "upper_case": Sentence(
        "小写字母按大写读取。", "Small letters were read as capitals.", "按盒上的大写输入。", "Type capitals as printed."
    ),
    LOST_SEPARATOR: Sentence("扫描器丢失了分隔符。", "The scanner lost the separator.", *_CHECK),
}
"""What was done to a scan, and what would make it unnecessary; shown beside the verdict and on the scanner check."""

"""The style sheet as it is sent: without comments and idle whitespace. `static/css/` is the source, to be read and changed."""

import re
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "static" / "css"
"""The style sheets."""

_PART = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|/\*.*?\*/|(?:(?!/\*)[^"\'])+', re.DOTALL)
_IDLE = ((r"\s+", " "), (r" ?([{};,]) ?", r"\1"), (r": ", ":"), (r";}", "}"))


@cache
def style(name: str) -> str:
    """The style sheet of this name as it is sent."""
    return shortened(FOLDER.joinpath(name).read_text("utf-8"))


def shortened(text: str) -> str:
    """A style sheet without comments and the whitespace that separates nothing; what stands in quotation marks stays."""
    kept = [part for part in _PART.findall(text) if not part.startswith("/*")]
    quoted = [part for part in kept if part[0] in "\"'"]
    plain = "".join("\0" if part[0] in "\"'" else part for part in kept)
    for pattern, short in _IDLE:
        plain = re.sub(pattern, short, plain)
    for part in quoted:
        plain = plain.replace("\0", part, 1)
    return plain.strip()

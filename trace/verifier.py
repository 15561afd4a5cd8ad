"""The browser's verifier as single files: its modules joined into one script, and the page that can be saved (PROTOCOL §1, §8).

There is no build step and nothing is fetched: the modules of `static/verify/` are read and put in the order of their imports, each in a
function of its own, without comments and indentation. The same sources always give the same bytes, so the hash of the page can be printed.
"""

import base64
import hashlib
import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "static" / "verify"
"""The modules."""
PAGE, DEVICE, FALLBACK, SCANS, WORKER = "page.js", "device.js", "ed25519.js", "gs1/scan.js", "worker.js"
"""Modules that others begin with: the page that can be saved, the device's check of a verdict page, signatures without WebCrypto,
what scanners do to codes, what keeps pages for times without a network."""
ANCHOR_PLACE = "null /* anchor */"
"""Where the page's skeleton takes the pinned anchor."""

_IMPORT = re.compile(r'^import (\{[^}]*\}|\* as \w+) from "(\./|\.\./)([\w./]+)";\n', re.MULTILINE)
_LATER = re.compile(r'import\("\./([\w./]+)"\)')
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|class) (\w+))", re.MULTILINE)
_MORE_NAMES = re.compile(r"^export const (\w+) = [^\n]*?, (\w+) = ", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*.*?\*/|//[^\n]*)\n", re.MULTILINE | re.DOTALL)
_BLANK = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Module:
    """One module, taken apart."""

    name: str
    """Path below the folder."""
    imports: Mapping[str, str]
    """Name of another module -> what is taken from it, as JavaScript destructures it."""
    later: tuple[str, ...]
    """Modules that it loads only when it needs them."""
    exports: tuple[str, ...]
    """Names that it gives."""
    body: str
    """Its code without imports and exports, comments and indentation."""


@cache
def read(name: str) -> Module:
    """The module with this path below the folder."""
    text = FOLDER.joinpath(name).read_text("utf-8")
    imports = {
        _resolve(name, found[2] + found[3]): found[1].removeprefix("* as ").replace(" as ", ": ") for found in _IMPORT.finditer(text)
    }
    exports = [*_EXPORT.findall(text), *(more for _, more in _MORE_NAMES.findall(text))]
    later = tuple(_resolve(name, f"./{found}") for found in _LATER.findall(text))
    body = _BLANK.sub("", _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))).strip()
    return Module(name, imports, later, tuple(exports), body)


def _resolve(name: str, target: str) -> str:
    """Path below the folder of what a module names relative to itself."""
    parts = name.split("/")[:-1]
    for part in target.split("/"):
        parts = parts[:-1] if part == ".." else parts if part == "." else [*parts, part]
    return "/".join(parts)


def _ordered(name: str, done: dict[str, Module], *, whole: bool) -> None:
    """Adds a module behind all that it imports; with `whole` also behind what it loads later."""
    module = read(name)
    for other in (*module.imports, *(module.later if whole else ())):
        if other not in done:
            _ordered(other, done, whole=whole)
    done[name] = module


def script(entry: str, later: Mapping[str, str] | None = None) -> str:
    """A module and all that it imports as one script. `later`: module that is loaded only when needed -> its address; where not given,
    such modules are inside too."""
    done: dict[str, Module] = {}
    _ordered(entry, done, whole=later is None)
    parts = [_wrap(module, later or {}) for module in done.values()]
    return '"use strict";\n' + "".join(parts)


def library(entry: str) -> str:
    """As `script`, as a module that exports what its entry does."""
    names = ", ".join(read(entry).exports)
    return f"{script(entry)}export const {{ {names} }} = {_variable(entry)};\n"


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removesuffix(".js"))


def _wrap(module: Module, later: Mapping[str, str]) -> str:
    taken = "".join(f"const {names} = {_variable(other)};\n" for other, names in module.imports.items())

    def found(match: re.Match[str]) -> str:
        other = _resolve(module.name, f"./{match[1]}")
        return f'import("{later[other]}")' if other in later else f"Promise.resolve({_variable(other)})"

    body = _LATER.sub(found, module.body)
    return f"const {_variable(module.name)} = (() => {{\n{taken}{body}\nreturn {{ {', '.join(module.exports)} }};\n}})();\n"


# --- the page that can be saved ----------------------------------------------------------------------------------------------


@cache
def page(anchor: bytes | None, second: str = "") -> bytes:
    """The verifier as one HTML file that needs no network. `anchor`: canonical JSON of what it pins; `second`: address of another one."""
    code = script(PAGE).replace(ANCHOR_PLACE, "null" if anchor is None else as_data(anchor.decode("utf-8")))
    style = FOLDER.parent.joinpath("css", "pharmatrace.css").read_text("utf-8")
    skeleton = FOLDER.joinpath("page.html").read_text("utf-8")
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_source(code)}",
            f"style-src {_source(style)}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    for place, text in (("/* second */", html.escape(second)), ("/* policy */", policy), ("/* style */", style), ("/* script */", code)):
        skeleton = skeleton.replace(place, text)
    return skeleton.encode("utf-8")


def as_data(text: str) -> str:
    """JSON as it may stand inside a script element."""
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def digest(data: bytes) -> str:
    """SHA-256 of a page, hex: what is printed, and compared by whoever saved it."""
    return hashlib.sha256(data).hexdigest()


def policy_of(data: bytes) -> str:
    """The Content-Security-Policy that a page carries in itself, for its header."""
    found = re.search(rb'http-equiv="Content-Security-Policy" content="([^"]+)"', data)
    return found[1].decode("ascii") if found else ""


def _source(text: str) -> str:
    """A text as a source of a Content-Security-Policy."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"

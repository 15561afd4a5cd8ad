"""Imports run one way (DESIGN §2). Walks the tree with the standard library's `ast`."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

WEB, CLI = "trace.web", "trace.cli"
MODULES = ("trace.drugs", "trace.ehr", "trace.surgery", "trace.claims")
SERVICES = ("trace.parties", "trace.vault", "trace.epcis", "trace.labels", "trace.qrcodes", "trace.bitmaps", "trace.config", "trace.fields",
            "trace.forms", "trace.market", "trace.kinds", "trace.images", "trace.carrier", "trace.places")  # fmt: skip
JOINING = (
    "trace.registry",
    "trace.ledger",
    "trace.following",
    "trace.operatorkeys",
    "trace.folder",
    "trace.signer",
    "trace.sentences",
    "trace.demo",
    "trace.verifier",
    "trace.javascript",
    "trace.styles",
    "trace.anchoring",
    "trace.cosigning",
    "trace.witnessing",
)

RANKS: dict[str, int] = {
    **dict.fromkeys(("chain",), 0),
    **dict.fromkeys(("trace.gs1",), 1),
    **dict.fromkeys(SERVICES, 2),
    **dict.fromkeys(MODULES, 3),
    **dict.fromkeys(JOINING, 4),
    **dict.fromkeys((WEB, CLI), 5),
    "app": 6,
}
"""Layer of each part: a part may import its own layer and those below, and of its own layer only what `SAME_LAYER` allows."""

JUDGING = ("rules", "finality", "tally", "attesters", "consensus", "voting", "pool", "overruled", "proof", "disclosed", "evidenceforms",
           "sync", "messages", "peers", "holding", "genesis", "candidate", "branch", "branches", "noted",
           "checking", "checkpoint", "anchor")  # fmt: skip
"""Modules of `chain` that judge, or hold what is to be judged; `node` puts them together."""
CHAIN_RANKS: dict[str, int] = {
    **dict.fromkeys(("errors", "interfaces", "codes", "network_codes", "evidence_codes"), 0),
    **dict.fromkeys(("codec", "processes", "garbage"), 1),
    **dict.fromkeys(("merkle", "compactrange", "statenodes", "statetree", "statetiles", "keys", "keyfile", "keyvectors"), 2),
    **dict.fromkeys(("transactions", "state", "blocks", "work", "base", "clock", "notes", "twins", "histories", "made"), 3),
    **dict.fromkeys(("envelopes",), 2),
    **dict.fromkeys(JUDGING, 4),
    **dict.fromkeys(("gathering", "headertree", "tlogpolicy", "witness", "handover", "contradiction"), 4),
    **dict.fromkeys(("published", "attesting"), 5),
    **dict.fromkeys(
        ("follower", "node", "reader", "durability", "contests", "acceptance", "growth", "mining", "fetching", "exchange", "upkeep"), 5
    ),
    **dict.fromkeys(("snapshot", "replay", "conclusions", "remembered", "audit", "hashes", "scrub"), 5),
}
"""Layer of each module of `chain`."""
SEAMS = ("store", "wire")
"""Packages of drivers, which see only `interfaces`, `errors`, `codec` (and `codes`, the table of their own sentences)."""
SEAM_IMPORTS = {"chain.interfaces", "chain.errors", "chain.codec"}


def python_files() -> list[Path]:
    return [ROOT / "app.py", *sorted((ROOT / "chain").rglob("*.py")), *sorted((ROOT / "trace").rglob("*.py"))]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, those inside functions and behind TYPE_CHECKING too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            assert node.module is not None
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if is_module(f"{node.module}.{alias.name}"))


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or path.is_dir()


def part_of(name: str) -> str | None:
    """The part of `RANKS` that a module belongs to; None for what is not ours."""
    if name == "trace":
        return None
    found = [part for part in RANKS if name == part or name.startswith(part + ".")]
    if not found and name.split(".")[0] in ("chain", "trace", "app"):
        raise AssertionError(f"{name} belongs to no layer: give it one in tests/test_layers.py and docs/DESIGN.md")
    return max(found, key=len) if found else None


def is_allowed(part: str, other: str) -> bool:
    if part == other:
        return True
    if other in MODULES and part in MODULES:
        return False
    if RANKS[part] == RANKS[other]:
        return {part, other} <= set(SERVICES) or {part, other} <= set(JOINING)
    return RANKS[other] < RANKS[part]


@pytest.mark.parametrize("path", python_files(), ids=lambda path: name_of(path))
def test_imports_run_one_way(path: Path) -> None:
    part = part_of(name_of(path))
    for other_name in imports_of(path):
        other = part_of(other_name)
        if part is not None and other is not None:
            assert is_allowed(part, other), f"{name_of(path)} imports {other_name}"


def chain_rank(name: str) -> int | None:
    parts = name.split(".")
    if len(parts) < 2 or parts[0] != "chain" or parts[1] in SEAMS:
        return None
    assert parts[1] in CHAIN_RANKS, f"{name} belongs to no layer of chain: give it one in tests/test_layers.py"
    return CHAIN_RANKS[parts[1]]


@pytest.mark.parametrize("path", sorted((ROOT / "chain").rglob("*.py")), ids=lambda path: name_of(path))
def test_chain_imports_run_one_way(path: Path) -> None:
    name = name_of(path)
    rank = chain_rank(name) if name != "chain.interfaces" else None  # its annotations name transactions; nothing is imported at run time
    for other in imports_of(path):
        assert not other.startswith("trace"), f"{name} imports {other}: the ledger knows nothing of medicine"
        other_rank = chain_rank(other) if other.startswith("chain.") else None
        if rank is not None and other_rank is not None and not other.startswith("chain.interfaces"):
            assert other_rank <= rank, f"{name} imports {other}"
        if rank is not None and rank < 5:
            assert not other.startswith(("chain.store", "chain.wire")) or name == "chain.codes", f"{name} imports the driver {other}"


@pytest.mark.parametrize("seam", SEAMS)
def test_drivers_see_only_the_seams(seam: str) -> None:
    for path in (ROOT / "chain" / seam).rglob("*.py"):
        for other in imports_of(path):
            if other.startswith("chain.") and not other.startswith(f"chain.{seam}"):
                assert any(other == allowed or other.startswith(allowed + ".") for allowed in SEAM_IMPORTS), (
                    f"{name_of(path)} imports {other}"
                )


@pytest.mark.parametrize(
    "module", ["flask", "werkzeug", "sqlite3", "sqlite_utils", "pysqlite3", "click", "rich", "PIL", "qrcode", "zxingcpp"]
)
def test_rules_know_no_driver(module: str) -> None:
    allowed = {"flask": "trace/web", "werkzeug": "trace/web", "click": "trace/cli", "rich": "trace/cli"}
    for path in python_files():
        place = path.relative_to(ROOT).as_posix()
        if place.startswith(("chain/store", "trace/labels", "trace/qrcodes", "trace/images", allowed.get(module, "-"))):
            continue
        assert not any(name == module or name.startswith(module + ".") for name in imports_of(path)), f"{place} imports {module}"


def test_no_module_bears_a_name_of_the_standard_library() -> None:
    for path in python_files():
        name = path.stem if path.stem != "__init__" else path.parent.name
        if path.parent.parent == ROOT or path.parent == ROOT:
            assert name == "trace" or name not in sys.stdlib_module_names, path

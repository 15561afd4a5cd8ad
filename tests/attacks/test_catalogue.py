"""The catalogue of attacks in docs/THREATS.md is whole: every file here is in it, and there are forty at least."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
THREATS = FOLDER.parents[1] / "docs" / "THREATS.md"


def test_every_attack_is_in_the_table_of_threats() -> None:
    files = {path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py")} - {"catalogue"}
    named = set(re.findall(r"^\| `([a-z_]+)` \|", THREATS.read_text("utf-8"), re.MULTILINE))
    assert files == named and len(files) >= 40

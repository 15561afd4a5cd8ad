"""The one door: every process starts here. The standard library has a module named `trace` too, so this folder must come first."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
if not hasattr(sys.modules.get("trace"), "__path__"):
    sys.modules.pop("trace", None)  # somebody has loaded the standard library's before us

from trace.cli import main as run_command_line
from trace.web import create_app

app = create_app()


def main() -> None:
    """Runs the command line."""
    run_command_line(create_app)


if __name__ == "__main__":
    main()

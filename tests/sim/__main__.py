"""`python -m tests.sim`: one seed with its trace, or a campaign with its sums."""

import argparse
import sys

from tests.sim.campaign import campaign, verbose


def main() -> int:
    """0 when nothing was broken."""
    parser = argparse.ArgumentParser(prog="tests.sim", description="Simulates networks of nodes under faults, each from its seed.")
    parser.add_argument("--seed", type=int, help="replay this seed only")
    parser.add_argument("--verbose", action="store_true", help="with --seed: print everything that happened")
    parser.add_argument("--first", type=int, default=1, help="first seed of a campaign")
    parser.add_argument("--seeds", type=int, default=300, help="seeds of a campaign")
    parser.add_argument("--processes", type=int, default=2, help="processes of a campaign")
    parser.add_argument("--table", action="store_true", help="print the counts as a table before the last line")
    chosen = parser.parse_args()
    if chosen.seed is not None and chosen.verbose:
        return verbose(chosen.seed)
    one = chosen.seed is not None
    summary = campaign(chosen.seed if one else chosen.first, 1 if one else chosen.seeds, 1 if one else chosen.processes)
    if chosen.table:
        sys.stdout.write("\n".join(summary.table()) + "\n")
    sys.stdout.write(summary.line() + "\n")
    return 1 if summary.violations else 0


if __name__ == "__main__":
    sys.exit(main())

"""`audit`: replays the whole ledger. `finality`: the paper's odds of an attacker who catches up (S-12, S-13)."""

import json
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chain import work
from chain.audit import Finding, audit
from chain.clock import SystemClock
from chain.errors import ChainError, Fault
from chain.hashes import audit_hashes
from chain.node import Node
from chain.scrub import Scratch
from chain.store.frozen import FrozenStore
from chain.store.sqlite import SqliteStore
from trace.cli.group import err, settings_of
from trace.cli.options import data_option
from trace.folder import audit_files
from trace.ledger import DATABASE
from trace.operatorkeys import MINER_FILE
from trace.registry import Application

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
"""What the progress bar shows."""


@click.command("audit")
@data_option
@click.option("--fast", is_flag=True, help="Hashes and roots only; see above for what this does not prove.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def audit_command(data: str | None, fast: bool, as_json: bool) -> None:
    """Replay every block from genesis and compare it with everything that the folder holds.

    Ends with 0 when all is as it must be, else with 1 and the height, transaction and field of the first fault. The state is made
    again among the temporary files (TMPDIR), which need room for it.

    With --fast only hashes are computed: every transaction, item, proof and vote is the one that the chain of headers commits to, with its
    links, times, targets, work and seals. It does not prove that signatures of transactions are good, that any rule was kept, or that the
    state, its tiles and indexes, waiting transactions and losing branches are as they must be.
    """
    folder = settings_of(data=data).data
    finding = audit_folder(folder, fast=fast)
    if finding is None:
        sound = "every block hangs together (hashes and roots only)" if fast else "every block, entry and index is as it must be"
        click.echo(json.dumps({"fault": None}) if as_json else f"{folder}: {sound}")
        return
    place = {"height": finding.height, "transaction": finding.transaction, "field": finding.field}
    if as_json:
        click.echo(json.dumps({"fault": {**place, **finding.error.as_json(), "field": finding.field}}, ensure_ascii=False))
    else:
        click.echo(f"fault at {finding}")
    sys.exit(1)


def audit_folder(folder: Path, *, fast: bool = False) -> Finding | None:
    """The first fault of a data folder, or None. Raises Fault `ledger.folder` where there is none."""
    path = folder / DATABASE
    if not path.is_file():
        raise Fault("ledger.folder", f"a ledger in {folder}", "no such file: " + DATABASE)
    try:
        store = SqliteStore(path)
    except Fault as error:
        return Finding(None, None, error.field or "database", error)
    with closing(store), Progress(*COLUMNS, console=err, transient=True) as bar:
        task = bar.add_task("hashing" if fast else "replaying", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if fast:
            return audit_hashes(store, show, partial(FrozenStore, path))
        with TemporaryDirectory(prefix="pharmatrace-audit-") as scratch, closing(Scratch(Path(scratch) / DATABASE)) as replayed:
            return audit(store, Application(), show, replayed) or audit_beside(folder, store)


def audit_beside(folder: Path, store: SqliteStore) -> Finding | None:
    """The first fault of the files beside a database that was found to be as it must be."""
    try:
        view = Node(store, Application(), SystemClock()).view()
        return audit_files(folder, view, complete=(folder / "keys" / MINER_FILE).is_file())
    except ChainError as error:
        return Finding(None, None, error.field or "database", error)


@click.command("finality")
@click.option("--attacker", required=True, metavar="Q", help="Share of the hash power that the attacker has, such as 0.1.")
@click.option("--depth", type=click.IntRange(0, 100_000), metavar="Z", help="Blocks on top: print the attacker's odds of catching up.")
@click.option("--risk", metavar="R", help="Accepted odds, such as 0.001: print the depth that is needed.")
def finality_command(attacker: str, depth: int | None, risk: str | None) -> None:
    """The paper's odds that an attacker replaces a block (S-12, S-13): a model of proof of work, not this ledger's finality."""
    if (depth is None) == (risk is None):
        raise click.UsageError("give either --depth or --risk")
    click.echo(work.catch_up_text(attacker, depth) if depth is not None else work.depth_for(attacker, str(risk)))

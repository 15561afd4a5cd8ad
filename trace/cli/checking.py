"""`audit`: replays the whole ledger. `finality`: the paper's odds of an attacker who catches up (S-12, S-13)."""

import json
import sys
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chain import audit, work
from chain.errors import Fault
from chain.store.sqlite import SqliteStore
from trace.cli.group import err, settings_of
from trace.cli.options import data_option
from trace.ledger import DATABASE
from trace.registry import Application


@click.command("audit")
@data_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def audit_command(data: str | None, as_json: bool) -> None:
    """Replay every block from genesis and compare it with everything that the folder holds.

    Ends with 0 when all is as it must be, else with 1 and the height, transaction and field of the first fault.
    """
    folder = settings_of(data=data).data
    finding = audit_folder(folder)
    if finding is None:
        click.echo(json.dumps({"fault": None}) if as_json else f"{folder}: every block, entry and index is as it must be")
        return
    place = {"height": finding.height, "transaction": finding.transaction, "field": finding.field}
    if as_json:
        click.echo(json.dumps({"fault": {**place, **finding.error.as_json(), "field": finding.field}}, ensure_ascii=False))
    else:
        click.echo(f"fault at {finding}")
    sys.exit(1)


def audit_folder(folder: Path) -> audit.Finding | None:
    """The first fault of a data folder, or None. Raises Fault `ledger.folder` where there is none."""
    if not (folder / DATABASE).is_file():
        raise Fault("ledger.folder", f"a ledger in {folder}", "no such file: " + DATABASE)
    try:
        store = SqliteStore(folder / DATABASE)
    except Fault as error:
        return audit.Finding(None, None, error.field or "database", error)
    try:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=err, transient=True
        ) as bar:
            task = bar.add_task("replaying", total=None)
            return audit.audit(store, Application(), lambda done, total: bar.update(task, completed=done, total=total))
    finally:
        store.close()


@click.command("finality")
@click.option("--attacker", required=True, metavar="Q", help="Share of the hash power that the attacker has, such as 0.1.")
@click.option("--depth", type=click.IntRange(0, 100_000), metavar="Z", help="Blocks on top: print the attacker's odds of catching up.")
@click.option("--risk", metavar="R", help="Accepted odds, such as 0.001: print the depth that is needed.")
def finality_command(attacker: str, depth: int | None, risk: str | None) -> None:
    """The paper's odds that an attacker replaces a block (S-12, S-13): a model of proof of work, not this ledger's finality."""
    if (depth is None) == (risk is None):
        raise click.UsageError("give either --depth or --risk")
    click.echo(work.catch_up_text(attacker, depth) if depth is not None else work.depth_for(attacker, str(risk)))

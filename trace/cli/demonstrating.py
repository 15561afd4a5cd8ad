"""`demo`: builds the demonstration, shows a code and an address for each verdict, serves."""

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import orjson
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from chain.clock import SystemClock
from chain.errors import Fault
from trace import labels
from trace.cli.group import err, out, settings_of, web_factory
from trace.cli.options import host_option, port_option
from trace.cli.serving import serve
from trace.config import BY_NAME, Settings
from trace.demo.build import DOCUMENT_FILE, KEY_SOURCE_FILE, build_demo
from trace.demo.days import Days
from trace.demo.founding import MARKETS, NAME
from trace.demo.world import MARKET
from trace.ledger import DATABASE, hold, open_ledger

DEFAULT_FOLDER = Path("data/demo")
"""Where the demonstration lies unless told otherwise."""
MARKS: Mapping[str, str] = {"green": "[green]●[/]", "amber": "[yellow]●[/]", "red": "[red]●[/]", "blue": "[blue]●[/]"}
"""How a light looks in a terminal."""
SHOWN_EXAMPLE = 1
"""The example whose code is drawn: a genuine pack in a consumer's hand."""


@click.command("demo")
@click.option(
    "--data", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=DEFAULT_FOLDER, show_default=True, help="Its folder."
)
@host_option
@port_option
@click.option("--exit", "only_build", is_flag=True, help="Build and print, do not serve.")
def demo_command(data: Path, host: str | None, port: int | None, only_build: bool) -> None:
    """Build a made-up world of 120 days with an example for each verdict, and serve it.

    A demonstration of today in the folder is used again; an older one is built anew, since its days are counted from today.
    """
    settings = settings_of(data=str(data), host=host, port=port)
    document = prepare(data)
    show(document, settings)
    if only_build:
        return
    with open_ledger(data, settings=settings) as ledger:
        ledger.start()
        ledger.start_scrub(settings.number("scrub"))
        serve(ledger, settings, web_factory())


def prepare(folder: Path) -> Mapping[str, Any]:
    """The demonstration's document: that of today's demonstration in the folder, else of one that is built now."""
    now = SystemClock().now()
    document = find(folder)
    if document is not None and document["genesis"].get("start") == Days(now, int(MARKETS[MARKET]["offset_minutes"])).start:
        err.print(f"using today's demonstration in {folder}")
        return document
    clear(folder, document)
    err.print(f"building the demonstration in {folder}")
    columns = (TextColumn("{task.description:24}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("")
        return build_demo(folder, now, lambda done, total, what: bar.update(task, completed=done, total=total, description=what)).document


def find(folder: Path) -> Mapping[str, Any] | None:
    """The document of a whole demonstration in the folder; None where there is none."""
    try:
        document = orjson.loads((folder / DOCUMENT_FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    is_ours = isinstance(document, dict) and isinstance(document.get("genesis"), dict) and document["genesis"].get("name") == NAME
    return document if is_ours and (folder / DATABASE).is_file() else None


def clear(folder: Path, document: Mapping[str, Any] | None) -> None:
    """Removes an older or half-built demonstration, and only that. Raises Fault `demo.folder` where something else lies there."""
    if not folder.exists() or not any(folder.iterdir()):
        return
    if document is None and not (folder / KEY_SOURCE_FILE).is_file():
        raise Fault("demo.folder", "a demonstration or nothing", f"other files in {folder}")
    with hold(folder):
        err.print(f"removing the demonstration of another day in {folder}")
        for name in (
            DOCUMENT_FILE,
            DATABASE,
            f"{DATABASE}-wal",
            f"{DATABASE}-shm",
            f"{DATABASE}-journal",
            f"{DATABASE}-mark",
            KEY_SOURCE_FILE,
        ):
            (folder / name).unlink(missing_ok=True)
        for name in ("blobs", "keys", "marks", "serials"):
            shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "lock").unlink(missing_ok=True)


def show(document: Mapping[str, Any], settings: Settings) -> None:
    """Prints a code to scan, and the address of one example for each verdict."""
    examples = document["examples"]
    out.print(labels.qr_text(settings.public_url + examples[SHOWN_EXAMPLE]["path"]), markup=False)
    out.print("one example for each verdict (all of them are in demo.json):")
    for example in first_of_each(examples):
        place = f" at {example['at']}" if example["at"] else ""
        out.print(f"{MARKS[example['light']]} {example['verdict']}, {example['as']}{place}", highlight=False)
        out.print(f"  {settings.public_url}{example['path']}", markup=False)
    if settings.is_local:
        out.print(f"a phone reaches them with --host 0.0.0.0 and {BY_NAME['public_url'].variable}=http://<address of this machine>:<port>")


def first_of_each(examples: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first example of each verdict."""
    found: dict[str, Mapping[str, Any]] = {}
    for example in examples:
        found.setdefault(example["verdict"], example)
    return list(found.values())

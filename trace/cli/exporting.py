"""`export`: blocks, transactions or state as lines of JSON or as CSV, for whoever wants to compute on them."""

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import click
from rich.progress import track

from chain import work
from chain.blocks import Block
from trace import carrier
from trace.cli.group import err, settings_of
from trace.cli.options import data_option
from trace.ledger import Ledger, open_ledger

Row = Mapping[str, Any]
"""One exported line."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "blocks": ("height", "id", "previous", "time", "transactions", "zero_bits", "miner", "state_root", "final"),
    "transactions": ("height", "index", "time", "id", "kind", "by", "seq", "at", "body", "items"),
    "state": ("key", "value"),
}
"""Columns of each table; nested values are JSON inside a CSV cell."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet takes for a formula: such cells get an apostrophe in front."""


@click.command("export")
@data_option
@click.option("--what", type=click.Choice(list(COLUMNS)), default="transactions", show_default=True, help="What to export.")
@click.option("--format", "form", type=click.Choice(["ndjson", "csv"]), default="ndjson", show_default=True, help="How to write it.")
@click.option(
    "--output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write to a new file instead of standard output."
)
def export_command(data: str | None, what: str, form: str, output: Path | None) -> None:
    """Export the best chain. Everything in it is public to the ledger's members; serials never are on it."""
    settings = settings_of(data=data)
    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(settings.data, settings=settings, writing=False))
        target = sys.stdout if output is None else stack.enter_context(output.open("x", encoding="utf-8", newline=""))
        count = write(target, form, what, rows(ledger, what))
    err.print(f"{count} rows of {what}")


def rows(ledger: Ledger, what: str) -> Iterator[Row]:
    """The rows of a table, oldest block first."""
    if what == "state":
        yield from ({"key": key, "value": value} for key, value in ledger.node.view().scan(""))
        return
    heights = range(ledger.node.tip.header.height + 1)
    for height in track(heights, description="exporting", console=err, transient=True):
        block = ledger.node.block(height)
        if block is not None:
            yield from [block_row(ledger, block)] if what == "blocks" else transaction_rows(block)


def block_row(ledger: Ledger, block: Block) -> Row:
    """A block's header in words."""
    header = block.header
    return {
        "height": header.height, "id": header.id.hex(), "previous": header.previous.hex(), "time": header.time,
        "transactions": header.count,
        "zero_bits": work.leading_zero_bits(header.id), "miner": header.miner.hex(), "state_root": header.state_root.hex(),
        "final": header.height <= ledger.node.final_height,
    }  # fmt: skip


def transaction_rows(block: Block) -> Iterator[Row]:
    """The transactions of a block, each with all that is needed to check its signatures."""
    for index, item in enumerate(block.transactions):
        yield {
            "height": block.header.height, "index": index, "time": block.header.time, "id": item.id.hex(), "kind": item.kind, "by": item.by,
            "seq": item.seq, "at": item.at, "body": item.body, "items": list(item.items), "signed": carrier.to_json(item),
        }  # fmt: skip


def write(target: TextIO, form: str, what: str, table: Iterator[Row]) -> int:
    """Writes the rows and returns their number."""
    count = 0
    writer = csv.writer(target)
    if form == "csv":
        writer.writerow(COLUMNS[what])
    for row in table:
        if form == "csv":
            writer.writerow([cell(row[name]) for name in COLUMNS[what]])
        else:
            target.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
        count += 1
    return count


def cell(value: Any) -> str:
    """A CSV cell that no spreadsheet runs as a formula."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return "'" + text if text.startswith(FORMULA_STARTS) else text

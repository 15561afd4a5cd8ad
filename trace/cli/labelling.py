"""`label`: codes to print, for one code or for the packs of a batch made here."""

from collections.abc import Iterator
from pathlib import Path

import click
from rich.progress import track

from chain.errors import Fault
from chain.state import state_key
from trace import labels
from trace.cli.group import err, out, settings_of
from trace.cli.options import data_option
from trace.gs1.item import BATCH, PACK, Item
from trace.gs1.scan import read
from trace.ledger import Ledger, open_ledger

SHEET_FILE = "labels.html"
"""Name of the printable file."""
LABEL_LIMIT = 20_000
"""Labels made at once: a sheet that a browser still opens."""
FORMS = ("sheet", "svg", "png", "terminal")
"""How labels are written."""


@click.command("label")
@click.argument("code", required=False)
@data_option
@click.option("--gtin", metavar="GTIN", help="Batch: its GTIN.")
@click.option("--lot", metavar="LOT", help="Batch: its lot.")
@click.option("--slots", metavar="A-B", help="Batch: only slots A to B-1 (default: all).")
@click.option("--batch-label", is_flag=True, help="Batch: one label for the batch itself, without a serial.")
@click.option(
    "--format", "form", type=click.Choice(FORMS), default="terminal", show_default=True, help="A sheet of A4 pages, pictures, or here."
)
@click.option("--output", metavar="DIR", type=click.Path(file_okay=False, path_type=Path), default=Path(), help="Folder for the files.")
def label_command(code: str | None, form: str, output: Path, data: str | None, **batch: str | bool | None) -> None:
    """Make labels for CODE, or for a batch (--gtin and --lot) whose serials lie in this data folder.

    Serials are secrets of their owner until a pack is sold: keep the files as you keep the packs.
    """
    settings = settings_of(data=data)
    if code is not None:
        reading = read(code, settings.hosts)
        if reading.item is None:
            raise reading.problem or Fault("cli.batch", "a code that reads in one way", code, field="code")
        write([labels.label_of(reading.item, settings.public_url)], form, output)
        return
    gtin, lot = str(batch["gtin"] or ""), str(batch["lot"] or "")
    if not gtin or not lot:
        raise click.UsageError("give a CODE, or --gtin and --lot")
    with open_ledger(settings.data, settings=settings, writing=False) as ledger:
        items = [Item(BATCH, gtin=gtin, lot=lot)] if batch["batch_label"] else list(packs(ledger, gtin, lot, batch["slots"]))
        write([labels.label_of(item, settings.public_url, title_of(ledger, gtin)) for item in items], form, output)


def packs(ledger: Ledger, gtin: str, lot: str, slots: str | bool | None) -> Iterator[Item]:
    """The packs of a batch as they are printed. Raises Fault `ledger.serials`, `cli.batch`."""
    batch = ledger.node.view().get(state_key("batch", gtin, lot))
    serials = ledger.read_serials(gtin, lot)
    start, end = slot_range(str(slots) if slots else None, len(serials))
    if end - start > LABEL_LIMIT:
        raise Fault("cli.batch", f"at most {LABEL_LIMIT} labels at once", end - start, field="slots")
    expiry = str(batch["printed_expiry"]) if batch is not None else None
    yield from (Item(PACK, gtin=gtin, lot=lot, serial=serial, expiry=expiry) for serial in serials[start:end])


def slot_range(text: str | None, count: int) -> tuple[int, int]:
    """Slots `A-B`, `A` alone, or all. Raises Fault `cli.batch`."""
    if text is None:
        return 0, count
    first, dash, last = text.partition("-")
    if not first.isdecimal() or (dash and not last.isdecimal()):
        raise Fault("cli.batch", "slots as A-B", text, field="slots")
    start, end = int(first), int(last) if dash else int(first) + 1
    if not 0 <= start < end <= count:
        raise Fault("cli.batch", f"slots within 0-{count}", text, field="slots")
    return start, end


def title_of(ledger: Ledger, gtin: str) -> str:
    """The product's name in a language that there is."""
    product = ledger.node.view().get(state_key("product", gtin))
    names = product["names"] if product is not None else {}
    return str(names.get("en") or names.get("zh") or "")


def write(found: list[labels.Label], form: str, output: Path) -> None:
    """Prints or writes the labels."""
    if form == "terminal":
        for label in found:
            out.print(labels.qr_text(label.link), markup=False)
            out.print("\n".join([label.title, *label.lines, label.link]).strip(), markup=False)
        return
    output.mkdir(parents=True, exist_ok=True)
    if form == "sheet":
        (output / SHEET_FILE).write_text(labels.sheet_html(found, found[0].title), "utf-8")
        err.print(f"{len(found)} labels in {output / SHEET_FILE}")
        return
    for number, label in enumerate(track(found, description="drawing", console=err, transient=True)):
        path = output / f"label-{number:06d}.{form}"
        path.write_bytes(labels.label_png(label) if form == "png" else labels.label_svg(label).encode())
    err.print(f"{len(found)} files in {output}")

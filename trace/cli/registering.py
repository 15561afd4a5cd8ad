"""`register`: a new batch from lot, expiry and count: serials, marks, tree, signature, submission."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from chain.errors import ChainError, Fault, Refusal
from chain.interfaces import StateView, Value
from chain.keys import SigningKey
from chain.state import prefix, state_key
from trace import carrier
from trace.cli.group import err, out, settings_of
from trace.cli.options import data_option, key_option, passphrase_option, read_key, url_option
from trace.cli.remote import post_transaction
from trace.drugs import packs
from trace.drugs.entries import batch_name, find_batch
from trace.drugs.marktree import MarkTree
from trace.ledger import Ledger, open_ledger
from trace.market import day_in
from trace.signer import Content, Signer, submit


@dataclass(frozen=True, slots=True)
class Plan:
    """The batch to be made; every field of `drugs.batch` that does not come from its packs."""

    gtin: str
    """Product."""
    lot: str
    """Lot."""
    expiry: str
    """Last day of use, ISO."""
    made: str
    """Day of making, ISO."""
    site: str
    """Where it was packed."""
    market: str
    """For which market."""


@click.command("register")
@data_option
@url_option
@key_option
@passphrase_option
@click.option("--lot", required=True, metavar="LOT", help="Lot of the new batch.")
@click.option("--expiry", required=True, metavar="DAY", help="Last day of use, YYYY-MM-DD.")
@click.option("--count", type=click.IntRange(1, packs.COUNT_LIMIT), metavar="N", help="Packs; each gets a random serial.")
@click.option(
    "--serials", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Printed serials, one a line."
)
@click.option("--gtin", metavar="GTIN", help="Product (default: the only one that the key's party makes).")
@click.option("--made", metavar="DAY", help="Day of making (default: today).")
@click.option("--site", metavar="GLN", help="Where it was packed (default: the party's only plant).")
@click.option("--market", metavar="CODE", help="For which market (default: the product's only one).")
def register_command(data: str | None, url: str | None, key_file: Path, passphrase_file: Path | None, **said: Any) -> None:
    """Make a batch and put it onto the ledger as one signed transaction, however many packs it has.

    The serials stay in the data folder. While a server runs on that folder, name it with --url.
    """
    settings = settings_of(data=data)
    if (said["count"] is None) == (said["serials"] is None):
        raise click.UsageError("give either --count or --serials")
    key = read_key(key_file, passphrase_file)
    with open_ledger(settings.data, settings=settings, writing=url is None) as ledger:
        plan = complete(ledger, key.text, said)
        validate_lot(ledger, plan)
        with err.status("making serials, marks and tree"):
            numbers = read_serials(said["serials"]) if said["serials"] else packs.new_serials(said["count"])
            made = packs.PackList.of_serials(plan.gtin, numbers)
            packs.validate_new(made.tree, other_trees(ledger, plan.gtin))
        marks = keep_marks(ledger, made, strong=said["serials"] is None or packs.are_strong(numbers))
        with kept_unless_refused(ledger, plan, numbers) as path:
            transaction_id = send(ledger, key, batch_content(plan, made, marks), url)
    where = f"--data {settings.data} --gtin {plan.gtin} --lot {plan.lot}"
    out.print(f"batch {plan.gtin} {plan.lot}: {made.count} packs, transaction {transaction_id}", markup=False)
    out.print(f"serials: {path} (keep them as you keep the packs)", markup=False)
    out.print(f"print codes with: pharmatrace label {where} --format sheet", markup=False)


@contextmanager
def kept_unless_refused(ledger: Ledger, plan: Plan, numbers: Sequence[str]) -> Iterator[Path]:
    """The file of the new batch's serials. Of a batch that was refused nothing stays; where no answer came (Fault) the batch may well be on
    the ledger, and without its serials its packs could never be printed."""
    was_there = ledger.serial_path(plan.gtin, plan.lot).exists()
    path = ledger.write_serials(plan.gtin, plan.lot, numbers)
    try:
        yield path
    except Fault:
        err.print(f"it is not known whether the batch is on the ledger; to try again: --serials {path}", markup=False)
        raise
    except ChainError:
        if not was_there:
            path.unlink()
        raise


def keep_marks(ledger: Ledger, made: packs.PackList, *, strong: bool) -> str | None:
    """Keeps the mark list; its digest where everybody may have it, None where serials could be found from it by trying (DOMAIN §2)."""
    digest = ledger.packs.add(made.tree)
    if not strong:
        err.print("these serials can be guessed: the list of their marks stays on this node", markup=False)
    return digest if strong else None


def read_serials(path: Path) -> list[str]:
    """Serials from a file, one a line, in slot order. Raises Fault `cli.batch`."""
    try:
        return path.read_text("ascii").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise Fault("cli.batch", "serials in ASCII, one a line", error.reason, field="serials") from error


def complete(ledger: Ledger, key: str, said: dict[str, Any]) -> Plan:
    """Fills in what was not said, where the ledger knows only one possibility. Raises Fault `cli.batch` naming the option."""
    view = ledger.node.view()
    entry = view.get(state_key("key", key))
    if entry is None:
        raise Fault("parties.key.unknown", "an enrolled key", key, field="key")
    party = str(entry["party"])
    gtin = said["gtin"] or only(
        "gtin", [name for name, product in things(view, "product") if party in (*product["makers"], product["owner"])]
    )
    product = view.get(state_key("product", gtin))
    if product is None:
        raise Fault("drugs.product.unknown", "a product of the ledger", gtin, field="gtin")
    market = said["market"] or only("market", [entry["market"] for entry in product["markets"]])
    plants = (name for name, site in things(view, "site") if site["party"] == party and site["kind"] == "plant" and site["open"])
    site = said["site"] or only("site", list(plants))
    made = said["made"] or day_in(view, market, ledger.node.clock.now())
    return Plan(gtin, said["lot"], said["expiry"], made, site, market)


def validate_lot(ledger: Ledger, plan: Plan) -> None:
    """The lot is new: said before serials are made for it, in the words of the rule. Raises Refusal `drugs.batch.exists`."""
    if find_batch(ledger.node.pending_view(), batch_name(plan.gtin, plan.lot)) is not None:
        raise Refusal("drugs.batch.exists", "a new lot", plan.lot, field="lot")


def things(view: StateView, folder: str) -> Iterator[tuple[str, Value]]:
    """(name, value) of every entry in a folder whose names need no decoding."""
    start = prefix(folder)
    return ((key.removeprefix(start), value) for key, value in view.scan(start))


def only(option: str, found: list[str]) -> str:
    """The only possibility. Raises Fault `cli.batch` where there is none or several."""
    if len(found) != 1:
        raise Fault("cli.batch", f"--{option}", "one of " + ", ".join(found) if found else "nothing to choose from", field=option)
    return found[0]


def other_trees(ledger: Ledger, gtin: str) -> Iterator[tuple[str, MarkTree]]:
    """The mark lists of the product's other batches, as far as this node has them."""
    start = prefix("batch", gtin)
    for key, batch in ledger.node.view().scan(start):
        tree = ledger.packs.tree(bytes.fromhex(batch["roots"][0]["root"]), batch["marks"])
        if tree is not None:
            yield key.removeprefix(start), tree


def batch_content(plan: Plan, made: packs.PackList, marks: str | None) -> Content:
    """The transaction of the batch; `marks` is the digest of a mark list that everybody may have."""
    body = {
        "gtin": plan.gtin, "lot": plan.lot, "site": plan.site, "count": made.count, "root": made.root.hex(), "made": plan.made,
        "expiry": plan.expiry, "market": plan.market,
    }  # fmt: skip
    if marks is not None:
        body["marks"] = marks
    return Content("drugs.batch", body)


def send(ledger: Ledger, key: SigningKey, content: Content, url: str | None) -> str:
    """Signs, submits, and seals a block where this node can; returns the transaction's id. Raises the ChainError that refused it."""
    transaction = Signer(ledger.node, key).sign(content)
    if url is not None:
        return post_transaction(url, carrier.to_json(transaction))
    submit(ledger.node, transaction)
    for _ in range(2):  # the second block makes the first final; a node without keys leaves it to others
        ledger.node.mine()
    return transaction.id.hex()

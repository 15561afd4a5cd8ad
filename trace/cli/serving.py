"""`run`: serves a ledger and mines for it. `mine`: seals what waits, without a server."""

import logging
import signal
from pathlib import Path
from types import FrameType
from typing import Any

import click
import orjson
import waitress.server

from chain import blocks, work
from chain.errors import Fault, Malformed
from trace import carrier
from trace.cli.group import WebFactory, err, out, settings_of, web_factory
from trace.cli.options import data_option, host_option, port_option
from trace.cli.readers import readers
from trace.config import Settings
from trace.ledger import Ledger, create_ledger, open_ledger


@click.command("run")
@data_option
@host_option
@port_option
@click.option("--readers", type=click.IntRange(0, 64), metavar="N", help="Processes that answer beside the one that writes.")
@click.option(
    "--genesis",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Found a new ledger by this document first.",
)
@click.option("--restored", is_flag=True, help="The folder was put back from an older copy: vote only once that is safe.")
def run_command(genesis: Path | None, *, restored: bool, **options: str | int | None) -> None:
    """Serve the ledger in a data folder, and mine and vote for it where its keys allow."""
    settings = settings_of(**options)
    if genesis is not None:
        chain = create_ledger(settings.data, read_document(genesis))
        err.print(f"founded the ledger {chain.hex()}")
    with open_ledger(settings.data, settings=settings, restored=restored) as ledger:
        if ledger.node.operator is None:
            err.print("this node has no keys of its own: it serves, but neither mines nor votes")
        ledger.start()
        ledger.start_scrub(settings.number("scrub"))
        serve(ledger, settings, web_factory())


def read_document(path: Path) -> Any:
    """A genesis document from a JSON file; spelling does not matter, it is encoded canonically. Raises Malformed, Fault."""
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise Malformed("genesis.field", "JSON", error, field=str(path)) from error


def serve(ledger: Ledger, settings: Settings, factory: WebFactory) -> None:
    """Answers requests until it is told to stop. Raises Fault `config.setting` when the address cannot be used."""
    logging.basicConfig(level=settings.text("log_level").upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGTERM, _stop)
    if settings.number("readers"):
        serve_beside_readers(ledger, settings, factory)
        return
    app = factory({"LEDGER": ledger, "PUBLIC_URL": settings.text("public_url").rstrip("/")})
    try:
        server = waitress.server.create_server(
            app,
            host=settings.text("host"),
            port=settings.number("port"),
            threads=settings.number("threads"),
            ident=None,
            max_request_body_size=carrier.BULK_LIMIT,
        )
    except OSError as error:
        address = f"{settings.text('host')}:{settings.number('port')}"
        raise Fault("config.setting", "a free address", f"{address}: {error.strerror}", field="port") from error
    say_address(settings, effective_port(server))
    server.run()


def serve_beside_readers(ledger: Ledger, settings: Settings, factory: WebFactory) -> None:
    """Lets other processes answer, and does for them what only the writer can. Raises Fault `config.setting`."""
    with readers(factory, settings, leads=ledger.node.leads) as (folder, port):
        app = factory({"LEDGER": ledger, "PUBLIC_URL": settings.text("public_url").rstrip("/"), "READERS": str(folder)})
        server = waitress.server.create_server(
            app,
            unix_socket=str(folder / "writer"),
            unix_socket_perms="600",
            threads=settings.number("threads"),
            ident=None,
            max_request_body_size=carrier.BULK_LIMIT,
        )
        say_address(settings, port)
        server.run()


def say_address(settings: Settings, port: int) -> None:
    """Where to look."""
    out.print(f"serving http://{settings.text('host')}:{port}/  (Ctrl+C stops)")


def effective_port(server: Any) -> int:
    """The port that is really listened on, also where 0 was asked for."""
    return int(getattr(server, "effective_port", 0) or server.effective_listen[0][1])


def _stop(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends like Ctrl+C: requests end, the ledger is closed."""
    raise SystemExit(0)


@click.command("mine")
@data_option
@click.option("--blocks", "count", type=click.IntRange(1, 10_000), default=1, show_default=True, metavar="N", help="Blocks to seal.")
def mine_command(data: str | None, count: int) -> None:
    """Seal waiting transactions into blocks and show the work in them (S-10). Not while a server runs on the same folder."""
    settings = settings_of(data=data)
    with open_ledger(settings.data, settings=settings) as ledger:
        if ledger.node.operator is None:
            raise Fault("keys.file", f"the keys of a miner in {ledger.key_folder}", "none")
        for _ in range(count):
            header = ledger.node.mine()
            if header is not None:
                out.print(describe(header))
        out.print(f"final up to height {ledger.node.final_height}, {ledger.node.waiting} transactions wait")


def describe(header: blocks.Header) -> str:
    """A block in a line: height, transactions, id and its leading zero bits."""
    bits = work.leading_zero_bits(header.id)
    return f"block {header.height}: {header.count} transactions, {header.id.hex()} ({bits} leading zero bits, nonce {header.nonce})"

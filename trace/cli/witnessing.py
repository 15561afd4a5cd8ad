"""`witness`: a small process that cosigns the checkpoints of ledgers that it has seen grow (PROTOCOL §7; C2SP `tlog-witness`)."""

import logging
from pathlib import Path

import click
import waitress.server

from chain.clock import SystemClock
from chain.errors import Fault
from chain.witness import REQUEST_LIMIT, Witness
from trace.cli.group import out
from trace.cli.serving import effective_port
from trace.witnessing import Application, FolderHeads, logs_of, own_key

THREADS = 4
"""Threads that answer: questions are short and answered one after the other."""


@click.command("witness")
@click.option("--data", default="data/witness", show_default=True, metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
              help="Folder of the witness: key, newest heads, evidence.")  # fmt: skip
@click.option("--name", required=True, metavar="NAME", help="Name in its signatures, such as witness.example.org/w1.")
@click.option("--anchor", "anchors", multiple=True, metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="Anchor of a ledger that it is for; may be repeated.")  # fmt: skip
@click.option("--log", "keys", multiple=True, metavar="VKEY", help="Key of another log that it is for; may be repeated.")
@click.option("--listen", default="127.0.0.1:8775", show_default=True, metavar="HOST:PORT", help="Where it listens.")
def witness_command(data: Path, name: str, anchors: tuple[Path, ...], keys: tuple[str, ...], listen: str) -> None:
    """Cosign checkpoints that continue those cosigned before; remember them before answering."""
    logs = logs_of((path.read_bytes() for path in anchors), keys)
    heads = FolderHeads(data)
    try:
        serve(Application(Witness(name, own_key(data), logs, heads), SystemClock()), listen)
    finally:
        heads.close()


def serve(application: Application, listen: str) -> None:
    """Answers until it is told to stop. Raises Fault `config.setting` when the address cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        server = waitress.server.create_server(application, listen=listen, threads=THREADS, ident=None, max_request_body_size=REQUEST_LIMIT)
    except (OSError, ValueError) as error:
        raise Fault("config.setting", "a free address", f"{listen}: {error}", field="listen") from error
    out.print(f"witness {application.key}")
    out.print(f"answering http://{listen.rpartition(':')[0]}:{effective_port(server)}/add-checkpoint  (Ctrl+C stops)")
    server.run()

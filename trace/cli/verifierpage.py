"""`verifier`: the page that checks evidence without a network, as a file with a known hash."""

from pathlib import Path

import click

from chain import anchor as anchors
from chain import codec
from trace import verifier
from trace.cli.group import out, settings_of
from trace.cli.options import data_option
from trace.cli.verifying import anchor_of, read_anchor


@click.command("verifier")
@data_option
@click.option("--write", "target", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path), help="Write the page there.")
@click.option(
    "--anchor",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the page pins (default: this ledger's).",
)
def verifier_command(data: str | None, target: Path | None, file: Path | None) -> None:
    """Print the SHA-256 of the verifier page, the words of the anchor that it pins, and write it with --write.

    Whoever has such a file, and has compared its hash with one from another source, can check evidence without trusting any server.
    """
    settings = settings_of(data=data)
    path = file or (Path(settings.text("anchor")) if settings.text("anchor") else None)
    pinned = anchors.encode(anchor_of(data)) if path is None else codec.encode(read_anchor(path))
    out.print(f"anchor   {anchors.words_of(anchors.parse(pinned).hash)}", markup=False)
    page = verifier.page(pinned, settings.text("second_origin"))
    if target is not None:
        target.write_bytes(page)
    out.print(f"sha256   {verifier.digest(page)}", markup=False)
    out.print(f"bytes    {len(page)}" + (f"   {target}" if target else ""), markup=False)

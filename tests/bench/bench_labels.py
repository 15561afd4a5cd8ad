"""Labels of one batch as PNG: the code alone, code and text, and `qrcode` with Pillow beside them.

`python -m tests.bench.bench_labels [count]`. Rates are per second of CPU of one thread.
"""

import io
import sys
import time
from collections.abc import Callable

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

from trace.drugs.packs import new_serials
from trace.gs1.item import pack
from trace.labels import Label, label_of, label_png, label_svg, qr_png
from trace.qrcodes import lines_of

LIBRARY_SAMPLE = 50
"""Labels drawn by the library."""


def by_library(label: Label) -> bytes:
    """What one would write without this module."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(label.link)
    code.make(fit=True)
    matrix = code.get_matrix()
    picture = Image.new("1", (len(matrix), len(matrix)), 1)
    picture.putdata([0 if dark else 1 for row in matrix for dark in row])
    out = io.BytesIO()
    picture.resize((8 * len(matrix), 8 * len(matrix)), Image.Resampling.NEAREST).save(out, "PNG")
    return out.getvalue()


def rate(name: str, labels: list[Label], draw: Callable[[Label], bytes]) -> None:
    """Draws all and prints how fast."""
    draw(labels[0])
    begin = time.thread_time()
    total = sum(len(draw(label)) for label in labels)
    took = time.thread_time() - begin
    print(f"{name}: {len(labels) / took:,.0f}/s, {took / len(labels) * 1e6:,.0f} us and {total / len(labels):,.0f} bytes each")


def main(count: int) -> None:
    """Measures and prints."""
    gtin, lot = "09521001001014", "EX2601A"
    begin = time.thread_time()
    lines_of("first")
    print(f"the tables of a version: {(time.thread_time() - begin) * 1e3:.0f} ms")
    items = [pack(gtin, lot, serial, "2028-11-30") for serial in new_serials(count)]
    labels = [label_of(item, "https://example.com", "Example tablets 500 mg") for item in items]
    rate("qrcode + Pillow, PNG of the code", labels[:LIBRARY_SAMPLE], by_library)
    rate("modules alone", labels, lambda label: "".join(lines_of(label.link)).encode())
    rate("PNG of the code", labels, lambda label: qr_png(label.link))
    rate("PNG of code and text", labels, label_png)
    rate("SVG of code and text", labels, lambda label: label_svg(label).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)

"""The browser's modules joined into one script: shorter to send, the same to run.

No build step for whoever reads or tests `static/verify/`: those files are the source. What a page carries is made from them at start by the
same code for everybody, so the same sources give the same bytes. Comments and whitespace go, names of variables become short; names of
fields, texts and the order of what is done stay. `tests/verify` runs every vector on the joined script too.
"""

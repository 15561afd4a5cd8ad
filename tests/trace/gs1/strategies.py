"""Hypothesis strategies of valid items and of hostile texts near them."""

from datetime import date

from hypothesis import strategies as st

from trace.gs1.checkdigit import check_digit
from trace.gs1.elements import raw_of
from trace.gs1.item import Item, batch, pack

CSET82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

gtins = st.from_regex(r"[0-8][0-9]{12}", fullmatch=True).map(lambda payload: payload + check_digit(payload))
names = st.text(CSET82, min_size=1, max_size=20)
days = st.dates(date(2000, 1, 1), date(2060, 12, 31)).map(date.isoformat)
packs = st.builds(pack, gtins, names | st.none(), names, days | st.none())
batches = st.builds(batch, gtins, names, days | st.none())
items: st.SearchStrategy[Item] = packs | batches

CODE_PIECES = (
    "]d2 ]Q3 ]C0 ] 01 10 21 17 <GS> (01) (10) https:// example.com /01/ /10/ ?17= %2F 09521001001014 9521001001014 261300 % [ ß \\("
)
fragments = st.sampled_from([*CODE_PIECES.split(" "), "81234567890123456789", "\x1d", "\r\n", "\t", " ", "０１", "\ud800", "\x00"])
"""Pieces of codes, whole and broken."""
near_codes = st.lists(fragments | packs.map(raw_of) | st.text(max_size=8), max_size=8).map("".join)
"""Texts that look like codes in places."""
texts = st.text(st.characters(exclude_categories=()), max_size=200) | near_codes
"""Anything."""

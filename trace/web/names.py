"""Names for the numbers and keys of the ledger, as links need them."""

from collections.abc import Mapping
from dataclasses import dataclass

from chain.interfaces import StateView
from trace.parties import queries

Text = Mapping[str, str]
"""`{"zh": …, "en": …}`, at least one of them."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose key it is, for a page."""

    key: str
    """The key's text."""
    gln: str | None = None
    """GLN of its party; None for a key that is not enrolled."""
    name: Text | None = None
    """The party's names."""
    label: str = ""
    """The key's label: a desk or a machine, never a person."""


def party_name(view: StateView, gln: str) -> Text:
    """Names of a party, or of a site; the number itself where nobody has it."""
    found = queries.names_of_site(view, gln) or queries.names_of_party(view, gln)
    return found if found is not None else {"zh": gln, "en": gln}


def signer(view: StateView, key: str) -> Signer:
    """Whose key it is."""
    entry = queries.find_key(view, key)
    if entry is None:
        return Signer(key)
    return Signer(key, entry["party"], queries.names_of_party(view, entry["party"]), entry["label"])

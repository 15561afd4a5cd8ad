"""Medicines on the ledger: products, batches, custody of packs, selling, recalling (DOMAIN §2, §3, §4, §7).

Where a rule lives: making (§7.1) `making`; ship, return and cancel (§7.2) `moving`, receive and refuse `receiving`; loosen and name
(§7.3) `custody`; dispense and undo (§7.4) `selling`; recalls (§7.5) `recalling`. `kinds` joins them with their `schemas` and signers.
Below them: `conditions` what makes goods unfit, `partners` who may deliver to whom, `claims` and `arrivals` what a receipt says and
does, `shipments` and `stock` what a shipment and a site hold, `runs` and `ranges` the slots, `entries` and `shapes` keys and form of
the state, `draft` what one transaction has changed so far. `invariants` checks a whole state (I1-I5 of §3), `errors` has the sentences
of all codes.

Packs (§2): `packs` makes a batch from serials, `marktree` proves a serial in or out, `packstore` keeps mark lists, `membership` finds
the batch of a serial. Verdict (§10): `scanning` leads from a scanned text to the answer by way of `gathering` (state to `facts`),
`verdict` (the pure function over `case`, with its table in `lines` and the table's conditions in `standing` and `whereabouts`),
`journey` (the way) and `words` (sentences in `phrases`). `queries` is what lists, batch pages and recall boards read.
"""

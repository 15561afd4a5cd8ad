"""The ledger: bytes, trees, blocks, rules, finality and the node. It knows nothing of medicine, HTTP or languages of the interface."""

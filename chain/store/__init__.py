"""Where a node keeps what must survive: in memory (tests) or in SQLite, and its blobs in a folder. Contracts: `chain.interfaces`."""

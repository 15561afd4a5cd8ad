"""Medicine on the ledger: codes, parties, drugs, verdicts, pages and commands (the name is explained in docs/DESIGN.md section 2)."""

"""How messages travel between nodes. No carrier is trusted; the contract stands in `chain.interfaces.Wire`."""

"""The browser's verifier against the vectors of the Python side: run by node, and by a real browser."""

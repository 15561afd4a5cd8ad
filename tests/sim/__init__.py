"""A whole network of nodes in one process, with everything that can happen to it, replayed from one seed (promises P1, P4, P5).

    python -m tests.sim --seed 17 --verbose

Real nodes (`chain.node`) on memory stores whose machines crash, fill up and are restored; a network that loses, repeats, delays and cuts;
members that cheat with their own keys. No threads, no clock but the simulated one, all chance from SHA-256 over seed and counter.
"""

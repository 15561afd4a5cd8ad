"""When a restored attester votes again (PROTOCOL §6)."""

from chain.voting import FORGET_MS, LISTEN_MS, MARGIN, Recovery


def test_a_restored_node_waits_for_two_thirds_of_the_others_and_leaves_out_what_they_know() -> None:
    recovery = Recovery(1_000).answered("a", 40, 1_000 + LISTEN_MS - 1)
    assert recovery.floor(3, 2_000) is None and not recovery.answers, "older messages may be under way"
    for peer, height in (("a", 40), ("b", 41), ("c", 39)):
        assert recovery.floor(3, 1_000 + LISTEN_MS) is None
        recovery = recovery.answered(peer, height, 1_000 + LISTEN_MS).believing(41, 1_000 + LISTEN_MS)
    assert recovery.floor(3, 1_000 + LISTEN_MS) == 41 + MARGIN


def test_later_answers_do_not_raise_the_floor_with_the_chain() -> None:
    recovery = Recovery(0).answered("a", 40, LISTEN_MS).answered("b", 40, LISTEN_MS).believing(40, LISTEN_MS)
    for height in range(41, 100):
        recovery = recovery.answered("a", height, LISTEN_MS + height).believing(height, LISTEN_MS + height)
    assert recovery.floor(2, LISTEN_MS + 100) == 40 + MARGIN


def test_after_a_day_it_votes_without_any_answer() -> None:
    assert Recovery(0).floor(3, FORGET_MS - 1) is None
    assert Recovery(0).floor(3, FORGET_MS) == 0


def test_a_height_that_nothing_shows_is_not_believed() -> None:
    """An honest node's headers arrive in time; who lies about its height is no better than one who says what the others know."""
    recovery = Recovery(0).answered("a", 40, LISTEN_MS).answered("b", 2**60, LISTEN_MS).believing(40, LISTEN_MS)
    assert recovery.floor(2, LISTEN_MS) is None, "the headers of b may be under way"
    later = 2 * LISTEN_MS
    assert recovery.believing(60, later - 1).floor(2, later - 1) is None
    recovery = recovery.believing(60, later)
    assert recovery.floor(2, later) == 60 + MARGIN
    assert recovery.believing(90, later + 1).floor(2, later + 1) == 60 + MARGIN, "the floor does not rise with the chain"

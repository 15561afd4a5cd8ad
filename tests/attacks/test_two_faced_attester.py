"""A member signs two heads of one size for two audiences: every node that sees both reports it, and the seat is lost."""

from chain import notes
from chain.checkpoint import Checkpoint
from chain.notes import Note
from tests.chain.team import key, party
from tests.chain.test_attesting import Noted, certified


def test_the_seat_is_lost_and_checkpoints_go_on() -> None:
    team = Noted(4)
    team.run(8)
    node = team.nodes[0]
    size = certified(node).checkpoint.size + 20
    for number, root in ((1, b"\x01" * 32), (2, b"\x02" * 32)):
        found = Checkpoint(node.origin, size, root)
        line = notes.cosign(found.text, f"{node.origin}/{party(3)}", key(f"note {party(3)}"), node.clock.now() // 1000)
        team.wire(number).inbox.append(("checkpoint", notes.encode(Note(found.text, (line,))), "n3"))
    team.run(14)
    for each in team.nodes.values():
        entry = each.view().get("consensus/set")
        assert entry is not None
        assert party(3) not in [member["party"] for member in entry["members"]] or party(3) in (entry["next"] or {"remove": []})["remove"]
        assert certified(each).checkpoint.size > size - 20
    team.validate()

"""Sentences of the codes of consensus: kinds of the chain itself, messages between nodes, two finals, snapshots."""

from chain.errors import Sentence

_AGAIN = ("按提示改正后重新签名。", "Correct it and sign again.")

_CONSENSUS: dict[str, Sentence] = {
    "consensus.body.field": Sentence("交易内容有一项不合要求。", "A field of the transaction is not as its kind demands.", *_AGAIN),
    "consensus.signer": Sentence(
        "签名者不是见证人或出块者。", "The signer is no attester or miner.", "用节点自己的密钥签名。", "Sign with the node's own key."
    ),
    "consensus.cosigners": Sentence(
        "每把新的投票密钥都要共同签名,不能有别的。",
        "Every vote key to be added has to co-sign, and no other key.",
        "请新成员共同签名。",
        "Have the new members co-sign.",
    ),
    "consensus.epoch": Sentence(
        "提案属于另一届名单。", "The proposal is for another epoch of the set.", "为现届重新提案。", "Propose again for the present epoch."
    ),
    "consensus.member": Sentence(
        "该单位已在名单中、不在名单中,或其密钥曾违规。",
        "The party is in the set already, or is not in it, or its key has committed an offence.",
        "核对名单。",
        "Compare with the present set.",
    ),
    "consensus.limit": Sentence(
        "一届之内变动的单位太多、太少或重复。",
        "The change touches too many parties for one epoch, none, or one twice; or nobody would stay.",
        "分几届进行。",
        "Spread it over several epochs.",
    ),
    "consensus.pending": Sentence(
        "已有一项名单变动在进行。", "A change of the set is under way.", "等它生效。", "Wait until it has taken effect."
    ),
    "consensus.early": Sentence("一届至少七天。", "An epoch lasts at least seven days.", "到时再批准。", "Approve when it is over."),
    "consensus.proposal": Sentence("没有这项提案。", "There is no such proposal.", "核对提案的编号。", "Check the proposal's id."),
    "consensus.approved": Sentence(
        "提案已通过,或已得到这把密钥的批准。",
        "The proposal has passed, or this key has approved it.",
        "不必再做。",
        "Nothing more is needed.",
    ),
    "consensus.rules.order": Sentence(
        "规则版本必须递增。", "Versions of the rules only rise.", "核对版本和高度。", "Check version and height."
    ),
    "consensus.rules.early": Sentence(
        "新规则至少提前十四天宣布。", "New rules are announced at least 14 days ahead.", "选更高的起始高度。", "Choose a greater height."
    ),
    "consensus.offence.proof": Sentence("这两票不能证明违规。", "These two votes prove no offence.", "核对证据。", "Check the evidence."),
    "consensus.offence.member": Sentence(
        "违规者没有席位,或已被除名。", "The offender has no seat, or is being taken out.", "不必再做。", "Nothing more is needed."
    ),
    "consensus.seat.none": Sentence(
        "没有进行中的名单变动。", "No change of the set is under way.", "不必再做。", "Nothing more is needed."
    ),
    "consensus.seat.proof": Sentence(
        "这些票不能使记录变动的区块成为最终。",
        "These votes do not make the recording block final.",
        "等更多的票。",
        "Wait for more votes.",
    ),
}

_PEERS: dict[str, Sentence] = {
    f"peer.{word}": Sentence(
        f"另一节点发来的消息不可接受:{zh}。",
        f"A message of another node cannot be accepted: {en}.",
        "无需处理;若反复出现,请告知该节点的运营者。",
        "Nothing needs to be done; if it goes on, tell that node's operator.",
    )
    for word, (zh, en) in {
        "kind": ("没有这种消息", "there is no such kind"),
        "size": ("太长", "it is too long"),
        "frame": ("格式不对", "its form is wrong"),
        "chain": ("属于另一本账", "it is about another ledger"),
        "unasked": ("没有人问", "nobody asked for it"),
        "headers": ("区块头不相连", "the headers do not hang together"),
        "body": ("区块内容与区块头不符", "the block's body is not that of its header"),
        "withheld": ("不给出它展示过的区块内容", "the body of a block that it has shown is not given"),
        "transactions": ("交易太多,本机处理不过来", "it brings more transactions than this machine has time for"),
        "orphans": ("悬空的区块太多", "too many blocks that have to wait"),
        "flood": ("占用太多", "it takes more than its share of this machine"),
    }.items()
}

_NODE: dict[str, Sentence] = {
    "block.final": Sentence(
        "区块不在最终链上。",
        "The block is beside the final chain.",
        "无需处理;最终区块不会被放弃。",
        "Nothing needs to be done: a final block is never left.",
    ),
    "block.invalid": Sentence(
        "该区块或其前面的区块已被判为无效。",
        "The block, or one before it, has been found to break a rule.",
        "无需处理。",
        "Nothing needs to be done.",
    ),
    "finality.conflict": Sentence(
        "出现了两个互斥的最终区块:超过三分之一的见证人作伪。本节点保留先见到的,停止出块和投票。",
        "Two final blocks exclude each other: more than a third of the attesters have lied. This node keeps the first and stops.",
        "立即联系其他运营者,保存证据。",
        "Talk to the other operators at once and keep the evidence.",
    ),
    "snapshot.format": Sentence("快照残缺。", "The snapshot is damaged.", "另取快照。", "Fetch it again."),
    "snapshot.root": Sentence(
        "快照的内容与最终区块的状态根不符。",
        "The snapshot's entries are not the state of its block.",
        "从另一节点取快照。",
        "Fetch it from another node.",
    ),
    "snapshot.trust": Sentence(
        "快照的区块没有被见证。", "The snapshot's block is not attested.", "核对信任锚。", "Check what this node is told to trust."
    ),
    "snapshot.unfinished": Sentence("快照没有导入完。", "The import of a snapshot was interrupted.", "再导入一次。", "Import it again."),
    "node.body.missing": Sentence(
        "本节点从快照开始,没有这个区块的内容。",
        "This node began from a snapshot and does not have the content of that block.",
        "向有全部历史的节点查询。",
        "Ask a node that has the whole history.",
    ),
}

CODES: dict[str, Sentence] = {**_CONSENSUS, **_PEERS, **_NODE}
"""Code -> sentence."""

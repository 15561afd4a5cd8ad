"""Sentences of the codes of evidence: signed notes, checkpoints, anchors (PROTOCOL §7)."""

from chain.errors import Sentence

_FETCH = ("重新获取;若仍如此,向另一来源索取。", "Fetch it again; if it stays so, ask another source.")
_SECOND = ("从另一来源取得检查点并比对。", "Get a checkpoint from a second source and compare.")

_NOTES: dict[str, Sentence] = {
    "note.size": Sentence("签名文件太大。", "The signed note is too large.", *_FETCH),
    "note.text": Sentence("签名文件的格式不对。", "The signed note is not written as its format demands.", *_FETCH),
    "note.line": Sentence("签名文件中有一行签名的格式不对。", "A signature line of the note is not as its format demands.", *_FETCH),
    "note.key": Sentence("签名公钥不对或不安全。", "A public key for notes is wrong or not safe.", "核对公钥。", "Check the key."),
    "note.signature": Sentence(
        "签名文件中有一个签名不对。",
        "A signature of the note is wrong.",
        "不要相信它;从另一来源获取。",
        "Do not believe it; ask another source.",
    ),
}
_CHECKPOINTS: dict[str, Sentence] = {
    "checkpoint.text": Sentence("检查点的三行内容不对。", "The three lines of the checkpoint are not as they must be.", *_FETCH),
    "checkpoint.policy": Sentence(
        "旁证策略不对:需要过半数,密钥各不相同。",
        "The witness policy is wrong: it needs more than half of the witnesses, with keys of their own.",
        "改正策略。",
        "Correct the policy.",
    ),
    "checkpoint.attesters": Sentence(
        "为这个检查点签名的见证方不足三分之二。", "Too few attesters signed this checkpoint: more than two thirds are needed.", *_SECOND
    ),
    "checkpoint.witnesses": Sentence("为这个检查点作证的旁证方不够。", "Too few witnesses cosigned this checkpoint.", *_SECOND),
    "checkpoint.clock": Sentence(
        "检查点的时间在未来:两边的时钟有一边不准。",
        "The checkpoint's time lies ahead: one of the clocks is wrong.",
        "校准本机时钟后再试。",
        "Set this device's clock and try again.",
    ),
    "checkpoint.origin": Sentence("检查点属于另一本账。", "The checkpoint is of another ledger.", "核对信任锚。", "Check the anchor."),
    "checkpoint.older": Sentence("检查点比已经见过的旧。", "The checkpoint is older than one already seen.", *_SECOND),
    "checkpoint.fork": Sentence(
        "检查点与已经见过的不一致:账本向不同的人展示了不同的内容。",
        "The checkpoint contradicts one already seen: different people are shown different ledgers.",
        "保存两份检查点,立即报告监管机构。",
        "Keep both checkpoints and report them to the regulator at once.",
    ),
    "checkpoint.form": Sentence("检查点的随附内容不完整。", "What comes with the checkpoint is not whole.", *_FETCH),
    "node.checkpoint": Sentence(
        "本节点现在没有可供证明的检查点。",
        "This node has no checkpoint now at which it can prove anything.",
        "等一分钟再试。",
        "Try again in a minute.",
    ),
    "checkpoint.head": Sentence("区块头不属于这个检查点。", "The block header does not belong to this checkpoint.", *_FETCH),
}
_WITNESSES: dict[str, Sentence] = {
    "policy.line": Sentence("旁证策略文件有一行不对。", "A line of the witness policy is wrong.", "改正这一行。", "Correct the line."),
    "witness.request": Sentence(
        "旁证请求的格式不对。",
        "The request to the witness is not as its protocol demands.",
        "更新软件。",
        "Update the software.",
    ),
    "witness.folder": Sentence(
        "旁证方的文件夹不能读写。",
        "The witness's folder cannot be read or written.",
        "检查文件夹与磁盘。",
        "Look after the folder and the disk.",
    ),
    "witness.logs": Sentence(
        "旁证方不知道为哪本账作证。",
        "The witness is not told which ledgers it is for.",
        "用 --anchor 或 --log 指定。",
        "Name them with --anchor or --log.",
    ),
    "witness.answer": Sentence(
        "旁证方没有给出可用的回答。",
        "A witness gave no answer that can be used.",
        "联系该旁证方。",
        "Talk to its operator.",
    ),
}
_CONTRADICTIONS: dict[str, Sentence] = {
    "contradiction.notes": Sentence(
        "这两份检查点不是同一见证方签发的。",
        "The two notes are not signed by one attester of this ledger.",
        "核对两份检查点。",
        "Compare the notes.",
    ),
    "contradiction.places": Sentence(
        "这两份检查点并不矛盾,或证明不完整。",
        "The two notes do not contradict each other, or the proof is not whole.",
        "核对证明。",
        "Check the proof.",
    ),
}
_HANDOVERS: dict[str, Sentence] = {
    "handover.form": Sentence("见证方交接文件的格式不对。", "The handover is not as its format demands.", *_FETCH),
    "handover.epoch": Sentence(
        "交接文件不适用于所知的见证方名单。",
        "The handover does not lead on from the attester set that is known.",
        "取得相应一届的交接文件。",
        "Fetch the handover of that epoch.",
    ),
}
_ANCHORS: dict[str, Sentence] = {
    "anchor.size": Sentence("信任锚太大。", "The anchor is too large.", *_FETCH),
    "anchor.field": Sentence("信任锚有一项内容不对。", "A field of the anchor is not as it must be.", *_FETCH),
    "anchor.words": Sentence(
        "校验词不对:应为十个五字母的词。",
        "These are not the words of an anchor: ten words of five letters.",
        "逐词核对。",
        "Compare word by word.",
    ),
}

CODES: dict[str, Sentence] = {**_NOTES, **_CHECKPOINTS, **_WITNESSES, **_CONTRADICTIONS, **_HANDOVERS, **_ANCHORS}
"""Code -> sentence."""

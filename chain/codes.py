"""Sentences of the codes that the ledger raises; those of the stores stand in `chain/store/codes.py`.

A transaction that spoils a block gives the block its own code; a fault in a votes section gives `block.` and the vote's code.
"""

from chain import evidence_codes, network_codes
from chain.errors import Sentence

_TRANSACTIONS: dict[str, Sentence] = {
    "chain.tx.size": Sentence("交易太大。", "The transaction is too large.", "分成几笔。", "Split it into several."),
    "chain.tx.canonical": Sentence(
        "交易的字节不是规范 JSON。",
        "The transaction's bytes are not canonical JSON.",
        "用本软件生成交易,不要改动其字节。",
        "Make it with this software, and do not change its bytes.",
    ),
    "chain.tx.field": Sentence(
        "交易的信封不完整或不合要求。",
        "The transaction's envelope is incomplete or does not fit.",
        "按提示改正后重新签名。",
        "Correct the field that is named and sign again.",
    ),
    "chain.tx.chain": Sentence(
        "这笔交易属于另一本账。", "The transaction is for another ledger.", "为本账本重新签名。", "Sign it for this ledger."
    ),
    "chain.tx.kind": Sentence(
        "没有这种交易。", "There is no such kind of transaction.", "核对种类,或更新软件。", "Check the kind, or update the software."
    ),
    "chain.tx.signature": Sentence(
        "签名不对:内容被改动过,或签名的不是这把密钥。",
        "The signature is wrong: the content was changed, or another key signed.",
        "重新签名。",
        "Sign again.",
    ),
    "chain.tx.cosignature": Sentence(
        "有一个共同签名不对。", "A co-signature is wrong.", "请该共同签名人重新签名。", "Have that co-signer sign again."
    ),
    "chain.tx.future": Sentence(
        "签名时间在未来:签名设备的时钟快了。",
        "The time of signing lies ahead: the signer's clock is fast.",
        "校准时钟后重新签名。",
        "Set the clock and sign again.",
    ),
    "chain.tx.expired": Sentence("交易已过有效期。", "The transaction is no longer valid.", "重新签名。", "Sign it again."),
    "chain.key.forbidden": Sentence("这不是安全的密钥。", "This is not a safe key.", "换一把密钥。", "Use another key."),
    "chain.seq.used": Sentence(
        "这把密钥的这个序号已经用过。",
        "This number of the key has been used.",
        "同一笔交易已经收到;新的交易取下一个序号。",
        "The transaction may be in already; a new one takes the next number.",
    ),
    "chain.seq.old": Sentence("序号太旧。", "The number is too old.", "取下一个序号重新签名。", "Sign with the key's next number."),
    "chain.seq.far": Sentence(
        "序号跳得太远。", "The number is too far ahead.", "取下一个序号重新签名。", "Sign with the key's next number."
    ),
    "chain.pool.full": Sentence("等待的交易太多。", "Too many transactions are waiting.", "稍后再提交。", "Submit it again later."),
    "chain.pool.key": Sentence(
        "这把密钥等待的交易太多。", "Too many transactions of this key are waiting.", "稍后再提交。", "Submit it again later."
    ),
    "chain.pool.party": Sentence(
        "该单位等待的交易太多。", "Too many transactions of this party are waiting.", "稍后再提交。", "Submit it again later."
    ),
}

_BLOCK_FIELDS = {
    "header": ("区块头", "header"),
    "body": ("内容", "body"),
    "size": ("大小", "size"),
    "proofs": ("证明部分", "proof section"),
    "height": ("高度", "height"),
    "previous": ("前一区块", "previous block"),
    "time": ("时间", "time"),
    "history_root": ("历史根", "history root"),
    "transactions_root": ("交易根", "transactions root"),
    "sections_root": ("分部根", "sections root"),
    "state_root": ("状态根", "state root"),
    "count": ("交易数", "transaction count"),
    "target": ("难度目标", "target"),
    "work": ("工作量", "work"),
    "miner": ("出块者", "miner"),
    "spacing": ("出块间隔", "spacing of miners"),
    "seal": ("封印", "seal"),
    "rules": ("规则版本", "rules version"),
    "format": ("格式版本", "format version"),
    "suite": ("算法组", "cryptographic suite"),
    "channel": ("分道", "channel"),
}
"""What is wrong with a block, in both languages, by the last word of its code."""

_BLOCKS: dict[str, Sentence] = {
    f"block.{word}": Sentence(
        f"区块的{zh}不对,区块无效。",
        f"The block's {en} is wrong; the block is not part of this ledger.",
        "从其他节点另取;若来自自己的磁盘,运行 audit。",
        "Fetch it from another node; if it lies on the own disk, run audit.",
    )
    for word, (zh, en) in _BLOCK_FIELDS.items()
}
_BLOCKS |= {
    "block.rules.unknown": Sentence(
        "区块使用本软件不认识的规则。", "The block uses rules that this software does not know.", "更新软件。", "Update the software."
    ),
    "block.parent": Sentence("前一区块还没有收到。", "The block before it has not arrived yet.", "稍等。", "Wait."),
    "block.future": Sentence(
        "区块的时间在未来。", "The block's time lies ahead.", "稍等;检查本机时钟。", "Wait, and check this machine's clock."
    ),
}

_FORMATS: dict[str, Sentence] = {
    f"codec.{word}": Sentence(
        f"内容不是规范 JSON:{zh}。",
        f"The content is not canonical JSON: {en}.",
        "用本软件生成,不要改动字节。",
        "Make it with this software, and do not change its bytes.",
    )
    for word, (zh, en) in {
        "json": ("语法不对", "its syntax is wrong"),
        "canonical": ("写法不唯一", "it could be written another way"),
        "float": ("含有小数", "it holds a fraction"),
        "integer": ("整数太大", "an integer is too large"),
        "name": ("字段名不合要求", "a field's name does not fit"),
        "depth": ("嵌套太深", "it is nested too deeply"),
        "surrogate": ("含有无效字符", "it holds half a character"),
        "type": ("类型不对", "a value has a type that does not exist there"),
    }.items()
}
_FORMATS |= {
    "codec.base64": Sentence("不是严格的 base64url。", "It is not strict base64url.", "核对内容。", "Check the content."),
    "codec.carrier": Sentence("交易的载体残缺。", "The carrier of the transaction is damaged.", "重新发送。", "Send it again."),
    "merkle.inclusion": Sentence(
        "包含证明不成立。", "The proof of inclusion fails.", "另取证据;不要相信这一项。", "Fetch the evidence again; do not rely on this."
    ),
    "merkle.consistency": Sentence(
        "一致性证明不成立:历史可能被改写。",
        "The proof of consistency fails: history may have been rewritten.",
        "向其他来源核对。",
        "Compare with another source.",
    ),
    "statetree.proof": Sentence("状态证明不成立。", "The proof of the state fails.", "另取证据。", "Fetch the evidence again."),
    "state.value.size": Sentence(
        "这项操作会使账本上的一个值太大。",
        "This would make a value on the ledger too large.",
        "请把它分成较小的几项;若不能,请报告。",
        "Split it into smaller ones; if that cannot be done, report this.",
    ),
    "vote.section": Sentence("投票部分残缺。", "The votes section is damaged.", "另取区块。", "Fetch the block again."),
    "vote.member": Sentence("投票者不在名单中。", "The voter is not an attester.", "另取区块。", "Fetch the block again."),
    "vote.link": Sentence("投票的链接不成立。", "The vote's link does not hold.", "另取区块。", "Fetch the block again."),
    "vote.signature": Sentence("投票的签名不对。", "The vote's signature is wrong.", "另取区块。", "Fetch the block again."),
    "genesis.field": Sentence(
        "创世文件有一项不合要求。",
        "The genesis document has a field that does not fit.",
        "按提示改正。",
        "Correct the field that is named.",
    ),
    "genesis.entry": Sentence("状态里缺少链自身的一项。", "The state lacks an entry of the chain itself.", "运行 audit。", "Run audit."),
}

_WORK: dict[str, Sentence] = {
    "work.target": Sentence("难度目标写法不对。", "The difficulty target is misspelt.", "核对数值。", "Check the number."),
    "work.share": Sentence(
        "份额或风险要写成 0 到 1 的小数。", "A share or risk is a decimal fraction from 0 to 1.", "例如 0.1。", "Write 0.1, for example."
    ),
    "work.depth": Sentence(
        "深度不在可计算的范围内。",
        "The depth is outside what can be computed.",
        "换较小的深度、份额或风险。",
        "Take another depth, share or risk.",
    ),
}

_MACHINE: dict[str, Sentence] = {
    "keys.text": Sentence("这不是密钥。", "This is not a key.", "核对密钥文本。", "Check the key's text."),
    "keys.seed": Sentence("密钥种子长度不对。", "The seed of a key has another length.", "用 32 字节。", "Use 32 bytes."),
    "keys.file": Sentence(
        "密钥文件无法读写。", "The key file cannot be read or written.", "检查路径和权限。", "Check its path and permissions."
    ),
    "keys.passphrase": Sentence("口令不对。", "The passphrase is wrong.", "重新输入。", "Type it again."),
    "keys.selftest": Sentence(
        "本机的签名库判断有误,不能使用。",
        "The signature library of this machine decides wrongly and cannot be used.",
        "安装锁定版本的依赖。",
        "Install the dependencies of the lock file.",
    ),
    "codec.selftest": Sentence(
        "本机的 JSON 库行为有误,不能使用。",
        "The JSON library of this machine behaves wrongly and cannot be used.",
        "安装锁定版本的依赖。",
        "Install the dependencies of the lock file.",
    ),
    "node.empty": Sentence("这里还没有账本。", "There is no ledger here yet.", "先创建账本。", "Found one first."),
    "node.read_only": Sentence(
        "本节点的磁盘暂时无法写入:只回答查询,不接受交易。",
        "This node's disk cannot be written now: it answers, but accepts no transactions.",
        "稍后重新提交同一笔交易;运维人员请腾出空间或修复磁盘,节点会自行恢复。",
        "Send the same transaction again in a while. Operators: free space or repair the disk; the node recovers by itself.",
    ),
    "node.follows": Sentence(
        "本进程只负责回答查询,不写账本。",
        "This process only answers; it does not write the ledger.",
        "请把交易交给写账本的进程。",
        "Give the transaction to the process that writes it.",
    ),
    "node.exists": Sentence("这里已有账本。", "There is a ledger here already.", "换一个文件夹。", "Choose another folder."),
    "audit.scratch": Sentence(
        "后台检查没有可用的磁盘空间,暂时不能进行;这不说明账本有问题。",
        "The background check has no room to work in; this says nothing about the ledger.",
        "腾出与账本大小相当的空间。",
        "Free as much space as the ledger takes.",
    ),
    "audit.difference": Sentence(
        "重放的结果与存储不一致:数据被改动或损坏。",
        "Replay differs from what is stored: the data was changed or damaged.",
        "用备份或其他节点恢复,并查明原因。",
        "Restore it from a backup or another node, and find out why.",
    ),
}

CODES: dict[str, Sentence] = {**_TRANSACTIONS, **_BLOCKS, **_FORMATS, **_WORK, **_MACHINE, **network_codes.CODES, **evidence_codes.CODES}
"""Code -> sentence."""

"""Sentences of the codes with which evidence is refused or falls short (PROTOCOL §8)."""

from chain.errors import Sentence

_AGAIN = ("重新获取证据;若仍如此,向另一来源索取并报告。", "Fetch the evidence again; if it stays so, ask another source and report it.")
_REPORT = ("不要相信出示它的服务;向另一来源核对并报告。", "Do not believe the service that shows it; check with another source and report.")
_FRESH = ("联网后重新获取证据。", "Fetch the evidence again when connected.")
_RENEW = ("从另一来源取得新的信任锚。", "Get a new anchor from a second source.")
_UPDATE = ("更新核验程序。", "Update the verifier.")

_CONTAINER: dict[str, Sentence] = {
    "evidence.bundle.size": Sentence("证据太大。", "The evidence is too large.", *_AGAIN),
    "evidence.bundle.canonical": Sentence("证据不是规范 JSON。", "The evidence is not canonical JSON.", *_AGAIN),
    "evidence.bundle.field": Sentence("证据有一项内容不合格式。", "A field of the evidence has not its form.", *_AGAIN),
    "evidence.bundle.version": Sentence("证据的格式比本核验程序新。", "The format of the evidence is newer than this verifier.", *_UPDATE),
    "evidence.none": Sentence("该码没有证据可给。", "There is no evidence for this code.", "核对所扫的码。", "Check the code."),
}
_HEAD: dict[str, Sentence] = {
    "evidence.anchor.format": Sentence("信任锚的内容不对。", "The anchor is not as it must be.", *_RENEW),
    "evidence.anchor.date": Sentence("信任锚已过信任期。", "The anchor is older than it may be trusted.", *_RENEW),
    "evidence.genesis.chain": Sentence("证据来自另一本账。", "The evidence is of another ledger.", *_REPORT),
    "evidence.genesis.document": Sentence("创世文件与账本不符。", "The genesis document is not that of the ledger.", *_REPORT),
    "evidence.handover": Sentence("见证方交接的证明不成立。", "The handover between attester sets does not hold.", *_REPORT),
    "evidence.checkpoint.format": Sentence("检查点的格式不对。", "The checkpoint is not as its format demands.", *_AGAIN),
    "evidence.checkpoint.origin": Sentence("检查点属于另一本账。", "The checkpoint is of another ledger.", *_REPORT),
    "evidence.checkpoint.signature": Sentence("检查点上有一个签名不对。", "A signature of the checkpoint is wrong.", *_REPORT),
    "evidence.checkpoint.attesters": Sentence("签名的见证方不足三分之二。", "Not more than two thirds of the attesters signed.", *_REPORT),
    "evidence.checkpoint.witnesses": Sentence("旁证方不够。", "Too few witnesses cosigned.", *_REPORT),
    "evidence.checkpoint.fork": Sentence(
        "检查点与本机记住的不一致:账本向不同的人展示了不同的内容。",
        "The checkpoint contradicts the one remembered here: different people are shown different ledgers.",
        "保存两份证据,立即报告监管机构。",
        "Keep both and report them to the regulator at once.",
    ),
    "evidence.checkpoint.unlinked": Sentence(
        "没有证明检查点接续本机记住的那个。", "Nothing shows that the checkpoint continues the one remembered here.", *_FRESH
    ),
    "evidence.checkpoint.older": Sentence("检查点比本机见过的旧。", "The checkpoint is older than one seen here.", *_FRESH),
    "evidence.age.clock": Sentence(
        "检查点的时间在未来:有一个时钟不准。",
        "The checkpoint's time lies ahead: a clock is wrong.",
        "校准本机时钟后再试。",
        "Set this device's clock and try again.",
    ),
    "evidence.head.format": Sentence("区块头的格式不对。", "The block header is not as its format demands.", *_AGAIN),
    "evidence.head.path": Sentence("区块头不属于这个检查点。", "The block header does not belong to the checkpoint.", *_REPORT),
    "evidence.head.version": Sentence("账本的规则比本核验程序新。", "The ledger's rules are newer than this verifier.", *_UPDATE),
}
_CONTENT: dict[str, Sentence] = {
    "evidence.state.value": Sentence("一条状态的内容不合规则。", "An entry of the state is not as the rules have it.", *_REPORT),
    "evidence.state.proof": Sentence("状态证明不成立。", "The proof of the state fails.", *_REPORT),
    "evidence.state.missing": Sentence("证据未给出一条状态。", "An entry of the state is not shown.", *_AGAIN),
    "evidence.code.other": Sentence("这是另一盒药的证据。", "The evidence is about another pack.", *_REPORT),
    "evidence.marks.path": Sentence("序列号的包含证明不成立。", "The proof that the serial is in its batch fails.", *_REPORT),
    "evidence.marks.neighbours": Sentence("序列号不在批中的证明不成立。", "The proof that the serial is not in the batch fails.", *_REPORT),
    "evidence.history.entry": Sentence("一段历史没有对应的状态。", "A history belongs to no entry that is shown.", *_REPORT),
    "evidence.history.head": Sentence(
        "历史与状态不符:缺了或改了事件。", "A history does not lead to its entry: an event is missing or changed.", *_REPORT
    ),
    "evidence.history.missing": Sentence("证据未给出完整的历史。", "A history is not shown whole.", *_AGAIN),
    "evidence.event.envelope": Sentence(
        "一笔交易的信封不对,或属于另一本账。", "A transaction's envelope is wrong, or of another ledger.", *_REPORT
    ),
    "evidence.event.item": Sentence("一笔交易的明细不成立。", "An item does not belong to its transaction.", *_REPORT),
    "evidence.event.signature": Sentence("一笔交易的签名不对。", "A transaction's signature is wrong.", *_REPORT),
    "evidence.event.key": Sentence(
        "签名的密钥当时无效,或无权这样做。", "The signing key was not in force, or might not sign this.", *_REPORT
    ),
    "evidence.event.role": Sentence("签名方当时没有所需的资格。", "The signing party did not hold the role that was needed.", *_REPORT),
    "evidence.event.enrolment": Sentence("签名密钥的登记不成立。", "The enrolment of a signing key does not hold.", *_REPORT),
    "evidence.event.prefix": Sentence("厂商识别代码不属于该产品的所有者。", "The number's prefix is not the product owner's.", *_REPORT),
    "evidence.event.entry": Sentence("签名的内容与状态不符。", "What was signed is not what the state says.", *_REPORT),
    "evidence.event.missing": Sentence("证据未给出一笔必需的交易。", "A transaction that is needed is not shown.", *_AGAIN),
    "evidence.custody": Sentence("各次交接连不成一条路。", "The hand-overs do not lead to where the pack is said to be.", *_REPORT),
}

CODES: dict[str, Sentence] = {**_CONTAINER, **_HEAD, **_CONTENT}
"""Code -> sentence."""

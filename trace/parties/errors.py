"""The sentences of every code that the checks of rows 6-11 and the kinds of DOMAIN §6 raise.

The code `<module>.body.field` is one sentence for all modules: `trace.sentences` finds it by its ending.
"""

from chain.errors import Sentence

BODY = Sentence(
    "交易内容有一项不合要求。",
    "A field of the transaction is not as its kind demands.",
    "按提示改正该项后重新签名。",
    "Correct the field that is named and sign again.",
)
"""`<module>.body.field`."""

_KEYS: dict[str, Sentence] = {
    "parties.key.unknown": Sentence(
        "这把密钥没有登记。", "This key is not enrolled.", "请本单位管理员登记该密钥。", "Ask your organisation's admin to enrol the key."
    ),
    "parties.key.not_yet": Sentence(
        "密钥尚未生效。", "The key is not in force yet.", "等到生效时间,或换一把密钥。", "Wait, or use another key."
    ),
    "parties.key.expired": Sentence(
        "密钥已过有效期。", "The key has expired.", "请管理员登记一把新密钥。", "Ask your organisation's admin for a new key."
    ),
    "parties.key.revoked": Sentence(
        "密钥已被撤销。",
        "The key has been revoked.",
        "请管理员登记一把新密钥;撤销不能取消。",
        "Ask your organisation's admin for a new key; a revocation cannot be taken back.",
    ),
    "parties.key.scope": Sentence(
        "这把密钥无权签这种交易。",
        "This key may not sign this kind of transaction.",
        "换一把权限合适的密钥,或请管理员另行登记。",
        "Use a key with the right scope, or ask the admin for one.",
    ),
    "parties.key.site": Sentence(
        "这把密钥不能用于这个场所。",
        "This key may not sign for this site.",
        "用该场所自己的密钥。",
        "Use a key of that site.",
    ),
    "parties.key.cap": Sentence(
        "这把密钥今天的次数已用完。",
        "This key has used up its transactions of the day.",
        "明天再签,或换一把密钥。",
        "Sign tomorrow, or with another key.",
    ),
    "parties.key.not_admin": Sentence(
        "这件事要由本单位的管理密钥签。",
        "This must be signed by an admin key of the organisation.",
        "换管理密钥重新签名。",
        "Sign with an admin key.",
    ),
    "parties.key.exists": Sentence(
        "这把密钥已经登记过。",
        "This key is enrolled already.",
        "生成一把新密钥;每台设备一把。",
        "Make a new key; every device has its own.",
    ),
    "parties.key.forbidden": Sentence(
        "这不是安全的密钥。", "This is not a safe key.", "用本软件生成新密钥。", "Make a new key with this software."
    ),
    "parties.key.proof": Sentence(
        "没有证明新密钥的持有人同意登记。",
        "There is no proof that the holder of the new key agrees.",
        "用新密钥为本账本、本单位签一份持有证明。",
        "Have the new key sign its proof of possession for this ledger and party.",
    ),
    "parties.key.dates": Sentence(
        "密钥的有效期不合要求。",
        "The key's dates do not fit.",
        "结束要晚于开始和现在,最长三年。",
        "The end lies after the beginning and after now, at most three years later.",
    ),
    "parties.key.too_many": Sentence(
        "管理密钥太多。", "The party has too many admin keys.", "先撤销不用的管理密钥。", "Revoke admin keys that are not needed first."
    ),
    "parties.key.last_admin": Sentence(
        "这是该单位最后一把管理密钥。",
        "This is the party's last admin key.",
        "先登记另一把;若已丢失,请监管机构更换。",
        "Enrol another first; if it is lost, ask the regulator to replace it.",
    ),
    "parties.revoke.date": Sentence(
        "泄露时间不能晚于现在。",
        "The time of the compromise lies ahead.",
        "填已经过去的时间。",
        "Name a time that has passed.",
    ),
    "parties.scope.unknown": Sentence(
        "权限里有不存在的交易种类。",
        "The scope names a kind that does not exist.",
        "改正种类名称,或写 模块.*。",
        "Correct the kind, or write module.*.",
    ),
}

_PARTIES: dict[str, Sentence] = {
    "parties.party.unknown": Sentence("没有这个单位。", "There is no such party.", "核对全球位置码。", "Check the GLN."),
    "parties.party.suspended": Sentence(
        "该单位已被暂停。",
        "The party is suspended.",
        "只能收货、拒收、退货等;请联系监管机构。",
        "It may still receive, refuse and return goods; contact the regulator.",
    ),
    "parties.party.not_suspended": Sentence("该单位没有被暂停。", "The party is not suspended.", "无需恢复。", "There is nothing to lift."),
    "parties.regulator.market": Sentence(
        "这件事要由该国家或地区的监管机构决定。",
        "A regulator of that market must decide this.",
        "请该市场的监管机构签名。",
        "Have a regulator of that market sign.",
    ),
    "parties.gln.check_digit": Sentence(
        "全球位置码的校验位不对。", "The GLN's check digit is wrong.", "核对数字。", "Compare the digits; one is mistyped."
    ),
    "parties.enrol.exists": Sentence(
        "这个全球位置码已经登记。",
        "This GLN is enrolled already.",
        "核对号码;变更用其他交易。",
        "Check the number; changes have kinds of their own.",
    ),
    "parties.role.unknown": Sentence("没有这种身份。", "There is no such role.", "从列表中选。", "Choose one of those listed."),
    "parties.role.reserved": Sentence(
        "监管机构要由该市场全部监管机构共同登记。",
        "A regulator is enrolled by all regulators of the market together.",
        "请其余监管机构一起签名。",
        "Have the other regulators co-sign.",
    ),
    "parties.role.missing": Sentence(
        "该单位没有所需的身份。",
        "The party does not have the role that this needs.",
        "请监管机构登记相应许可。",
        "Ask the regulator to record the licence.",
    ),
    "parties.licence.expired": Sentence(
        "许可证不在有效期内。", "The licence is not in force.", "请监管机构登记续证。", "Ask the regulator to record its renewal."
    ),
    "parties.licence.dates": Sentence(
        "许可证的日期不合要求。",
        "The licence's dates do not fit.",
        "结束不早于开始和今天;要立即停止请用暂停。",
        "The end is not before the beginning or today; to stop a party at once, suspend it.",
    ),
    "parties.licence.too_many": Sentence(
        "该单位有效的许可证太多。",
        "The party has too many licences that have not ended.",
        "先为不用的许可证登记结束日期。",
        "Record an end for those that are no longer needed.",
    ),
    "parties.prefix.format": Sentence("前缀要 4 到 13 位数字。", "A prefix has 4 to 13 digits.", "核对前缀。", "Check the prefix."),
    "parties.prefix.taken": Sentence(
        "这个号码前缀属于别人。",
        "The number prefix belongs to somebody else.",
        "核对前缀,或请现持有人一起签名。",
        "Check the prefix, or have its owner co-sign.",
    ),
    "parties.prefix.consent": Sentence(
        "缺少前缀现持有人或新持有人的同意。",
        "The present or the new owner of the prefix has not agreed.",
        "请双方的管理密钥一起签名。",
        "Have the admin keys of both co-sign.",
    ),
}

_SITES: dict[str, Sentence] = {
    "parties.site.unknown": Sentence("没有这个场所。", "There is no such site.", "核对全球位置码。", "Check the GLN."),
    "parties.site.other_party": Sentence(
        "这个场所不属于本单位。", "The site belongs to another party.", "用本单位的场所。", "Use a site of the own party."
    ),
    "parties.site.closed": Sentence(
        "这个场所已关闭。", "The site is closed.", "用开放的场所,或请监管机构重新开放。", "Use an open site, or ask to reopen it."
    ),
    "parties.site.exists": Sentence(
        "这个全球位置码已被使用。", "The GLN is in use already.", "为新场所用一个新号码。", "Give a new site a number of its own."
    ),
    "parties.site.not_empty": Sentence(
        "场所里还有药,或还有未完成的运输。",
        "There is still stock in the site, or a shipment is open.",
        "先移出全部库存,完成所有收发。",
        "Move all stock out and finish every shipment first.",
    ),
}

CODES: dict[str, Sentence] = {"parties.body.field": BODY, **_KEYS, **_PARTIES, **_SITES}
"""Code -> sentence."""

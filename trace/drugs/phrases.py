"""What is said about a verdict line, in Chinese and English (DOMAIN §10.3), as data for `trace.drugs.words`.

A code may have several phrases. The first is used that is meant for the viewer and whose values in braces are all known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

ANYBODY, PUBLIC, MEMBER, TRADE = "", "consumer", "member", "distributor"
"""For whom a phrase is: everybody, the consumer, every member, a distributor or maker."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Headline and next step of a line."""

    zh: str
    """Headline in Chinese."""
    en: str
    """Headline in English."""
    next_zh: str = ""
    """Next step in Chinese; empty where there is none."""
    next_en: str = ""
    """Next step in English."""
    viewer: str = ANYBODY
    """For whom."""


_RESCAN = ("请重扫;仍如此则隔离报告", "Scan again; then set apart and report")
_COMPARE = ("核对印字;隔离", "Compare the print; set apart")
_SCAN_PACK = ("请扫盒上的二维码", "Scan the square code on the pack")
_LATER = ("换节点或稍后再试", "Try another node or later")
_REPORT = ("不要服用;一键举报", "Do not take it; report")
_NOT_USE = ("不得使用,报告", "Do not use; report")
_CANCELLED = ("该码已注销", "This code was cancelled", "疑为假药,报告", "Suspected fake; report")
_KEEP = ("留住,报警", "Keep it, call")
_NO_CHARGE = ("样品,非卖品", "Sample, not for sale", "不得收费", "No charge, no claim")
_STOP = ("停止使用;退回", "Stop using; take it back")
_ASIDE = ("隔离,问供货方", "Set apart, ask the supplier")
_RECALLED = (
    Phrase("已召回({class} 级)", "Recalled (class {class})", *_STOP),
    Phrase("已召回", "Recalled", *_STOP),
)
_ASK_SOLD = ("是 / 不是", "Yes / No")
_NOT_HERE = (
    Phrase("不应在此处", "Should not be here", "不要购买", "Do not buy", PUBLIC),
    Phrase("不应在此处", "Should not be here", *_ASIDE),
)

PHRASES: Mapping[str, tuple[Phrase, ...]] = {
    "GENUINE_SALEABLE": (
        Phrase("在本处库存,可以交付", "In stock here, may be passed on", "", "", TRADE),
        Phrase("可以发药", "May be dispensed", "回车发药", "Enter dispenses"),
    ),
    "GENUINE_NOT_YET_SOLD": (
        Phrase("正品,尚未售出", "Genuine, not yet sold", "付款时请店员扫码", "Ask the seller to scan it when you pay"),
    ),
    "GENUINE_CHECK_PLACE": (
        Phrase("这盒药应在:{site}。您在那里吗?", "This pack should be at {site}. Are you there?", "在 / 不在", "Yes / No", PUBLIC),
        Phrase("正品码。您在哪家药店?", "A genuine code. Which pharmacy are you in?", "选择药店", "Choose the pharmacy", PUBLIC),
        Phrase("正品码。请选择本处地点", "A genuine code. Say which site this is", "选择地点", "Choose the site"),
    ),
    "DISPENSED_TO_YOU": (Phrase("这是您买的那一盒", "This is the pack you bought", "保存凭据", "Keep the proof"),),
    "SOLD_ONCE": (
        Phrase("已于 {day} 在 {site} 售出。是您买的吗?", "Sold at {site} on {day}. Was that you?", *_ASK_SOLD, PUBLIC),
        Phrase("已售出。是您买的吗?", "Sold. Was that you?", *_ASK_SOLD, PUBLIC),
        Phrase("已于 {day} 在 {site} 售出", "Sold at {site} on {day}", "选择本处地点", "Say which site this is"),
        Phrase("已售出", "Sold", "选择本处地点", "Say which site this is"),
    ),
    "SOLD_AS_YOU_SAY": (
        Phrase(
            "与您所说一致;账本无法知道买者是您",
            "Fits what you say; the ledger cannot know that it was you",
            "下次请索取购药凭据",
            "Ask for the receipt code next time",
        ),
    ),
    "SOLD_NOT_TO_YOU": (Phrase("此前已售给他人", "Was sold to somebody else", *_REPORT),),
    "SOLD_MORE_THAN_ONCE": (
        Phrase("同一码多次售出", "The same code was sold more than once", *_REPORT, PUBLIC),
        Phrase("同一码多次售出", "The same code was sold more than once", "隔离,不得发药,报告", "Set apart, do not dispense, report"),
    ),
    "ALREADY_DISPENSED_HERE": (
        Phrase("本店已于 {day} 售出", "Sold here on {day}", "重复扫描;如未交付可撤销", "Own re-scan; undo if it was not handed over"),
        Phrase("本店已售出", "Sold here", "重复扫描;如未交付可撤销", "Own re-scan; undo if it was not handed over"),
    ),
    "ALREADY_DISPENSED_ELSEWHERE": (
        Phrase("已在别处售出", "Already sold elsewhere", "隔离,不得发药,报告", "Set apart, do not dispense, report"),
    ),
    "RECALLED_PACK": _RECALLED,
    "RECALLED_BATCH": _RECALLED,
    "RECALLED_PRODUCT": _RECALLED,
    "RECALLED_SOURCE": _RECALLED,
    "RECALL_SHELF_ONLY": (
        Phrase(
            "正从药店召回;已购者可继续使用",
            "Being withdrawn from shops; you need not return yours",
            "有疑问请问药师",
            "Ask your pharmacist if unsure",
            PUBLIC,
        ),
        Phrase("正从药店召回", "Being withdrawn from shops", "不得再售", "Do not sell it again"),
    ),
    "WITHDRAWN_PRODUCT": (Phrase("已撤市", "Withdrawn from the market", "退回", "Return"),),
    "EXPIRED": (
        Phrase("已过期(效期至 {day})", "Expired (good until {day})", "不要服用;交药店处理", "Do not take it; hand it in", PUBLIC),
        Phrase("已过期(效期至 {day})", "Expired (good until {day})", "隔离,不得发药", "Set apart, do not dispense"),
    ),
    "EXPIRY_EXTENDED": (Phrase("效期已延至 {day}", "Expiry extended to {day}"),),
    "QUARANTINED": (
        Phrase("暂停使用,待查:{why}", "On hold, under inquiry: {why}", "等放行", "Wait for release"),
        Phrase("暂停使用,待查", "On hold, under inquiry", "等放行", "Wait for release"),
    ),
    "RETURNED_UNVERIFIED": (Phrase("退货未核验", "Return not yet checked", "先核验", "Check it first"),),
    "NOT_RELEASED": (Phrase("该批未放行", "Batch not released", *_NOT_USE),),
    "BATCH_REJECTED": (Phrase("该批不合格", "Batch rejected", *_NOT_USE),),
    "STOLEN": (Phrase("报失药品", "Reported stolen", *_KEEP),),
    "MISSING": (Phrase("报失药品", "Reported missing", *_KEEP),),
    "DESTROYED": (Phrase(*_CANCELLED),),
    "UNUSED_CODE": (Phrase(*_CANCELLED),),
    "UNKNOWN_SERIAL": (Phrase("该批中没有这个码", "No such number in the batch", *_RESCAN),),
    "UNKNOWN_BATCH": (Phrase("没有这个批号", "No such batch", *_RESCAN),),
    "BATCH_MISMATCH": (Phrase("批号与登记不符:登记为 {lot}", "Lot differs from the register: {lot}", *_COMPARE),),
    "EXPIRY_MISMATCH": (Phrase("效期与登记不符:登记为 {day}", "Expiry differs from the register: {day}", *_COMPARE),),
    "UNKNOWN_PRODUCT": (Phrase("账本中没有该药", "Not in this ledger", "不在范围内,或为假药;问药师", "Out of scope, or fake; ask"),),
    "BATCH_BEFORE_LEDGER": (Phrase("该批早于上链", "Made before this product joined", "按旧办法核对", "Check as before"),),
    "NOT_SHOWN": (
        Phrase("暂无法核验:缺少{what}的证据", "Could not be checked: no evidence of {what}", *_LATER),
        Phrase("暂无法核验", "Could not be checked", *_LATER),
    ),
    "COULD_NOT_CHECK": (Phrase("暂无法核验", "Could not be checked", *_LATER),),
    "PROOF_STALE": (
        Phrase("证据已过 {age}", "Evidence is {age} old", "联网刷新", "Refresh"),
        Phrase("证据的时间不明", "The age of the evidence is not known", "联网刷新", "Refresh"),
    ),
    "IN_TRANSIT_TO_YOU": (Phrase("尚未收货", "Not booked in yet", "一键收货", "Book it in"),),
    "IN_TRANSIT": (
        Phrase("不应在此处:应仍在运输途中", "Should not be here: still on the way", "不要购买", "Do not buy", PUBLIC),
        Phrase("不应在此处:正在运往别处", "Should not be here: on the way elsewhere", *_ASIDE),
    ),
    "NOT_IN_A_SHOP": (
        Phrase(
            "不应在此处:按账本仍在厂家或批发企业", "Should not be here: by the ledger at a maker or distributor", "不要购买", "Do not buy"
        ),
    ),
    "WRONG_CUSTODY": _NOT_HERE,
    "WRONG_MARKET": (Phrase("不供本地市场(供 {market})", "Not for this market (for {market})", "不得销售", "Do not sell"),),
    "CUSTODY_NOT_SHOWN": (
        Phrase(
            "该批有 {missing} 盒下落不明,码不详",
            "{missing} packs of this batch are missing, serials unknown",
            "扫码入账后再发",
            "Scan it into stock first",
        ),
        Phrase("交接仅到批次", "Handed over by number only", "扫码入账后再发", "Scan it into stock first"),
    ),
    "PARTIALLY_DISPENSED": (
        Phrase("已拆零,余 {left}", "Opened, {left} left", "继续拆零发药", "Dispense a part"),
        Phrase("已拆零", "Opened", "继续拆零发药", "Dispense a part"),
    ),
    "ISSUED_IN_HOSPITAL": (Phrase("已发往病区", "Issued to a ward", "不得再售", "Do not sell it again"),),
    "TAKEN_BACK": (Phrase("患者退回的药品", "Taken back from a patient", "不得再售", "Do not sell it again"),),
    "SAMPLE": (Phrase(*_NO_CHARGE),),
    "FREE_SAMPLE": (Phrase(*_NO_CHARGE),),
    "EXPORTED": (Phrase("已出口", "Exported", *_ASIDE),),
    "REPACKED": (Phrase("已换包装", "Repacked under a new code", "扫新码", "Scan the new code"),),
    "ISSUER_REVOKED": (Phrase("签发密钥已失窃,待厂家确认", "Signed with a stolen key; maker must confirm", "暂停", "Hold"),),
    "SUSPECT_CLONE": (Phrase("疑为复制码", "Code may be copied", "隔离报告", "Set apart, report"),),
    "LEDGER_INCONSISTENT": (
        Phrase(
            "服务可疑,不评判此药",
            "The service is in doubt; the pack is not judged",
            "换节点;保存证据",
            "Use another node; keep the evidence",
        ),
    ),
    "NO_SERIAL": (Phrase(*_SCAN_PACK),),
    "BATCH_CODE": (Phrase(*_SCAN_PACK),),
    "SCANNER_FAULT": (Phrase("扫描设置有误", "Scanner setting", "去“扫描器检查”", "Open the scanner check"),),
    "NOT_A_MEDICINE_CODE": (Phrase("不是药码", "Not a medicine code", "去“扫描器检查”", "Open the scanner check"),),
}
"""Verdict code -> its phrases."""

CUSTODY: Mapping[str, tuple[Phrase, ...]] = {
    "named": (
        Phrase("该码逐次交接至 {site},双方签名", "This number was handed over step by step to {site}, both sides signed"),
        Phrase("该码逐次交接至本店,双方签名", "This number was handed over step by step to this pharmacy, both sides signed"),
    ),
    "boxed": (
        Phrase("随整箱交接至 {site}", "It travelled in a sealed box to {site}"),
        Phrase("随整箱交接至本店", "It travelled in a sealed box to this pharmacy"),
    ),
    "batch": (
        Phrase(
            "本店收过该批 {received} 盒,尚余 {left} 盒;账本未记是哪几盒",
            "This pharmacy received {received} packs of the batch, {left} are left; which ones is not recorded",
        ),
        Phrase("本店尚余该批 {left} 盒;账本未记是哪几盒", "This pharmacy has {left} packs of the batch left; which ones is not recorded"),
        Phrase(
            "途中有交接只计数量:账本未记当时是哪几盒",
            "On the way it was once handed over by number only; which packs those were is not recorded",
        ),
    ),
    "none": (Phrase("账本中本店没有该药", "By the ledger this pharmacy does not have it"),),
}
"""Custody level -> what the ledger proves about the way (DOMAIN §4). `site` is filled in where the place is not said."""

QUESTIONS: Mapping[str, Phrase] = {
    "sold": Phrase("是您买的吗?", "Was that you?", "是", "Yes"),
    "place": Phrase("您在那里吗?", "Are you there?", "在", "Yes"),
    "choose": Phrase("您在哪里?", "Where are you?", "选择", "Choose"),
}
"""Question -> its words and those of the filled button."""
NO_ANSWERS: Mapping[str, Phrase] = {"sold": Phrase("不是", "No"), "place": Phrase("不在", "No")}
"""Question -> the words of the other button."""

LIGHTS: Mapping[str, Phrase] = {
    "green": Phrase("绿灯", "Green"),
    "amber": Phrase("黄灯", "Amber"),
    "red": Phrase("红灯", "Red"),
    "blue": Phrase("蓝灯:未评判药品", "Blue: the pack is not judged"),
}
"""Light -> its word, so that colour is never the only sign."""

WHY: Mapping[str, Phrase] = {
    "suspect": Phrase("可疑", "suspect"),
    "quality": Phrase("质量", "quality"),
    "excursion": Phrase("温度超限", "temperature excursion"),
    "authority": Phrase("监管要求", "the authority's order"),
    "recall": Phrase("因召回退回", "returned for a recall"),
    "expired": Phrase("因过期退回", "returned as expired"),
    "damaged": Phrase("破损", "damaged"),
    "seal_broken": Phrase("封签破损", "seal broken"),
    "destruction": Phrase("待销毁", "to be destroyed"),
    "misdelivery": Phrase("误送", "delivered by mistake"),
}
"""Reason of a block -> its word."""

WHAT: Mapping[str, Phrase] = {
    "product": Phrase("产品", "the product"),
    "batch": Phrase("批次", "the batch"),
    "serial": Phrase("序列号", "the serial"),
    "run": Phrase("本盒状态", "the pack's state"),
    "state": Phrase("本盒状态", "the pack's state"),
    "market": Phrase("市场规则", "the market's rules"),
    "keys": Phrase("签名密钥", "the signing keys"),
    "sources": Phrase("来源批次", "the source batches"),
    "holder": Phrase("所在地点", "the site that holds it"),
    "place": Phrase("扫描地点", "the place of the scan"),
    "stock": Phrase("本处库存", "the stock of this place"),
    "shipment": Phrase("运输单", "the shipment"),
}
"""Missing fact -> its name."""
STEPS: Mapping[str, Phrase] = {
    "dispense": Phrase("发药", "Dispense"),
    "receive": Phrase("收货", "Book in"),
    "name": Phrase("扫码入账", "Scan into stock"),
    "undo": Phrase("撤销售出", "Undo the sale"),
    "refresh": Phrase("刷新", "Refresh"),
    "rescan": Phrase("再扫一次", "Scan again"),
    "scanner_check": Phrase("扫描器检查", "Scanner check"),
    "report": Phrase("举报", "Report"),
}
"""Step that a page offers -> the words of its button."""

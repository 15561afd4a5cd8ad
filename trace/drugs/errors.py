"""The sentences of every code that this package raises, in both languages, and what to do next (DESIGN §9, P8).

Codes stand in groups: what to do next is the same for all codes of a group.
"""

from collections.abc import Mapping

from chain.errors import Sentence

Step = tuple[str, str]
"""What to do next, in Chinese and English."""
Words = tuple[str, str]
"""A sentence in Chinese and English."""

_GROUPS: tuple[tuple[Step, Mapping[str, Words]], ...] = (
    (
        ("按提示改正后重新签名。", "Correct what is named and sign again."),
        {
            "drugs.body.field": ("交易内容有一项不合要求。", "A field of the transaction is not as its kind demands."),
            "drugs.gtin.check_digit": ("商品条码的校验位不对。", "The check digit of the GTIN is wrong."),
            "drugs.gtin.indicator": ("药品的 GTIN 首位只能是 0 至 8。", "The first digit of a medicine's GTIN is 0 to 8."),
            "drugs.product.storage": ("贮存温度的下限高于上限。", "The lower storage temperature is above the upper one."),
            "drugs.product.level": (
                "包装箱的 GTIN 不是本单位的、已被使用或校验位不对。",
                "A box's GTIN is not your own, in use, or has a wrong check digit.",
            ),
            "drugs.product.maker": (
                "所列生产单位没有生产、进口或分包装资格。",
                "A maker named is not enrolled as manufacturer, importer or repackager.",
            ),
            "drugs.batch.made_in_future": ("生产日期晚于今天。", "The day of making lies in the future."),
            "drugs.batch.expiry_before_made": ("有效期早于生产日期。", "The expiry is before the day of making."),
            "drugs.batch.shelf_life": ("有效期超过登记的期限。", "The expiry is later than the registered shelf life allows."),
            "drugs.ship.same_site": ("发货与收货是同一场所。", "Goods are sent to the site where they are."),
            "drugs.ship.transfer": ("“调拨”只能在本单位的场所之间。", "A transfer goes between sites of one party only."),
            "drugs.lines.empty": ("没有任何一行货物。", "There is no line at all."),
            "drugs.lines.duplicate": ("同一批号以同一方式出现了两行。", "A batch has two lines of the same form."),
            "drugs.lines.overlap": ("同一盒药出现了两次。", "A pack is named twice."),
            "drugs.range.invalid": ("盒号超出了该批的数量。", "A range reaches beyond the batch."),
            "drugs.receive.difference": ("不认识这种差异。", "There is no such kind of difference."),
            "drugs.receive.too_many": ("收货数量多于在途数量。", "More packs are reported than are still on their way."),
            "drugs.receive.must_name": ("破损、封口破坏或温度异常的药须逐盒列出。", "Damaged packs have to be named one by one."),
            "drugs.recall.exists": ("这个召回编号已经用过。", "This recall number is in use."),
            "drugs.recall.market": ("该药在所列市场没有上市许可。", "The product is not authorised in a market named."),
            "drugs.serial.format": ("序列号不合要求。", "A serial number has a wrong form."),
            "drugs.serial.count": ("序列号的数量不对。", "The number of serials is wrong."),
            "drugs.serial.duplicate": ("序列号重复。", "A serial number occurs twice."),
        },
    ),
    (
        ("分成几笔交易提交。", "Split it into several transactions."),
        {
            "drugs.range.too_many": ("一笔交易涉及的段太多。", "The transaction touches too many runs of packs."),
            "drugs.recall.too_many": ("这项药品上的召回已达上限。", "There are as many recalls on it as an entry can hold."),
        },
    ),
    (
        ("核对 GTIN 与批号;可先查询登记情况。", "Check GTIN and lot; look them up first."),
        {
            "drugs.product.unknown": ("账本中没有该药品。", "The product is not on the ledger."),
            "drugs.product.exists": ("该 GTIN 已登记。", "This GTIN is registered already."),
            "drugs.product.cn_id_taken": ("该药品标识码已被使用。", "This drug identifier is in use."),
            "drugs.batch.unknown": ("账本中没有这个批号。", "The batch is not on the ledger."),
            "drugs.batch.exists": ("这个批号已登记。", "This batch is registered already."),
            "drugs.market.unknown": ("没有这个市场。", "There is no such market."),
            "drugs.shipment.unknown": ("没有这次发货。", "There is no such shipment."),
            "drugs.recall.unknown": ("没有这次召回。", "There is no such recall."),
            "drugs.facts.field": ("所给事实的格式不对。", "The facts given have a wrong form."),
        },
    ),
    (
        ("请有权的单位或密钥办理。", "Ask the party, or use the key, that is entitled to it."),
        {
            "drugs.gtin.not_owner": ("这个 GTIN 的前缀属于别的单位。", "The prefix of this GTIN belongs to another party."),
            "drugs.batch.not_maker": ("该药品未委托本单位生产。", "The owner of the product has not named you as a maker."),
            "drugs.release.not_entitled": ("本单位无权放行该批。", "You may not release this batch."),
            "drugs.release.same_key": ("放行不能用登记该批的同一把密钥。", "The key that signed the batch cannot release it."),
            "drugs.release.person": ("放行须用质量负责人本人的密钥。", "A release needs a person's key."),
            "drugs.site.kind": ("这类场所不能发药。", "Packs cannot be dispensed at this kind of site."),
            "drugs.ship.partner": ("双方的资格不允许这样供货。", "These two parties may not supply one another."),
            "drugs.return.partner": (
                "只能退给供货方、本单位场所,或送去销毁。",
                "Goods go back to a supplier, an own site, or to disposal.",
            ),
            "drugs.shipment.not_sender": ("这次发货不是本单位发出的。", "You did not send this shipment."),
            "drugs.shipment.not_receiver": ("这次发货不是发给本单位的。", "This shipment does not go to you."),
            "drugs.recall.not_entitled": ("本单位无权召回或结束召回。", "You may not open or close this recall."),
            "drugs.undo.other_site": ("只有售出的场所能撤销。", "Only the site that sold the pack can undo it."),
        },
    ),
    (
        ("无需再做;可查询当前状态。", "Nothing to do; look at the present state."),
        {
            "drugs.release.not_required": ("该药品不需要这种放行。", "The product does not need this release."),
            "drugs.release.already": ("这项放行已有决定。", "This decision has been made already."),
            "drugs.shipment.closed": ("这次发货已经了结。", "The shipment is closed."),
            "drugs.recall.closed": ("召回已经结束。", "The recall is closed."),
            "drugs.undo.not_dispensed": ("这盒药没有售出。", "The pack has not been dispensed."),
        },
    ),
    (
        ("请收货方收货后退货。", "Let the goods be received, then returned."),
        {
            "drugs.shipment.touched": ("已有部分收货或拒收,不能取消。", "Something was received or refused; it cannot be cancelled."),
            "drugs.refuse.reverse": ("被拒收而返回的货必须收下。", "Goods that come back refused have to be received."),
        },
    ),
    (
        ("隔离,不得销售;按召回要求退回。", "Set it apart, do not sell it; send it back as the recall says."),
        {
            "drugs.pack.recalled": ("这盒药已召回。", "The pack is recalled."),
            "drugs.batch.recalled": ("该批已召回。", "The batch is recalled."),
            "drugs.product.recalled": ("该药品已召回。", "The product is recalled."),
            "drugs.batch.source_recalled": ("改包装前的批次已召回。", "A batch that it was repacked from is recalled."),
            "drugs.product.withdrawn": ("该药品已撤市。", "The product is withdrawn from the market."),
            "drugs.batch.expired": ("该批已过有效期。", "The batch has expired."),
        },
    ),
    (
        ("不得销售;等质量决定,或问厂家。", "Do not sell it; wait for the quality decision or ask the maker."),
        {
            "drugs.batch.rejected": ("该批不合格。", "The batch was rejected."),
            "drugs.batch.not_released": ("该批尚未放行。", "The batch is not released yet."),
            "drugs.batch.issuer_revoked": ("该批由失窃的密钥签发。", "The batch was signed with a stolen key."),
            "drugs.pack.blocked": ("这盒药被暂停。", "The pack is on hold."),
            "drugs.market.not_authorised": ("该批不供这个市场。", "The batch is not for this market."),
            "drugs.market.export": (
                "不能发往别的市场;出口另行办理。",
                "Goods cannot be sent to another market; exports are reported as such.",
            ),
        },
    ),
    (
        ("隔离这盒药,不得发出,并报告。", "Set the pack apart, do not hand it over, report it."),
        {
            "drugs.pack.not_in_batch": ("该批中没有这个码。", "The batch has no such pack."),
            "drugs.pack.suspect": ("疑为复制码。", "The code may be a copy."),
            "drugs.pack.stolen": ("这盒药已报失窃。", "The pack was reported stolen."),
            "drugs.pack.missing": ("这盒药已报缺失。", "The pack was reported missing."),
            "drugs.pack.destroyed": ("这盒药已销毁。", "The pack was destroyed."),
            "drugs.pack.unused": ("这个码从未用在药盒上。", "The code was never put on a pack."),
            "drugs.pack.dispensed": ("这盒药已售出。", "The pack has been dispensed."),
            "drugs.pack.dispensed_elsewhere": ("这盒药已在别处售出。", "The pack was dispensed elsewhere."),
            "drugs.pack.issued": ("这盒药已发到病区。", "The pack was issued to a ward."),
            "drugs.pack.taken_back": ("这盒药是病人退回的。", "The pack was taken back from a patient."),
            "drugs.pack.exported": ("这盒药已出口。", "The pack was exported."),
            "drugs.pack.sample": ("这盒药是留样。", "The pack is a sample."),
            "drugs.pack.free_sample": ("这盒药是赠样,非卖品。", "The pack is a free sample."),
            "drugs.pack.repacked": ("这盒药已改包装,旧码作废。", "The pack was repacked under a new code."),
        },
    ),
    (
        ("重复扫描;如未交付可撤销。", "Own re-scan; undo it if it was not handed over."),
        {"drugs.pack.dispensed_here": ("本店已售出这盒药。", "The pack was dispensed here.")},
    ),
    (("按拆零发药。", "Dispense a part of it."), {"drugs.pack.opened": ("这盒药已拆零。", "The pack is opened.")}),
    (
        ("先收货。", "Receive it first."),
        {"drugs.pack.moving_here": ("这盒药正发往本店,尚未收货。", "The pack is on its way here and not received yet.")},
    ),
    (
        ("核对实物与账;差异请与供货方处理。", "Compare goods and books; settle differences with the supplier."),
        {
            "drugs.pack.moving": ("这盒药还在途中。", "The pack is on its way."),
            "drugs.custody.not_holder": ("账本中这盒药不在本场所。", "By the ledger the pack is not at this site."),
            "drugs.stock.insufficient": ("账上数量不够。", "There are not so many packs in the books."),
            "drugs.receive.not_in_shipment": ("这盒药不在这次发货中,或已处理。", "The pack is not in the shipment, or no longer open."),
            "drugs.return.of": ("没有对应的原发货。", "There is no such earlier shipment."),
            "drugs.pack.not_loose": ("这盒药不是按数量管理的。", "The pack is not held by number."),
        },
    ),
    (
        ("逐盒扫码入账后再试。", "Scan the packs into stock by name first."),
        {
            "drugs.pack.loose": ("这盒药按数量管理,账本不知是哪一盒。", "The pack is held by number; the ledger does not know which."),
            "drugs.custody.must_name": ("这里必须逐盒管理。", "Packs have to be named here."),
            "drugs.return.must_name": ("可再销售的退货必须逐盒列出。", "What is to be sold again has to be named pack by pack."),
        },
    ),
    (
        ("不能撤销;按退回药品处理。", "It cannot be undone; treat the pack as a return."),
        {
            "drugs.undo.too_late": ("超过了可撤销的期限。", "The time for undoing is over."),
            "drugs.undo.recalled": ("这盒药已召回,不能回到库存。", "The pack is recalled and cannot go back to stock."),
            "drugs.undo.withdrawn": ("该药品已撤市,不能回到库存。", "The product is withdrawn and cannot go back to stock."),
            "drugs.undo.expired": ("该批已过期,不能回到库存。", "The batch has expired and cannot go back to stock."),
            "drugs.undo.supplied": ("已交到顾客手中的药不能撤销。", "What was handed over cannot be undone."),
            "drugs.undo.purchased": ("买方已用过购药凭据。", "The buyer has used the receipt."),
            "drugs.undo.claimed": ("保险已为这盒药付款;先撤销理赔。", "An insurer has paid for it; reverse the claim first."),
        },
    ),
    (
        ("换一份完整的文件,或向厂家索取。", "Use a whole file, or ask the maker for it."),
        {
            "drugs.marks.size": ("标记表的长度不对。", "The mark list has a wrong length."),
            "drugs.marks.absence": ("“不在批内”的证明不成立。", "The proof of absence does not hold."),
        },
    ),
    (
        ("停止使用这份数据并报告;它违反了账本的规则。", "Stop using this data and report it: it breaks the ledger's rules."),
        {
            "drugs.invariant.runs": ("各段没有恰好覆盖每一盒。", "The runs do not cover every pack exactly once (I1)."),
            "drugs.invariant.loose": ("按数量管理的盒数不平。", "The loose packs do not add up (I2)."),
            "drugs.invariant.stock": ("场所库存与各段不符。", "A site's stock is not what the runs say (I3)."),
            "drugs.invariant.moving": ("在途的盒与发货不符。", "What moves is not what the shipments say (I4)."),
            "drugs.invariant.tally": ("总数不平。", "The tally does not add up (I5)."),
            "drugs.invariant.occupancy": ("场所占用计数不符。", "A site's count of batches or shipments is wrong."),
        },
    ),
)

CODES: dict[str, Sentence] = {
    code: Sentence(words[0], words[1], step[0], step[1]) for step, group in _GROUPS for code, words in group.items()
}
"""Code -> sentence and next step. `drugs.pack.<state>` is here for every state of `entries` but `active`."""

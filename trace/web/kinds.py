"""How a transaction kind is called on a page, and its icon."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KindWords:
    """A kind for people."""

    symbol: str
    """Name of an icon."""
    zh: str
    """Name in Chinese."""
    en: str
    """Name in English."""

    @property
    def text(self) -> Mapping[str, str]:
        """Both names."""
        return {"zh": self.zh, "en": self.en}


KINDS: Mapping[str, KindWords] = {
    "parties.enrol": KindWords("party", "机构登记", "Party enrolled"),
    "parties.site": KindWords("place", "场所登记", "Site opened or closed"),
    "parties.licence": KindWords("document", "许可变更", "Licence changed"),
    "parties.prefix": KindWords("document", "厂商识别代码变更", "Number prefix assigned"),
    "parties.key": KindWords("key", "密钥登记", "Key enrolled"),
    "parties.revoke": KindWords("key", "密钥吊销", "Key revoked"),
    "parties.admin": KindWords("key", "管理密钥更换", "Admin key replaced"),
    "parties.suspend": KindWords("hold", "机构暂停", "Party suspended"),
    "parties.reinstate": KindWords("check", "机构恢复", "Party reinstated"),
    "drugs.product": KindWords("document", "药品登记", "Product registered"),
    "drugs.batch": KindWords("factory", "生产入账", "Batch made"),
    "drugs.release": KindWords("quality", "质量放行", "Release decision"),
    "drugs.ship": KindWords("truck", "发货", "Shipped"),
    "drugs.cancel": KindWords("undo", "撤销发货", "Shipment cancelled"),
    "drugs.receive": KindWords("inbox", "收货", "Received"),
    "drugs.refuse": KindWords("stop", "拒收", "Refused"),
    "drugs.return": KindWords("undo", "退货", "Returned"),
    "drugs.loosen": KindWords("box", "转为按数量管理", "Counted from now on"),
    "drugs.name": KindWords("scan", "逐盒扫码入账", "Scanned pack by pack"),
    "drugs.dispense": KindWords("sold", "售出发药", "Dispensed"),
    "drugs.undo": KindWords("undo", "撤销售出", "Sale undone"),
    "drugs.recall": KindWords("recall", "召回", "Recalled"),
    "drugs.recall.close": KindWords("recall", "召回结束", "Recall closed"),
}
"""By kind."""


def words_of(kind: str) -> KindWords:
    """The words of a kind; a kind that this table does not know is shown by its own name."""
    return KINDS.get(kind, KindWords("document", kind, kind))

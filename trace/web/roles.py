"""Words for roles of parties and kinds of places (DOMAIN §6)."""

from collections.abc import Mapping

ROLES: Mapping[str, tuple[str, str]] = {
    "mah": ("上市许可持有人", "marketing authorisation holder"),
    "manufacturer": ("生产企业", "manufacturer"),
    "importer": ("进口商", "importer"),
    "repackager": ("换包装企业", "repackager"),
    "distributor": ("批发企业", "distributor"),
    "carrier": ("承运商", "carrier"),
    "pharmacy": ("药房", "pharmacy"),
    "hospital": ("医院", "hospital"),
    "disposal": ("销毁企业", "disposal firm"),
    "laboratory": ("检验机构", "laboratory"),
    "insurer": ("保险机构", "insurer"),
    "regulator": ("监管机构", "regulator"),
    "miner": ("记账节点", "miner"),
    "witness": ("见证方", "witness"),
}
"""Role -> its names in Chinese and English."""
SITE_KINDS: Mapping[str, tuple[str, str]] = {
    "plant": ("工厂", "plant"),
    "warehouse": ("仓库", "warehouse"),
    "shop": ("门店", "shop"),
    "hospital_pharmacy": ("医院药房", "hospital pharmacy"),
    "ward": ("病区", "ward"),
    "theatre": ("手术室", "operating theatre"),
    "office": ("办公室", "office"),
}
"""Site kind -> its names in Chinese and English."""


def role_text(role: str) -> Mapping[str, str]:
    """A role, or where there is none a site kind, for people; an unknown one by its own name."""
    zh, en = ROLES.get(role) or SITE_KINDS.get(role) or (role, role)
    return {"zh": zh, "en": en}


def site_kind_text(kind: str) -> Mapping[str, str]:
    """A site kind for people."""
    zh, en = SITE_KINDS.get(kind, (kind, kind))
    return {"zh": zh, "en": en}

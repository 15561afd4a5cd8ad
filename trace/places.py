"""Words for roles of parties, kinds of places and regions (DOMAIN §6)."""

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
REGIONS: Mapping[str, tuple[str, str]] = {
    "North": ("北部", "North"),
    "Northeast": ("东北", "Northeast"),
    "East": ("东部", "East"),
    "Southeast": ("东南", "Southeast"),
    "South": ("南部", "South"),
    "Southwest": ("西南", "Southwest"),
    "West": ("西部", "West"),
    "Northwest": ("西北", "Northwest"),
    "Centre": ("中部", "Centre"),
}
"""Region, which is free text on the ledger -> its names in Chinese and English, for the points of the compass."""


def role_text(role: str) -> Mapping[str, str]:
    """A role, or where there is none a site kind, for people; an unknown one by its own name."""
    zh, en = ROLES.get(role) or SITE_KINDS.get(role) or (role, role)
    return {"zh": zh, "en": en}


def site_kind_text(kind: str) -> Mapping[str, str]:
    """A site kind for people."""
    zh, en = SITE_KINDS.get(kind, (kind, kind))
    return {"zh": zh, "en": en}


def region_text(region: str) -> Mapping[str, str]:
    """A region for people; one that is no point of the compass stays as its party wrote it."""
    zh, en = REGIONS.get(region, (region, region))
    return {"zh": zh, "en": en}


def role_and_region(role: str, region: str) -> Mapping[str, str]:
    """`批发企业(北部)` / `distributor, North`: a place whose name is not public (DOMAIN §4, trade confidentiality)."""
    who, where = role_text(role), region_text(region)
    return {"zh": f"{who['zh']}({where['zh']})", "en": f"{who['en']}, {where['en']}"}

"""Who and what there is in the demonstration: parties, sites, keys, products (DOMAIN §17.1, §17.2).

All numbers are made up under GS1's example prefix 952; only organisations and roles appear, no people.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

MARKET = "CN"
"""The market in which everything happens; a second one, XE, exists so that its rules can differ."""
AGENCY = "9521000000018"
"""GLN of the regulator of both markets."""
SERIAL_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U."""
SERIAL_CHARACTERS = 16
"""Length of a demonstration serial: 80 bits."""

Text = Mapping[str, str]
"""`{"zh": …, "en": …}`."""


@dataclass(frozen=True, slots=True)
class Site:
    """A place of an organisation."""

    gln: str
    """Its GLN; that of the organisation where it has one place only."""
    kind: str
    """Site kind of DOMAIN §6."""
    zh: str
    """Chinese name."""
    en: str
    """English name."""
    region: str
    """Region, as the public page names it."""

    @property
    def names(self) -> Text:
        """Both names."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Organisation:
    """A licensed organisation."""

    gln: str
    """GLN of the legal entity."""
    zh: str
    """Chinese name."""
    en: str
    """English name."""
    roles: tuple[str, ...]
    """Roles of DOMAIN §6, each with a licence."""
    sites: tuple[Site, ...]
    """Its places."""
    prefixes: tuple[str, ...] = ()
    """GTIN prefixes that it owns."""

    @property
    def names(self) -> Text:
        """Both names."""
        return {"zh": self.zh, "en": self.en}


@dataclass(frozen=True, slots=True)
class Holder:
    """A key of an organisation besides its admin key."""

    name: str
    """Short name that events use, `party/desk`."""
    party: str
    """GLN of the organisation."""
    kind: str
    """`device` or `person`."""
    label: str
    """Label on the ledger, 1-40 characters; never a person's name."""
    kinds: tuple[str, ...]
    """Transaction kinds in its scope."""
    sites: tuple[str, ...] | None = None
    """Sites in its scope; None = all of the party's."""
    profession: str | None = None
    """Profession code of a person key."""


@dataclass(frozen=True, slots=True)
class Product:
    """A medicine."""

    gtin: str
    """GTIN-14 of the saleable pack."""
    owner: str
    """GLN of the marketing authorisation holder."""
    maker: str
    """GLN of whoever packs it."""
    zh: str
    """Chinese name."""
    en: str
    """English name."""
    units: int
    """Tablets, capsules, pens or doses in a pack."""
    unit: str
    """What a unit is."""
    case: tuple[str, int]
    """GTIN of the case and how many packs it holds."""
    authorisation: str
    """Authorisation number in the market, made up."""
    form: str
    """Pharmaceutical form."""
    strength: str
    """Strength as printed."""
    release: tuple[str, ...] = ("qp",)
    """Releases that a batch needs."""
    storage: tuple[int, int] | None = None
    """Lowest and highest temperature, tenths of a degree C."""
    cn_id: str | None = None
    """Chinese drug identifier of seven digits."""
    prescription: bool = True
    """Whether it needs a prescription."""


# --- organisations -----------------------------------------------------------------------------------------------------------

PHARMA, BIOLOGICS, PACKING = "9521001000017", "9521002000016", "9521003000015"
NORTH, SOUTH = "9521004000014", "9521005000013"
RIVERSIDE, HILLSIDE, HOSPITAL = "9521006000012", "9521007000011", "9521008000010"
PLANT, NORTH_SECOND = "9521001000185", "9521004000182"
BRIDGE, STATION = "9521006000180", "9521006000258"
HOSPITAL_PHARMACY, WARD, THEATRE = "9521008000188", "9521008000256", "9521008000324"

AGENCY_NAMES: Text = {"zh": "示例药监局", "en": "Example Medicines Agency"}
"""Names of the regulator."""

ORGANISATIONS: tuple[Organisation, ...] = (
    Organisation(
        PHARMA, "示例制药", "Example Pharma", ("mah", "manufacturer"),
        (Site(PLANT, "plant", "示例制药工厂", "Example Pharma plant", "East"),), ("9521001",),
    ),
    Organisation(
        BIOLOGICS, "样品生物", "Sample Biologics", ("mah", "manufacturer"),
        (Site(BIOLOGICS, "plant", "样品生物工厂", "Sample Biologics plant", "South"),), ("9521002",),
    ),
    Organisation(
        PACKING, "测试包装厂", "Test Packing Works", ("manufacturer",),
        (Site(PACKING, "plant", "测试包装厂", "Test Packing Works", "East"),),
    ),
    Organisation(
        NORTH, "北方医药", "North Distribution", ("distributor",),
        (
            Site(NORTH, "warehouse", "北方医药一号库", "North Distribution, first warehouse", "North"),
            Site(NORTH_SECOND, "warehouse", "北方医药二号库", "North Distribution, second warehouse", "North"),
        ),
    ),
    Organisation(
        SOUTH, "南方医药", "South Distribution", ("distributor",),
        (Site(SOUTH, "warehouse", "南方医药仓库", "South Distribution warehouse", "South"),),
    ),
    Organisation(
        RIVERSIDE, "河畔连锁药房", "Riverside Pharmacies", ("pharmacy",),
        (
            Site(BRIDGE, "shop", "河畔药房桥街店", "Riverside Pharmacy, Bridge Street", "East"),
            Site(STATION, "shop", "河畔药房车站店", "Riverside Pharmacy, Station", "East"),
        ),
    ),
    Organisation(
        HILLSIDE, "山前药房", "Hillside Pharmacy", ("pharmacy",),
        (Site(HILLSIDE, "shop", "山前药房", "Hillside Pharmacy", "West"),),
    ),
    Organisation(
        HOSPITAL, "综合医院", "General Hospital", ("hospital",),
        (
            Site(HOSPITAL_PHARMACY, "hospital_pharmacy", "综合医院药房", "General Hospital, pharmacy", "East"),
            Site(WARD, "ward", "综合医院三病区", "General Hospital, ward 3", "East"),
            Site(THEATRE, "theatre", "综合医院一号手术室", "General Hospital, theatre 1", "East"),
        ),
    ),
)  # fmt: skip
"""Everybody but the regulator, in the order of enrolment."""

# --- keys --------------------------------------------------------------------------------------------------------------------

_MAKING = ("drugs.product", "drugs.batch", "drugs.ship", "drugs.cancel", "drugs.receive", "drugs.refuse", "drugs.return", "drugs.loosen")
_QUALITY = ("drugs.release", "drugs.recall", "drugs.recall.close")
_MOVING = ("drugs.ship", "drugs.cancel", "drugs.receive", "drugs.refuse", "drugs.return", "drugs.loosen", "drugs.name")
_SELLING = (*_MOVING, "drugs.dispense", "drugs.undo")

HOLDERS: tuple[Holder, ...] = (
    Holder("pharma/line", PHARMA, "device", "packing line 1", _MAKING),
    Holder("pharma/quality", PHARMA, "person", "quality person", _QUALITY, profession="qp"),
    Holder("biologics/line", BIOLOGICS, "device", "packing line 1", _MAKING),
    Holder("biologics/quality", BIOLOGICS, "person", "quality person", _QUALITY, profession="qp"),
    Holder("packing/line", PACKING, "device", "packing line 1", _MAKING),
    Holder("packing/stolen", PACKING, "device", "packing line 2", _MAKING),
    Holder("north/desk", NORTH, "device", "goods desk", _MOVING),
    Holder("south/desk", SOUTH, "device", "goods desk", _MOVING),
    Holder("bridge/till", RIVERSIDE, "device", "till 1", _SELLING, (BRIDGE,)),
    Holder("station/till", RIVERSIDE, "device", "till 1", _SELLING, (STATION,)),
    Holder("hillside/till", HILLSIDE, "device", "till 1", _SELLING, (HILLSIDE,)),
    Holder("hospital/pharmacy", HOSPITAL, "device", "pharmacy desk", _SELLING, (HOSPITAL_PHARMACY,)),
)
"""Device and person keys, in the order of enrolment. `packing/stolen` is the one that is revoked as compromised."""

# --- products ----------------------------------------------------------------------------------------------------------------

EXAMPLAMOL, EXAMPLAMOL_100 = "09521001001014", "09521001001021"
TESTOCILLIN, DEMOSULIN, SAMPLAVAX = "09521001002035", "09521002001013", "09521002002027"
NOT_ON_THE_LEDGER = "09521009009906"
"""A well-formed GTIN that nobody registered."""

PRODUCTS: tuple[Product, ...] = (
    Product(
        EXAMPLAMOL, PHARMA, PHARMA, "示例片 500 mg 20 片", "Examplamol 500 mg, 20 tablets", 20, "tablet", ("59521001001019", 50),
        "DEMO-H20260001", "tablet", "500 mg", cn_id="8999001", prescription=False,
    ),
    Product(
        EXAMPLAMOL_100, PHARMA, PHARMA, "示例片 500 mg 100 片", "Examplamol 500 mg, 100 tablets", 100, "tablet", ("59521001001026", 20),
        "DEMO-H20260002", "tablet", "500 mg", prescription=False,
    ),
    Product(
        TESTOCILLIN, PHARMA, PACKING, "测试胶囊 250 mg 12 粒", "Testocillin 250 mg, 12 capsules", 12, "capsule", ("59521001002030", 50),
        "DEMO-H20260003", "capsule", "250 mg",
    ),
    Product(
        DEMOSULIN, BIOLOGICS, BIOLOGICS, "演示注射笔 100 IU/ml 5 支", "Demosulin 100 IU/ml, 5 pens", 5, "pen", ("59521002001018", 25),
        "DEMO-S20260001", "injection", "100 IU/ml", storage=(20, 80),
    ),
    Product(
        SAMPLAVAX, BIOLOGICS, BIOLOGICS, "样品疫苗 1 剂", "Samplavax, 1 dose", 1, "dose", ("59521002002022", 50),
        "DEMO-S20260002", "injection", "0.5 ml", release=("qp", "authority"), storage=(20, 80),
    ),
)  # fmt: skip
"""Every product of the demonstration's ledger."""

# --- serials ------------------------------------------------------------------------------------


def serial(gtin: str, lot: str, slot: int) -> str:
    """The printed serial of a demonstration pack. Real batches use random serials; these can be printed in documents."""
    digest = hashlib.sha256(f"pharmatrace/demo/v1/{gtin}/{lot}/{slot}".encode()).digest()
    bits = int.from_bytes(digest[: SERIAL_CHARACTERS * 5 // 8], "big")
    return "".join(SERIAL_ALPHABET[bits >> shift & 31] for shift in range(5 * (SERIAL_CHARACTERS - 1), -1, -5))


def serials(gtin: str, lot: str, count: int) -> list[str]:
    """The serials of a whole batch in slot order."""
    return [serial(gtin, lot, slot) for slot in range(count)]

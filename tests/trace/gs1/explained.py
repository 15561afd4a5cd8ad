"""Where we differ from the third-party vectors, one line each, with the reason. A line that no longer applies fails the tests."""

from dataclasses import dataclass

OPTION = "a switch of the official engine that is off by default; we have no such switch"
COUPON = "North American paper coupon: never on a medicine; checked by length and characters only"
TRADE = "identifier of trade, transport or persons: never decides about a pack; checked by length and characters only"
PREFIX_LIST = "needs the list of company prefixes, which changes by the day; the ledger knows the prefixes of its own parties"
SIGNATURE = "identifier 8030 (digital signature of the symbol) is carried, not judged; the ledger has signatures of its own"
NOTATION = "the engine writes a data character ^ as \\^ because ^ stands for FNC1 there; here FNC1 is U+001D and ^ needs no escape"
COMPOSITE = "a composite component beside an EAN symbol is not used on medicines; the EAN alone reads"
LENIENT_SCHEME = "RFC 3986 §3.1: schemes are case-insensitive; phones write Https://"
NO_PREFIX = "most scanners are set to send no symbology prefix and no leading FNC1; what follows is checked all the same"
SHORT_GTIN = "a GTIN in a link has 14 digits (Digital Link URI syntax 1.2 and later); shorter ones are refused as by the engine's default"


@dataclass(frozen=True, slots=True)
class Explained:
    """One disagreement, or all that begin alike."""

    file: str
    """Name of the table."""
    case: str
    """The input; with a closing `…` all inputs that begin so."""
    why: str
    """Why we are right, or why it does not matter here."""

    def covers(self, file: str, case: str) -> bool:
        """Is this the line about that case?"""
        return self.file == file and (case.startswith(self.case[:-1]) if self.case.endswith("…") else case == self.case)


TABLE = (
    Explained("raw_element_string", "991234", NO_PREFIX),
    Explained("digital_link_parse", "HtTp://a/b/00/006141411234567890", LENIENT_SCHEME),
    Explained("digital_link_parse", "https://a/gtin/12312312312333", f"words as keys: {OPTION}"),
    Explained("digital_link_parse", "https://a/sscc/006141411234567890", f"words as keys: {OPTION}"),
    Explained("digital_link_parse", "https://a/01/2112345678900", SHORT_GTIN),
    Explained("digital_link_parse", "https://a/8004/9520614141234567?01=2112345678900", SHORT_GTIN),
    Explained("digital_link_parse", "https://a/8004/9520614141234567?01=02345673", SHORT_GTIN),
    Explained("digital_link_parse", "https://example.com/01/9520123456788?3103=000195&3922=0299&17=201225", SHORT_GTIN),
    Explained("digital_link_parse", "https://id.gs1.org/01/9520123456788?3103=000195&3922=0299&17=201225", SHORT_GTIN),
    Explained("digital_link_parse", "https://id.gs1.org/01/9520123456788?17=201225&3103=000195&3922=0299", SHORT_GTIN),
    Explained("digital_link_generate", "(01)12312312312326(99)000001(89)XXX(95)INT", f"unknown identifiers: {OPTION}"),
    Explained("ai_value_rules", "(8013)123456ABXX", f"check pair of a device model: {TRADE}"),
    Explained("ai_value_rules", "(8013)A", f"check pair of a device model: {TRADE}"),
    Explained("ai_value_rules", "(401)123", PREFIX_LIST),
    Explained("ai_value_rules", "(7023)12A4", PREFIX_LIST),
    Explained("ai_value_rules", "(8011)023456789012", f"serial of a component: {TRADE}"),
    Explained("ai_value_rules", "(8001)12341234512321", f"winding direction of a roll: {TRADE}"),
    Explained("ai_value_rules", "(426)987", f"country number: {TRADE}"),
    Explained("ai_value_rules", "(7030)987ABC", f"country number of a processor: {TRADE}"),
    Explained("ai_value_rules", "(4307)AA", f"country code of an address: {TRADE}"),
    Explained("ai_value_rules", "(8007)FR1234", f"bank account: {TRADE}"),
    Explained("ai_value_rules", "(8007)FR12345678901234", f"bank account: {TRADE}"),
    Explained("ai_value_rules", "(8110)…", COUPON),
    Explained("ai_value_rules", "(8112)…", COUPON),
    Explained("ai_value_rules", "(4309)18000000010000000000", f"place of delivery: {TRADE}"),
    Explained("ai_value_rules", "(4309)00000000003600000001", f"place of delivery: {TRADE}"),
    Explained("ai_value_rules", "(7252)5", f"sex of a person: {TRADE}"),
    Explained("ai_value_rules", "(7258)111", f"sequence of a birth: {TRADE}"),
    Explained("ai_value_rules", "(7258)2/1", f"sequence of a birth: {TRADE}"),
    Explained("ai_associations", "(89)ABC(89)ABC(89)ABC", f"unknown identifiers: {OPTION}"),
    Explained("ai_associations", "(3955)123456(3929)123", f"two prices: {TRADE}"),
    Explained("ai_associations", "(8030)DIGSIG(01)12345678901231", SIGNATURE),
    Explained("ai_associations", "(8030)DIGSIG(8006)123456789012310102", SIGNATURE),
    Explained("ai_associations", "(8030)DIGSIG(8010)1234567890", SIGNATURE),
    Explained("ai_associations", "(253)1234567890128(8030)ABC123", SIGNATURE),
    Explained("ai_associations", "(8003)01234567890128(8030)ABC123", SIGNATURE),
    Explained("scan_data_parse", "]Q1\\^TESTING", NOTATION),
    Explained("scan_data_parse", "]J0^TESTING", NOTATION),
    Explained("scan_data_parse", "]J0\\^TESTING", NOTATION),
    Explained("scan_data_parse", "]E02112345678900|]e099COMPOSITE\x1d98XYZ", COMPOSITE),
    Explained("scan_data_parse", "]E402345673|]e099COMPOSITE\x1d98XYZ", COMPOSITE),
    Explained("engine_outcomes", "]d2019001234567890839320401234", f"currency of a price: {TRADE}"),
    Explained("hri", "^011231231231233310ABC123|^99COMPOSITE", COMPOSITE),
    Explained("hri", "(01)12312312312333(10)ABC123|(99)COMPOSITE", COMPOSITE),
    Explained("hri", "^8299ABC123", f"unknown identifiers: {OPTION}"),
    Explained("barcode-images", "datamatrix-3/dm-2x2-b.webp", "damaged beyond reading; upstream's expectation is literally <unkown>"),
)
"""Every disagreement."""

LINTERS_LEFT_OUT = {
    "couponcode": COUPON,
    "couponposoffer": COUPON,
    "csumalpha": f"check pair of device models: {TRADE}",
    "gcppos1": PREFIX_LIST,
    "gcppos2": PREFIX_LIST,
    "hasnondigit": f"medical device identifier 8014: {TRADE}",
    "iban": f"bank account: {TRADE}",
    "iso3166": f"country number: {TRADE}",
    "iso3166999": f"country number: {TRADE}",
    "iso3166alpha2": f"country code: {TRADE}",
    "iso4217": f"currency: {TRADE}",
    "iso5218": f"sex of a person: {TRADE}",
    "latitude": f"place of delivery: {TRADE}",
    "longitude": f"place of delivery: {TRADE}",
    "mediatype": f"medium of a service relation: {TRADE}",
    "nozeroprefix": f"serial of a component: {TRADE}",
    "packagetype": f"kind of transport unit: {TRADE}",
    "posinseqslash": f"sequence of a birth: {TRADE}",
    "winding": f"winding direction of a roll: {TRADE}",
    "yyyymmdd": f"date of birth: {TRADE}",
    "yyyymmd0": f"date of birth: {TRADE}",
}
"""Rules of the official dictionary that our table of identifiers does not apply, with the reason."""


def explained(file: str, case: str) -> Explained | None:
    """The line about a case, or None."""
    return next((line for line in TABLE if line.covers(file, case)), None)

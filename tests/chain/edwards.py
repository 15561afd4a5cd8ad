"""Ed25519 from RFC 8032 §5.1 and §6 in plain integers: the oracle of the acceptance rule. Slow, and never used outside tests."""

import hashlib
from dataclasses import dataclass

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the curve -x² + y² = 1 + d x² y², affine."""

    x: int
    y: int

    def __add__(self, other: "Point") -> "Point":
        product = D * self.x * other.x * self.y * other.y % P
        x = (self.x * other.y + self.y * other.x) * pow(1 + product, P - 2, P)
        y = (self.y * other.y + self.x * other.x) * pow(1 - product, P - 2, P)
        return Point(x % P, y % P)

    def __neg__(self) -> "Point":
        return Point(-self.x % P, self.y)

    def __rmul__(self, number: int) -> "Point":
        result, power = IDENTITY, self
        while number:
            if number & 1:
                result += power
            power += power
            number >>= 1
        return result

    def encode(self) -> bytes:
        return (self.y | (self.x & 1) << 255).to_bytes(32, "little")


def decode(data: bytes) -> Point | None:
    """The point of a canonical encoding, else None (RFC 8032 §5.1.3)."""
    number = int.from_bytes(data, "little")
    y, sign = number & (2**255 - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT % P
    if x * x % P != square or (x == 0 and sign):
        return None
    return Point(x if x & 1 == sign else P - x, y)


def _base() -> Point:
    point = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    assert point is not None
    return point


IDENTITY = Point(0, 1)
BASE = _base()


def torsion() -> list[Point]:
    """The eight points of small order, multiples 0 .. 7 of one of order 8."""
    for y in range(2, 100):
        point = decode(y.to_bytes(32, "little"))
        if point is not None and 4 * (L * point) != IDENTITY:
            return [number * (L * point) for number in range(8)]
    raise AssertionError("no point of order 8")


def challenge(commitment: bytes, key: bytes, message: bytes) -> int:
    """h = SHA-512(R | A | message) mod L."""
    return int.from_bytes(hashlib.sha512(commitment + key + message).digest(), "little") % L


def accepts(key: bytes, message: bytes, signature: bytes) -> bool:
    """The acceptance rule of PROTOCOL §2, word for word."""
    number = int.from_bytes(signature[32:], "little")
    point, commitment = decode(key), decode(signature[:32])
    if len(signature) != 64 or number >= L or point is None or commitment is None:
        return False
    if 8 * point == IDENTITY or 8 * commitment == IDENTITY:
        return False
    return number * BASE == commitment + challenge(signature[:32], key, message) * point


def equation_holds(key: Point, encoded_key: bytes, message: bytes, signature: bytes, commitment: Point) -> bool:
    """The cofactorless equation alone, as a library without block-list and canonicity checks sees it."""
    return int.from_bytes(signature[32:], "little") * BASE == commitment + challenge(signature[:32], encoded_key, message) * key

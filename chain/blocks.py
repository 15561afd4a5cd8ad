"""Blocks: the 240-byte header, the body and its sections, block 0 (PROTOCOL §3, §4; S-01).

The header commits to everything: transactions, state after them, all headers before it, and the sections (proofs, votes). Its id is the
SHA-256 of its bytes, so a block cannot be changed without changing every later one (S-02, S-09).
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chain import codec, keys, merkle, transactions
from chain.errors import ChainError, InvalidBlock, Malformed
from chain.interfaces import BlockRecord, MerklePath, Value
from chain.transactions import Transaction

MAGIC = b"PhTr"
"""First bytes of every header."""
FORMAT = 1
"""Layout of the header."""
SUITE = 1
"""SHA-256, Ed25519, RFC 8785."""
HEADER_BYTES = 240
"""Bytes of a header."""
NONCE_OFFSET = 232
"""Where the nonce lies; everything before it is hashed once per search."""
BLOCK_LIMIT = 8 * 1024 * 1024
"""Bytes of a block with its sections."""
TRANSACTION_LIMIT = 20_000
"""Transactions in a block."""
NO_ID = bytes(32)
"""Previous id of block 0, and its miner."""

_HEADER = struct.Struct(">4sBBHHHIQQ32s32s32s32s32s32sIIQ")


@dataclass(frozen=True, slots=True)
class Header:
    """A block's header. Integers are unsigned, hashes 32 bytes."""

    rules: int
    """Version of the rules that the block was made under, u16."""
    count: int
    """Number of transactions, u32."""
    height: int
    """0 for genesis, u64."""
    time: int
    """Block time, ms, u64; above the parent's."""
    previous: bytes
    """Id of the parent."""
    transactions_root: bytes
    """RFC 9162 root over the transactions' leaves."""
    state_root: bytes
    """Root of the state tree after this block."""
    history_root: bytes
    """RFC 9162 root over the header bytes of blocks 0 .. height-1."""
    sections_root: bytes
    """RFC 9162 root over [proof section, votes section]."""
    miner: bytes
    """Public key of the miner."""
    target: int
    """Compact target that the id must stay below, u32."""
    nonce: int = 0
    """Number tried until the id fits, u64 (S-10)."""

    def encode(self) -> bytes:
        """The 240 bytes."""
        return _HEADER.pack(
            MAGIC, FORMAT, SUITE, self.rules, 0, 0, self.count, self.height, self.time, self.previous, self.transactions_root,
            self.state_root, self.history_root, self.sections_root, self.miner, self.target, 0, self.nonce,
        )  # fmt: skip

    @property
    def id(self) -> bytes:
        """SHA-256 of the header bytes."""
        return hashlib.sha256(self.encode()).digest()


def decode_header(data: bytes) -> Header:
    """The header in 240 bytes. Raises Malformed `block.header`, or `block.format`, `block.suite`, `block.channel` for an unknown world."""
    if len(data) != HEADER_BYTES:
        raise Malformed("block.header", f"{HEADER_BYTES} bytes", len(data))
    magic, form, suite, rules, channel, zero, count, height, time, *hashes, target, zero_again, nonce = _HEADER.unpack(data)
    if magic != MAGIC or zero or zero_again:
        raise Malformed("block.header", "magic PhTr and zero padding", data[:12].hex(), field="magic")
    for code, expected, found in (("format", FORMAT, form), ("suite", SUITE, suite), ("channel", 0, channel)):
        if expected != found:
            raise Malformed(f"block.{code}", expected, found, field=code)
    previous, transactions_root, state_root, history_root, sections_root, miner = hashes
    return Header(rules, count, height, time, previous, transactions_root, state_root, history_root, sections_root, miner, target, nonce)


@dataclass(frozen=True, slots=True)
class Block:
    """A header, its miner's seal, and the body that the header commits to."""

    header: Header
    """The header."""
    seal: bytes
    """Miner's signature over `seal/v1` 00 chain id; 64 bytes, empty for genesis."""
    transactions: tuple[Transaction, ...]
    """The transactions in order, with their proofs; none for genesis."""
    proofs: bytes
    """Proof section."""
    votes: bytes
    """Votes section."""


def transactions_root(items: Sequence[Transaction]) -> bytes:
    """RFC 9162 root over the leaves (id and raw signatures)."""
    return merkle.root([item.leaf for item in items])


def sections_root(proofs: bytes, votes: bytes) -> bytes:
    """RFC 9162 root over the sections; later rules append leaves."""
    return merkle.root([proofs, votes])


def seal_message(chain: bytes, block_id: bytes) -> bytes:
    """What the miner signs."""
    return codec.domain("seal/v1") + chain + block_id


# --- the proof section: u32 count of nodes, the nodes, then per transaction u16 paths, per path u64 index, u8 length, u32 node numbers --


def encode_proofs(items: Sequence[Transaction]) -> bytes:
    """The proof section: every hash of all inclusion paths once, in order of first use, then the paths as numbers into that list."""
    numbers: dict[bytes, int] = {}
    parts: list[bytes] = []
    for item in items:
        parts.append(struct.pack(">H", len(item.proofs)))
        for index, hashes in item.proofs:
            references = [numbers.setdefault(node, len(numbers)) for node in hashes]
            parts.append(struct.pack(f">QB{len(references)}I", index, len(references), *references))
    return b"".join([struct.pack(">I", len(numbers)), *numbers, *parts])


def decode_proofs(section: bytes, count: int) -> tuple[tuple[MerklePath, ...], ...]:
    """The paths of each of `count` transactions. One encoding only: nodes in order of first use, none unused. Raises Malformed
    `block.proofs`."""
    reader = codec.Reader(section, "block.proofs")
    nodes = [reader.take(32) for _ in range(reader.number(4, len(section) // 32))]
    if len(set(nodes)) != len(nodes):
        raise Malformed("block.proofs", "each node once", "a node twice")
    used = 0
    found = []
    for _ in range(count):
        paths = []
        for _ in range(reader.number(2, transactions.PATH_LIMIT)):
            index = reader.number(8)
            references = reader.numbers(reader.number(1, transactions.PATH_LENGTH_LIMIT))
            used = _count_used(references, used, len(nodes))
            paths.append((index, tuple([nodes[reference] for reference in references])))
        found.append(tuple(paths))
    reader.finish()
    if used != len(nodes):
        raise Malformed("block.proofs", "every node used", f"{len(nodes) - used} unused")
    return tuple(found)


def _count_used(references: Sequence[int], used: int, count: int) -> int:
    """How many of `count` nodes are used after a path, each new one being the next. Raises Malformed `block.proofs`."""
    for reference in references:
        if reference >= used:
            if reference > used or reference >= count:
                raise Malformed("block.proofs", "nodes numbered in order of first use", reference)
            used += 1
    return used


# --- block 0 -----------------------------------------------------------------------------------------------------------------


def genesis(document: Value, state_root: bytes) -> BlockRecord:
    """Block 0: its only leaf is the genesis document; no work, no seal. Its id is the name of the chain."""
    body = codec.encode(document)
    header = Header(
        rules=1, count=1, height=0, time=document["start"], previous=NO_ID, transactions_root=merkle.root([body]), state_root=state_root,
        history_root=merkle.EMPTY_ROOT, sections_root=sections_root(b"", b""), miner=NO_ID, target=document["parameters"]["floor"],
    )  # fmt: skip
    return BlockRecord(header.id, NO_ID, 0, 0, header.encode(), b"", (body,), b"", b"")


# --- bytes of a whole block: header | seal | u32 count, each carrier with its u32 length | u32 proofs | u32 votes -------------


def to_record(block: Block, work: int) -> BlockRecord:
    """The block as a store keeps it, with its cumulative work."""
    carriers = tuple(transactions.encode(item) for item in block.transactions)
    header = block.header
    return BlockRecord(header.id, header.previous, header.height, work, header.encode(), block.seal, carriers, block.proofs, block.votes)


def is_bare(record: BlockRecord) -> bool:
    """Whether only the header is here (a snapshot brings no bodies): a body has a proof section of four bytes at least."""
    return record.height > 0 and not record.proofs


def from_record(record: BlockRecord, *, checked: bool = False) -> Block:
    """The block in a record; `checked` as for `transactions.parse`. Raises Malformed as the parsers do, InvalidBlock for a transaction that
    cannot be read, with its number."""
    header = decode_header(record.header)
    if header.height == 0:
        return Block(header, record.seal, (), record.proofs, record.votes)
    paths = decode_proofs(record.proofs, len(record.transactions))
    items = []
    for line, (carrier, proofs) in enumerate(zip(record.transactions, paths, strict=True)):
        try:
            items.append(transactions.parse(carrier, proofs=proofs, checked=checked))
        except ChainError as error:
            raise InvalidBlock(error.code, error.expected, error.found, field=error.field or "transaction", line=line) from error
    return Block(header, record.seal, tuple(items), record.proofs, record.votes)


def encode(record: BlockRecord) -> bytes:
    """The block as it travels."""
    parts = [record.header, record.seal, struct.pack(">I", len(record.transactions))]
    for body in (*record.transactions, record.proofs, record.votes):
        parts += [struct.pack(">I", len(body)), body]
    return b"".join(parts)


def size(block: Block) -> int:
    """Bytes of the block as it travels."""
    carriers = sum(4 + transactions.size(item) for item in block.transactions)
    return HEADER_BYTES + len(block.seal) + 4 + carriers + 4 + len(block.proofs) + 4 + len(block.votes)


def parse(data: bytes) -> BlockRecord:
    """The record (work unknown: 0) in travelling bytes. Raises InvalidBlock `block.size`, Malformed `block.body` and as decode_header."""
    if len(data) > BLOCK_LIMIT:
        raise InvalidBlock("block.size", f"at most {BLOCK_LIMIT} bytes", len(data))
    reader = codec.Reader(data, "block.body")
    header_bytes = reader.take(HEADER_BYTES)
    header = decode_header(header_bytes)
    seal = reader.take(keys.SIGNATURE_BYTES)
    carriers = tuple(reader.take(reader.number(4)) for _ in range(reader.number(4, TRANSACTION_LIMIT)))
    proofs = reader.take(reader.number(4))
    votes = reader.take(reader.number(4))
    reader.finish()
    return BlockRecord(header.id, header.previous, header.height, 0, header_bytes, seal, carriers, proofs, votes)


def with_nonce(header: Header, nonce: int) -> Header:
    """The same header with another nonce."""
    return replace(header, nonce=nonce)

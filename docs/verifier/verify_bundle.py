#!/usr/bin/env python3
"""Check a bundle of the tender-integrity monitor, offline: ``python verify_bundle.py FILE --key VKEY``.

One file for outsiders, written apart from the monitor on purpose: Python 3.11 and the package
``cryptography`` are all it needs. It computes anew

- that the file is canonical JSON (RFC 8785), to the byte;
- the hash of every entry, and from it and its proof the root of the log (RFC 9162), which must be
  the root that the checkpoint names;
- the signatures of the log and of the witnesses you name (C2SP signed notes, cosignature/v1);
- that each fact is what its entry says, that the events of each clue are its own and complete from
  the first on, and that the findings are those which the newest event recorded;
- that every fact a finding rests on is among the entries, at the position and with the time it names;
- the digest of each rule's code.

It does not run the rules, which would mean to run code out of the file: ``tender-monitor verify`` does,
with the rulebook installed there. And it cannot show that nothing came after the checkpoint.

The key that you give says by which suite it signs: SHA-256 with Ed25519, or SM3 with SM2 国密 (GB/T 32905, 32918; SM3
is that of Python's own OpenSSL). The bundle does not choose.
Exit code 0: everything holds; 1: something does not; 2: usage.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "tender-integrity-bundle/1"
LEAF = "tender-integrity leaf v1"
SM2_TYPE = b"\xfftender-monitor/sm2sig_sm3"
# By type of key: suite, hash, length of the public key, whether it is a witness's.
TYPES = {
    b"\x01": ("sha256-ed25519", "sha256", 32, False),
    b"\x04": ("sha256-ed25519", "sha256", 32, True),
    SM2_TYPE: ("sm3-sm2", "sm3", 64, False),
    SM2_TYPE + b"-cosignature": ("sm3-sm2", "sm3", 64, True),
}
NEEDED = {
    "about", "checkpoint", "clues", "entries", "facts", "findings", "format", "judged_at",
    "log_key", "policy", "program", "rules", "scope", "suite",
}  # fmt: skip


class Wrong(Exception):
    """Something does not hold; the text says what."""


def must(condition: object, otherwise: str) -> None:
    if not condition:
        raise Wrong(otherwise)


# --- canonical JSON -------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
    return "{" + ",".join(f"{canonical(key)}:{canonical(item)}" for key, item in members) + "}"


def number(value: float) -> str:
    """As ECMAScript writes it: the shortest digits that read back as the same double."""
    double = float(value)
    if double == 0:
        return "0"
    digits, _, power = repr(abs(double)).partition("e")
    whole, _, fraction = digits.partition(".")
    significant = (whole + fraction).lstrip("0")
    point = len(whole) + int(power or 0) - (len(whole + fraction) - len(significant))
    significant = significant.rstrip("0")
    sign = "-" if double < 0 else ""
    if -6 < point <= 21:
        if point <= 0:
            return f"{sign}0.{'0' * -point}{significant}"
        padded = significant.ljust(point, "0")
        return sign + padded[:point] + (f".{padded[point:]}" if padded[point:] else "")
    rest = f".{significant[1:]}" if significant[1:] else ""
    return f"{sign}{significant[0]}{rest}e{point - 1:+d}"


# --- the log --------------------------------------------------------------------------------------


def node(left: bytes, right: bytes, hash_: str) -> bytes:
    return hashlib.new(hash_, b"\x01" + left + right).digest()


def root_of(index: int, size: int, leaf_hash: bytes, proof: list[bytes], hash_: str = "sha256") -> bytes:
    """RFC 9162 §2.1.3.2."""
    must(0 <= index < size, "an entry lies outside the log")
    at, last, found = index, size - 1, leaf_hash
    for sibling in proof:
        must(last > 0 and len(sibling) == 32, "a proof has a hash too many, or of another length")
        if at % 2 or at == last:
            found = node(sibling, found, hash_)
            while at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            found = node(found, sibling, hash_)
        at, last = at // 2, last // 2
    must(last == 0, "a proof has a hash too few")
    return found


class Key:
    """A verifier key ``name+id+base64``."""

    def __init__(self, text: str) -> None:
        name, identity, material = text.strip().split("+", 2)
        decoded = base64.b64decode(material, validate=True)
        kinds = [kind for kind, about in TYPES.items() if decoded[: -about[2]] == kind]
        must(kinds, "a key is of no kind known here")
        self.suite, self.hash, length, self.cosigns = TYPES[kinds[0]]
        self.name, self.public = name, decoded[-length:]
        # The note format itself names its keys by SHA-256, whatever the log is hashed with.
        self.id = hashlib.sha256(name.encode() + b"\n" + decoded).digest()[:4]
        must(self.id.hex() == identity, "a key is not whole")

    def signed(self, text: str, content: bytes) -> bool:
        """``content`` follows the key's id in a signature line."""
        message = text.encode()
        if self.cosigns:
            moment = int.from_bytes(content[:8], "big")
            message, content = f"cosignature/v1\ntime {moment}\n{text}".encode(), content[8:]
        if self.hash == "sm3":
            return sm2_signed(self.public, content, message)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(content, message)
        except InvalidSignature:
            return False
        return True


# SM2 on its curve (GB/T 32918.2, 32918.5). Everything here is public, so no care is taken to compute in equal time.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A, B = P - 3, 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
SIGNER = b"1234567812345678"
Point = tuple[int, int] | None


def added(left: Point, right: Point) -> Point:
    if left is None or right is None:
        return left or right
    if left[0] == right[0] and (left[1] + right[1]) % P == 0:
        return None
    above, below = (3 * left[0] ** 2 + A, 2 * left[1]) if left == right else (right[1] - left[1], right[0] - left[0])
    slope = above * pow(below, -1, P) % P
    x = (slope**2 - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def times(factor: int, point: Point) -> Point:
    found: Point = None
    for bit in f"{factor:b}":
        found = added(found, found)
        if bit == "1":
            found = added(found, point)
    return found


def sm2_signed(public: bytes, signature: bytes, message: bytes) -> bool:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    x, y = int.from_bytes(public[:32], "big"), int.from_bytes(public[32:], "big")
    on_curve = x < P and y < P and (y * y - x**3 - A * x - B) % P == 0
    total = (r + s) % N
    if len(signature) != 64 or not (0 < r < N and 0 < s < N and total and on_curve):
        return False
    curve = b"".join(each.to_bytes(32, "big") for each in (A, B, *G))
    about = hashlib.new("sm3", (8 * len(SIGNER)).to_bytes(2, "big") + SIGNER + curve + public).digest()
    found = added(times(s, G), times(total, (x, y)))
    said = int.from_bytes(hashlib.new("sm3", about + message).digest(), "big")
    return found is not None and (said + found[0]) % N == r


def signers(note: str, keys: list[Key]) -> tuple[str, list[Key]]:
    """The text of a note and who of ``keys`` signed it; a wrong signature in the name of one is an error."""
    text, gap, lines = note.rpartition("\n\n")
    must(gap and lines.endswith("\n") and not re.search(r"[\x00-\x09\x0b-\x1f]", note), "the checkpoint is no note")
    text, found = f"{text}\n", []
    for line in lines[:-1].split("\n"):
        parts = re.fullmatch(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})", line)
        must(parts, "a line of the checkpoint is no signature")
        assert parts is not None
        content = base64.b64decode(parts[2], validate=True)
        for key in keys:
            if (parts[1], content[:4]) == (key.name, key.id):
                must(key.signed(text, content[4:]), f"the signature of {key.name} is wrong")
                found.append(key)
    return text, found


# --- the bundle -----------------------------------------------------------------------------------


class Check:
    """What is computed step by step; each step says what holds, or raises :class:`Wrong`."""

    def __init__(self, content: bytes, key: str | None, witnesses: list[str]) -> None:
        self.content, self.own_key, self.witnesses = content, key is None, [Key(each) for each in witnesses]
        self.bundle: dict[str, Any] = json.loads(content)
        must(isinstance(self.bundle, dict) and self.bundle.keys() == NEEDED, "the file is no bundle")
        must(self.bundle["format"] == FORMAT, "the bundle is of another format")
        self.key = Key(key or self.bundle["log_key"])
        must(self.bundle["suite"] == self.key.suite, "the bundle is of another suite than the key")
        self.size, self.root = 0, b""
        self.leaves: dict[int, tuple[str, int, str, bytes]] = {}

    def steps(self) -> Iterator[Callable[[], str]]:
        yield from (self.file, self.checkpoint, self.entries, self.clues, self.findings, self.rules)

    def file(self) -> str:
        must(canonical(self.bundle).encode() == self.content, "the file is not canonical JSON")
        about = self.bundle["about"]
        return f"canonical JSON about {about['kind']} {about['id']}"

    def checkpoint(self) -> str:
        text, signed = signers(self.bundle["checkpoint"], [self.key, *self.witnesses])
        must(self.key in signed and not self.key.cosigns, "the log did not sign the checkpoint")
        origin, size, root, *_ = text.split("\n")
        must(origin == self.key.name and re.fullmatch(r"0|[1-9]\d{0,18}", size), "the checkpoint is of another log")
        self.size, self.root = int(size), base64.b64decode(root, validate=True)
        seen = ", ".join(each.name for each in signed if each is not self.key) or "no witness you named"
        own = "; THE KEY IS THE BUNDLE'S OWN: compare it with the published one" if self.own_key else ""
        return f"{origin}, {size} entries, countersigned by {seen}{own}"

    def entries(self) -> str:
        for entry in self.bundle["entries"]:
            must(entry.keys() == {"position", "leaf", "said", "hashes"}, "an entry is not whole")
            self.entry(entry)
        named = {*self.bundle["facts"], *(event for clue in self.bundle["clues"] for event in clue["events"])}
        must(len(self.leaves) == len(self.bundle["entries"]), "an entry stands there twice")
        must(named == self.leaves.keys(), "the entries are not those that the bundle speaks of")
        return f"{len(self.leaves)} entries lead to the root of the checkpoint"

    def entry(self, entry: dict[str, Any]) -> None:
        position, leaf = entry["position"], base64.b64decode(entry["leaf"], validate=True)
        header, number_, originator, version, topic, state = leaf.split(b"\n", 5)
        must(
            (header, number_) == (LEAF.encode(), b"%d" % position), f"entry {position} is not the leaf of its position"
        )
        proof = [bytes.fromhex(each) for each in entry["hashes"]]
        root = root_of(
            position - 1, self.size, hashlib.new(self.key.hash, b"\x00" + leaf).digest(), proof, self.key.hash
        )
        must(root == self.root, f"entry {position} is not in the log")
        if entry["said"] is not None:
            must(canonical(json.loads(state)) == canonical(entry["said"]), f"entry {position} says something else")
        self.leaves[position] = (originator.decode(), int(version), topic.decode(), state)

    def clues(self) -> str:
        for clue in self.bundle["clues"]:
            events = [self.leaves[position] for position in clue["events"]]
            mine = UUID(clue["clue_id"]).hex
            must(events and [each[1] for each in events] == list(range(1, len(events) + 1)), "a clue lacks events")
            must(all(each[0] == mine and each[2].startswith("clue.") for each in events), "an event is another clue's")
        return f"{len(self.bundle['clues'])} clues with all their events up to the last one given"

    def findings(self) -> str:
        facts = {position: json.loads(self.leaves[position][3]) for position in self.bundle["facts"]}
        for finding in self.bundle["findings"]:
            for rested in finding["facts"]:
                said, topic = facts.get(rested["position"]), self.leaves.get(rested["position"], ("", 0, "", b""))[2]
                must(said, "a finding rests on a fact that is not in the bundle")
                assert said is not None
                told = said["source"], said["id"], topic
                must(told == (rested["source"], rested["id"], rested["type"]), "a finding rests on another fact")
        for recorded in filter(None, map(self.recorded, self.bundle["clues"])):
            must(recorded in self.bundle["findings"], "a finding is not the one that was recorded")
        return f"{len(self.bundle['findings'])} findings, resting on facts in the bundle (not judged again here)"

    def recorded(self, clue: dict[str, Any]) -> Any:
        """What the newest event with a finding recorded, where it still makes a clue."""
        said = [json.loads(self.leaves[position][3]).get("finding") for position in clue["events"]]
        newest = next((each for each in reversed(said) if each), None)
        return newest if newest and clue["status"] != "withdrawn" and newest["severity"] else None

    def rules(self) -> str:
        for rule in self.bundle["rules"]:
            digest = hashlib.sha256(rule["source"].encode()).hexdigest()
            must(digest == rule["digest"], f"the code of {rule['code']} is not what its digest says")
        return ", ".join(f"{rule['code']} version {rule['version']}: {rule['digest']}" for rule in self.bundle["rules"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", help="the log's key, as its operator publishes it")
    parser.add_argument("--witness", action="append", default=[], help="a witness you trust; may be given again")
    arguments = parser.parse_args()
    try:
        check = Check(arguments.file.read_bytes(), arguments.key, arguments.witness)
        for step in check.steps():
            sys.stdout.write(f"ok     {step.__name__}: {step()}\n")
    except Wrong as error:
        sys.stdout.write(f"WRONG  {error}\n")
        return 1
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError) as error:
        sys.stdout.write(f"WRONG  the bundle is not whole ({type(error).__name__})\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

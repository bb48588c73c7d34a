"""The server's half of the password check: SRP as Telegram's two-step verification does it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

GENERATOR = 3
PRIME = int(
    "C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DBFA336F6E0AC92513"
    "9543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F642477FE96BB2A941D5BCD1D4AC8CC4988"
    "0708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4"
    "B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F"
    "0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B",
    16,
)
SIZE = 256


def padded(number: int) -> bytes:
    return number.to_bytes(SIZE, "big")


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def salted(data: bytes, salt: bytes) -> bytes:
    return sha256(salt, data, salt)


def secret_number(password: str, salt1: bytes, salt2: bytes) -> int:
    """x: what stands for the password."""
    once = salted(salted(password.encode(), salt1), salt2)
    slow = hashlib.pbkdf2_hmac("sha512", once, salt1, 100_000)
    return int.from_bytes(salted(slow, salt2), "big")


@dataclass(frozen=True, slots=True)
class Verifier:
    """What a server keeps of a password."""

    salt1: bytes
    salt2: bytes
    number: int
    salted: bytes
    """What proves it in the old way, by the first salt alone."""
    hint: str | None = None


def verifier(password: str, hint: str | None = None) -> Verifier:
    salt1, salt2 = secrets.token_bytes(24), secrets.token_bytes(16)
    number = pow(GENERATOR, secret_number(password, salt1, salt2), PRIME)
    return Verifier(salt1, salt2, number, salted(password.encode(), salt1), hint)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One question; `public` is B. It can be answered once."""

    number: int
    verifier: Verifier
    private: int
    public: int

    def answered(self, given: bytes, proof: bytes) -> bool:
        """`given` is A, `proof` is M1."""
        theirs = int.from_bytes(given, "big")
        if len(given) > SIZE or not 1 < theirs < PRIME - 1:
            return False
        a, b = padded(theirs), padded(self.public)
        scramble = int.from_bytes(sha256(a, b), "big")
        shared = pow(theirs * pow(self.verifier.number, scramble, PRIME) % PRIME, self.private, PRIME)
        key = sha256(padded(shared))
        group = bytes(p ^ g for p, g in zip(sha256(padded(PRIME)), sha256(padded(GENERATOR)), strict=True))
        kept = self.verifier
        expected = sha256(group, sha256(kept.salt1), sha256(kept.salt2), a, b, key)
        return hmac.compare_digest(expected, proof)


def challenge(kept: Verifier) -> Challenge:
    private = secrets.randbits(SIZE * 8) % PRIME
    k = int.from_bytes(sha256(padded(PRIME), padded(GENERATOR)), "big")
    public = (k * kept.number + pow(GENERATOR, private, PRIME)) % PRIME
    return Challenge(secrets.randbits(62), kept, private, public)

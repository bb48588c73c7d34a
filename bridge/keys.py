"""The bridge's one secret, and what is derived from it: sealing, signing, hashing.

Four uses, four keys (HKDF-SHA256), so that none tells anything about another: `seal` for what we keep of
others' words until they have arrived (AES-256-GCM), `token` for what we hand out and read again (the same), `sign` for
origins, `digest` for what must be found again without being stored (codes, sent texts).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Keys:
    """`secret` is at least 32 bytes from the config or the environment."""

    def __init__(self, secret: bytes) -> None:
        def derive(purpose: bytes) -> bytes:
            return HKDF(SHA256(), 32, salt=None, info=b"hampayam/" + purpose).derive(secret)

        self._box = AESGCM(derive(b"seal"))
        self._tokens = AESGCM(derive(b"token"))
        self._signing = derive(b"sign")
        self._hashing = derive(b"digest")

    def seal(self, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._box.encrypt(nonce, plain, None)

    def unseal(self, sealed: bytes) -> bytes:
        """Raises ValueError when it was sealed with another secret, or damaged."""
        try:
            return self._box.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except InvalidTag:
            raise ValueError("sealed with another secret, or damaged") from None

    def token(self, *parts: str) -> str:
        """Words that stand for `parts` and tell nothing of them; letters that need no quoting in an address."""
        nonce = os.urandom(_NONCE)
        sealed = self._tokens.encrypt(nonce, json.dumps(parts).encode(), None)
        return base64.urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()

    def read_token(self, token: str) -> list[str]:
        """Raises ValueError for a token that is not ours."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            parts: list[str] = json.loads(self._tokens.decrypt(raw[:_NONCE], raw[_NONCE:], None))
        except (InvalidTag, ValueError):
            raise ValueError("no token of ours") from None
        return parts

    def sign(self, *parts: str) -> str:
        return _mac(self._signing, parts)

    def signed(self, signature: str, *parts: str) -> bool:
        """Whether `signature` is ours for exactly these parts; in constant time."""
        given = signature.encode("utf-8", "surrogatepass")  # it is untrusted JSON
        return hmac.compare_digest(given, _mac(self._signing, parts).encode())

    def digest(self, *parts: str) -> str:
        return _mac(self._hashing, parts)

    def departed(self, person: str) -> str:
        """What stands for somebody who was forgotten, where a word of others about them must still be found when they
        come back. Never a Matrix id."""
        return "~" + self.digest("departed", person)[:32]


def _mac(key: bytes, parts: tuple[str, ...]) -> str:
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        mac.update(len(encoded).to_bytes(8, "big") + encoded)
    return mac.hexdigest()

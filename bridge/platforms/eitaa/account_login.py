"""Logging in with an Eitaa account: phone number, code, and the password where the account has one.

Source: the reference of Eitaa's interfaces, D.6. The device's id must look like the web client's, or the code is not
delivered (one source). The password is proved by SRP, as Telegram's layer 133 has it: it never leaves us. Where that is
not asked for, it is proved as in layer 68, by a hash with Eitaa's salt (known from the schemas of Eitaa's apps alone).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from typing import Any, Protocol

from bridge.errors import BridgeError, LoginLost, Refused
from bridge.platforms.eitaa.gateway import Credentials, Gateway, RpcRefused
from bridge.platforms.eitaa.tl import TL
from bridge.ports import Ask
from bridge.texts.digits import ascii_digits

_TRIES = 3
"""How often a code or a password may be wrong."""

_WORDS = {
    "PHONE_NUMBER_INVALID": "eitaa_phone_wrong",
    "PHONE_NUMBER_BANNED": "eitaa_phone_banned",
    "PHONE_NUMBER_FLOOD": "eitaa_too_often",
    "PHONE_PASSWORD_FLOOD": "eitaa_too_often",
    "PHONE_CODE_INVALID": "eitaa_code_wrong",
    "PHONE_CODE_EMPTY": "eitaa_code_wrong",
    "PHONE_CODE_EXPIRED": "eitaa_code_expired",
    "PASSWORD_HASH_INVALID": "eitaa_password_wrong",
}


class _Algorithm(Protocol):
    """passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow."""

    salt1: bytes
    salt2: bytes
    g: int
    p: bytes


def device_id() -> str:
    return f"mtpasdsxfg{secrets.token_hex(3)}__web"


async def login(gateway: Gateway, new: Any, ask: Ask) -> Credentials:
    """Ask until we are in. `gateway` has an empty token; `new` makes TL objects. Raises Refused with a sentence's key,
    Retry when Eitaa cannot be reached."""
    phone, sent = await _send_code(gateway, new, ask)
    reason = ""
    for _ in range(_TRIES):
        code = _digits(await ask("eitaa_ask_code", reason=reason, secret=True))
        try:
            answer = await gateway.call(
                "auth.signIn", phone_number=phone, phone_code_hash=sent.phone_code_hash, phone_code=code
            )
        except RpcRefused as error:
            if error.word == "SESSION_PASSWORD_NEEDED":
                answer = await _password(gateway, new, ask, {"phone_number": phone, "phone_code": code})
                break
            reason = _key(error)
            if reason == "eitaa_code_expired":
                sent = await _sent_code(gateway, new, phone)
            elif reason != "eitaa_code_wrong":
                raise Refused(reason) from None
            continue
        break
    else:
        raise Refused(reason)
    if not isinstance(answer, TL) or answer.tl_name != "auth.authorization":
        raise Refused("eitaa_no_account")
    return Credentials(answer.token, gateway.credentials.imei)


async def _send_code(gateway: Gateway, new: Any, ask: Ask) -> tuple[str, TL]:
    reason = ""
    for _ in range(_TRIES):
        phone = international(await ask("eitaa_ask_phone", reason=reason))
        reason = "eitaa_phone_wrong"
        if phone is None:
            continue
        try:
            sent = await _sent_code(gateway, new, phone)
        except RpcRefused as error:
            reason = _key(error)
            if reason != "eitaa_phone_wrong":
                raise Refused(reason) from None
            continue
        return phone, sent
    raise Refused("eitaa_phone_wrong")


async def _sent_code(gateway: Gateway, new: Any, phone: str) -> TL:
    settings = new("codeSettings")
    sent = await gateway.call("auth.sendCode", phone_number=phone, api_id=0, api_hash="", settings=settings)
    assert isinstance(sent, TL)
    return sent


async def _password(gateway: Gateway, new: Any, ask: Ask, begun: dict[str, Any]) -> Any:
    """`begun` is what this login began with: the phone and the code."""
    reason = ""
    for _ in range(_TRIES):
        given = await ask("eitaa_ask_password", reason=reason, secret=True)
        wanted = await _wanted(gateway, begun)
        algorithm: Any = getattr(wanted, "current_algo", None)
        try:
            if salt := getattr(wanted, "current_salt", b""):
                proof = hashlib.sha256(salt + given.encode() + salt).digest()
                return await gateway.call("auth.checkPassword2", password_hash=proof, **begun)
            if not hasattr(algorithm, "salt1") or wanted.srp_B is None:
                raise Refused("eitaa_password_unknown")
            a, m1 = await asyncio.to_thread(prove, given, algorithm, wanted.srp_B)  # long sums
            answered = new("inputCheckPasswordSRP", srp_id=wanted.srp_id, A=a, M1=m1)
            return await gateway.call("auth.checkPassword", password=answered)
        except RpcRefused as error:
            reason = _key(error)
            if reason != "eitaa_password_wrong":
                raise Refused(reason) from None
    raise Refused("eitaa_password_wrong")


async def _wanted(gateway: Gateway, begun: dict[str, Any]) -> Any:
    """How the password is to be proved. The older question is the one that can be asked without a token."""
    try:
        return await gateway.call("account.getPassword")
    except (RpcRefused, LoginLost):
        pass
    try:
        return await gateway.call("account.getPasswordLayer68", **begun)
    except (RpcRefused, LoginLost):
        raise Refused("eitaa_password_unknown") from None


def prove(password: str, algorithm: _Algorithm, srp_b: bytes) -> tuple[bytes, bytes]:
    """(A, M1) of SRP-6a for a password. Raises Refused for numbers that prove nothing."""
    p = int.from_bytes(algorithm.p, "big")
    b = int.from_bytes(srp_b, "big")
    if p.bit_length() != 2048 or not 0 < b < p:
        raise Refused("eitaa_password_unknown")
    g_bytes = algorithm.g.to_bytes(256, "big")
    p_bytes, b_bytes = p.to_bytes(256, "big"), b.to_bytes(256, "big")

    def salted(data: bytes, salt: bytes) -> bytes:
        return hashlib.sha256(salt + data + salt).digest()

    once = salted(salted(password.encode(), algorithm.salt1), algorithm.salt2)
    stretched = hashlib.pbkdf2_hmac("sha512", once, algorithm.salt1, 100_000)
    x = int.from_bytes(salted(stretched, algorithm.salt2), "big")
    k = int.from_bytes(hashlib.sha256(p_bytes + g_bytes).digest(), "big")
    secret = secrets.randbits(2048)
    a_bytes = pow(algorithm.g, secret, p).to_bytes(256, "big")
    u = int.from_bytes(hashlib.sha256(a_bytes + b_bytes).digest(), "big")
    shared = pow((b - k * pow(algorithm.g, x, p)) % p, secret + u * x, p)
    key = hashlib.sha256(shared.to_bytes(256, "big")).digest()
    mixed = bytes(
        one ^ two for one, two in zip(hashlib.sha256(p_bytes).digest(), hashlib.sha256(g_bytes).digest(), strict=True)
    )
    salts = hashlib.sha256(algorithm.salt1).digest() + hashlib.sha256(algorithm.salt2).digest()
    return a_bytes, hashlib.sha256(mixed + salts + a_bytes + b_bytes + key).digest()


def international(phone: str) -> str | None:
    """A phone number as Eitaa takes it (98912…), from what people write: 0912…, +98 912…, Persian digits."""
    digits = _digits(phone)
    if digits.startswith("00"):
        digits = digits[2:]
    elif digits.startswith("0"):
        digits = "98" + digits[1:]
    return digits if 8 <= len(digits) <= 15 else None


def _digits(text: str) -> str:
    return "".join(re.findall("[0-9]", ascii_digits(text)))


def _key(error: RpcRefused) -> str:
    return _WORDS.get(error.word, "eitaa_refused")


async def logout(gateway: Gateway) -> None:
    try:
        await gateway.call("auth.logOut")
    except BridgeError as error:
        if not isinstance(error, Refused):
            raise

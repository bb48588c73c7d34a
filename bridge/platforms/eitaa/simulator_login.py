"""The gateway's calls before and around a login."""

from __future__ import annotations

import hmac
import secrets

from bridge.platforms.simulation import Bot, ControlError

from .simulator_accounts import Code, RpcError
from .simulator_peers import Caller
from .simulator_schema import SCHEMA
from .simulator_shapes import View
from .simulator_srp import GENERATOR, PRIME, challenge, padded
from .simulator_tl import Thing, boolean

make = SCHEMA.make
NEW_LOGIN_TIMEOUT = 120


def get_config(caller: Caller, method: Thing) -> bytes:
    options, now = caller.sim.options, int(caller.sim.world.clock())
    return make(
        "config",
        date=now,
        expires=now + 3600,
        test_mode=False,
        this_dc=1,
        dc_options=[],
        dc_txt_domain_name="",
        chat_size_max=200,
        megagroup_size_max=200_000,
        forwarded_count_max=100,
        online_update_period_ms=210_000,
        offline_blur_timeout_ms=5_000,
        offline_idle_timeout_ms=30_000,
        online_cloud_timeout_ms=300_000,
        notify_cloud_delay_ms=30_000,
        notify_default_delay_ms=1_500,
        push_chat_period_ms=60_000,
        push_chat_limit=2,
        saved_gifs_limit=200,
        edit_time_limit=options.edit_seconds or 2**31 - 1,
        revoke_time_limit=options.revoke_seconds or 2**31 - 1,
        revoke_pm_time_limit=options.revoke_seconds or 2**31 - 1,
        rating_e_decay=2_419_200,
        stickers_recent_limit=200,
        stickers_faved_limit=5,
        channels_read_media_period=604_800,
        pinned_dialogs_count_max=5,
        pinned_infolder_count_max=100,
        call_receive_timeout_ms=20_000,
        call_ring_timeout_ms=90_000,
        call_connect_timeout_ms=30_000,
        call_packet_timeout_ms=10_000,
        me_url_prefix="https://eitaa.com/",
        caption_length_max=options.caption_limit,
        message_length_max=options.text_limit,
        webfile_dc_id=1,
        schedule_period_foreground_ms=options.foreground_ms,
        schedule_period_background_ms=options.foreground_ms * 12,
        schedule_period_background_delay_ms=options.foreground_ms,
        upload_chunk_size_kb=options.chunk_kb,
        download_chunk_size_kb=128,
    )


def _sent(caller: Caller, code: Code, *, again: bool = False) -> bytes:
    options = caller.sim.options
    kind = "Call" if again else options.code_type.capitalize()
    return make(
        "auth.sentCode",
        type=make(f"auth.sentCodeType{kind}", length=len(code.digits)),
        phone_code_hash=code.hash,
        next_type=None if again else make("auth.codeTypeCall"),
        timeout=NEW_LOGIN_TIMEOUT,
        message="کد ورود فرستاده شد" if options.code_message else None,
    )


def send_code(caller: Caller, method: Thing) -> bytes:
    return _sent(caller, caller.sim.accounts.send_code(method["phone_number"], caller.imei, caller.sim.options))


def resend_code(caller: Caller, method: Thing) -> bytes:
    accounts, options = caller.sim.accounts, caller.sim.options
    accounts.begun(method["phone_number"], method["phone_code_hash"], options)
    return _sent(caller, accounts.send_code(method["phone_number"], caller.imei, options), again=True)


def cancel_code(caller: Caller, method: Thing) -> bytes:
    accounts = caller.sim.accounts
    accounts.forget(accounts.begun(method["phone_number"], method["phone_code_hash"], caller.sim.options))
    return boolean(True)


def _owner(caller: Caller, phone: str) -> Bot | None:
    """The account with that number. Raises RpcError for a person's: nobody logs in as one here."""
    owner = caller.sim.accounts.phones.get(phone)
    if owner is None:
        return None
    if (account := caller.sim.world.bots.get(owner)) is None:
        raise RpcError(400, "PHONE_NUMBER_BANNED")
    return account


def _authorization(caller: Caller, account: Bot) -> bytes:
    session = caller.sim.accounts.open_session(account, caller.imei)
    view = View(caller.sim.scene, caller.sim.accounts, account)
    return make("auth.authorization", token=session.token, user=view.user(account))


def sign_in(caller: Caller, method: Thing) -> bytes:
    accounts, options = caller.sim.accounts, caller.sim.options
    code = accounts.checked(method["phone_number"], method["phone_code_hash"], method["phone_code"], options)
    account = _owner(caller, code.phone)
    if account is None:
        return make("auth.authorizationSignUpRequired")
    accounts.forget(code)
    if account.id in accounts.passwords:
        accounts.waiting[caller.imei] = code
        raise RpcError(401, "SESSION_PASSWORD_NEEDED")
    return _authorization(caller, account)


def sign_up(caller: Caller, method: Thing) -> bytes:
    accounts, options = caller.sim.accounts, caller.sim.options
    code = accounts.checked(method["phone_number"], method["phone_code_hash"], method["phone_code"], options)
    if _owner(caller, code.phone) is not None:
        raise RpcError(400, "PHONE_NUMBER_OCCUPIED")
    name = f"{method['first_name'].strip()} {method['last_name'].strip()}".strip()
    if not method["first_name"].strip():
        raise RpcError(400, "FIRSTNAME_INVALID")
    accounts.forget(code)
    account = caller.sim.add_bot(name)
    try:
        accounts.give_phone(account.id, code.phone)
    except ControlError:
        raise RpcError(400, "PHONE_NUMBER_INVALID") from None
    return _authorization(caller, account)


def log_out(caller: Caller, method: Thing) -> bytes:
    assert caller.session is not None
    caller.sim.accounts.close_session(caller.session)
    return boolean(True)


# -- the second password


def _whose(caller: Caller) -> Bot:
    """The account of the session, or the one for which this device has shown the right code."""
    if caller.session is not None:
        return caller.account
    code = caller.sim.accounts.waiting.get(caller.imei)
    account = None if code is None else _owner(caller, code.phone)
    if account is None:
        raise RpcError(401, "AUTH_KEY_UNREGISTERED")
    return account


def get_password(caller: Caller, method: Thing) -> bytes:
    if caller.sim.options.passwords != "srp":
        raise RpcError(404, "INVALID_CONSTRUCTOR")
    account, accounts = _whose(caller), caller.sim.accounts
    rest = {
        "new_algo": make("passwordKdfAlgoUnknown"),
        "new_secure_algo": make("securePasswordKdfAlgoUnknown"),
        "secure_random": secrets.token_bytes(32),
    }
    kept = accounts.passwords.get(account.id)
    if kept is None:
        return make("account.password", **rest)
    asked = challenge(kept)
    accounts.challenges[account.id, caller.imei] = asked
    return make(
        "account.password",
        has_password=True,
        current_algo=make(
            "passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow",
            salt1=kept.salt1,
            salt2=kept.salt2,
            g=GENERATOR,
            p=padded(PRIME),
        ),
        srp_B=padded(asked.public),
        srp_id=asked.number,
        hint=kept.hint,
        **rest,
    )


def check_password(caller: Caller, method: Thing) -> bytes:
    account, accounts, given = _whose(caller), caller.sim.accounts, method["password"]
    if given.name != "inputCheckPasswordSRP":
        raise RpcError(400, "PASSWORD_HASH_INVALID")
    asked = accounts.challenges.pop((account.id, caller.imei), None)
    if asked is None or given["srp_id"] != asked.number:
        raise RpcError(400, "SRP_ID_INVALID")
    if not asked.answered(given["A"], given["M1"]):
        raise RpcError(400, "PASSWORD_HASH_INVALID")
    accounts.waiting.pop(caller.imei, None)
    return _authorization(caller, account)


def _salted_account(caller: Caller, method: Thing) -> Bot:
    """Whose login was begun with this phone and this code."""
    if caller.sim.options.passwords != "salted":
        raise RpcError(404, "INVALID_CONSTRUCTOR")
    code = caller.sim.accounts.waiting.get(caller.imei)
    if code is None or (method["phone_number"], method["phone_code"]) != (code.phone, code.digits):
        raise RpcError(400, "PHONE_CODE_INVALID")
    return _whose(caller)


def get_salted_password(caller: Caller, method: Thing) -> bytes:
    kept = caller.sim.accounts.passwords[_salted_account(caller, method).id]
    salts = {"current_salt": kept.salt1, "new_salt": b"", "new_secure_salt": b"", "secure_random": b""}
    return make("account.password2", hint=kept.hint or "", email_unconfirmed_pattern="", **salts)


def check_salted_password(caller: Caller, method: Thing) -> bytes:
    account, accounts = _salted_account(caller, method), caller.sim.accounts
    if not hmac.compare_digest(method["password_hash"], accounts.passwords[account.id].salted):
        raise RpcError(400, "PASSWORD_HASH_INVALID")
    accounts.waiting.pop(caller.imei, None)
    return _authorization(caller, account)

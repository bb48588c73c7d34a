"""What can be either way at Eitaa: every field's default is what is documented or likeliest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bridge.platforms.simulation import ControlError

MB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class EitaaOptions:
    """Eitaayar first, then chats, then the gateway of the apps, then the public page."""

    error_status: int = 0
    """HTTP status of Eitaayar's refusals; 0 for the same as `error_code`."""
    bare_errors: bool = False
    """A refusal is {"ok": false} and nothing else, as the documents promise."""
    chat_id_in_answers: str = "panel"
    """`result.chat.id`: "panel" (the same as `from.id`, as in the documents' sample) or "chat"."""
    sender_is_admin: bool = True
    """Of new chats: whether @sender may write there."""
    registered: bool = True
    """Of new chats: whether every panel knows them."""
    scheduled_id_is_final: bool = True
    """A message held until its `date` keeps the message_id that was answered."""
    text_limit: int = 4096
    """In UTF-16 units; what integrators assume, and so with `caption_limit` and `file_limit` (bytes).

    The gateway's config tells the first two.
    """
    caption_limit: int = 1024
    file_limit: int = 50 * MB

    new_groups: Literal["supergroup", "basic"] = "supergroup"
    """Asked when a group is made. Basic groups count their messages together with private chats."""
    edit_seconds: int = 172_800
    """How long one may edit what one has said; 0 for ever."""
    revoke_seconds: int = 0
    """How long one may delete for everybody, in private chats and basic groups; 0 for ever."""

    strict_pools: bool = True
    """A call at a host of the wrong pool is answered with RETRY_LIMIT."""
    gzip: Literal["never", "above", "always"] = "above"
    """Which answers are packed; "above" `gzip_above` bytes."""
    gzip_above: int = 1024
    errors_as_rpc_error: bool = False
    """Errors are rpc_error instead of error."""
    old_shapes: bool = False
    """Channels and photo sizes come in their layer 135 shapes."""
    from_in_private: bool = False
    """Messages in private chats name their sender; Telegram leaves that to the peer and the `out` flag."""
    min_reactions: bool = False
    """News of reactions is `min`: it does not say which of them is one's own."""
    signatures: bool = False
    """Posts in channels carry their author's name."""

    imei_rule: Literal["any", "pattern"] = "any"
    """"pattern": a login code reaches only devices that look like the web client (`…__web`)."""
    code_type: Literal["app", "sms"] = "sms"
    code_seconds: int = 300
    code_requests: int = 5
    """How often one phone may ask before PHONE_NUMBER_FLOOD; an hour takes it back."""
    code_tries: int = 5
    code_message: bool = False
    """auth.sentCode carries the message of flags.8."""
    passwords: Literal["srp", "salted"] = "srp"
    """How a second password is proved: as in Telegram's layer 133, or as in its layer 68, with the phone and the code
    beside it. The other way's question is answered with INVALID_CONSTRUCTOR."""
    token_seconds: int = 0
    """A token's life until it must be refreshed; 0 for ever."""
    expire_every: int = 0
    """Every so many calls of a session the token is said to be expired."""
    updating_calls: int = 0
    """So many calls after a refresh are told that it is still going on."""

    slice: int = 100
    """The most that one difference tells."""
    too_long_after: int = 0
    """More news than this and the difference is "too long"; 0 for never."""
    channel_news: Literal["message", "too_long"] = "message"
    """How the common difference tells of channels and supergroups: each message, or only that there are some."""
    channel_too_long_after: int = 0
    repeated_random_id: Literal["same", "error"] = "same"
    """A send with a random_id that was used: the first one's result again, or 500 RANDOM_ID_DUPLICATE."""
    foreground_ms: int = 5_000
    """`schedule_period_foreground_ms` of the config; the background's is twelve times that."""
    chunk_kb: int = 512

    page_prefix: Literal["etme", "tgme"] = "etme"
    page_views: bool = True
    page_relative_photos: bool = True
    page_validators: Literal["none", "etag", "modified", "both"] = "both"
    """Which conditional requests the page understands."""
    page_size: int = 20

    def __post_init__(self) -> None:
        if self.chat_id_in_answers not in ("panel", "chat"):
            raise ControlError("chat_id_in_answers must be one of panel, chat")

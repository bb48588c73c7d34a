"""What sources leave open about Rubika, as switches."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.platforms.simulation import ControlError

CHOICES = {
    "sees_all": ("all", "admin_only"),
    "next_offset_when_empty": ("repeat", "absent", "empty"),
    "null_parameters": ("refused", "ignored"),
    "error_form": ("dev_message", "error_code"),
    "same_edit": ("fine", "refused"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RubikaOptions:
    """What sources leave open or have seen both ways; the default is what most of them say."""

    sees_all: str = "all"
    """"all", or "admin_only": what a bot that is a plain member hears in a group."""
    echo_own: bool = False
    """A bot is told of its own messages, edits and deletions."""
    same_edit: str = "fine"
    """An edit that changes nothing: "fine" and told to nobody, or "refused" as INVALID_INPUT."""
    edit_seconds: int = 0
    """How long a bot may edit what it said; nobody knows a limit, and 0 is none."""
    start_message: bool = True
    """Pressing Start gives a NewMessage "/start" beside StartedBot."""
    next_offset_when_empty: str = "repeat"
    """`next_offset_id` when there is nothing new: "repeat" the old one, "absent", or "empty"."""
    unknown_offset_refused: bool = False
    """Only cursors that were handed out are taken, not one made by hand from a time."""
    forget_confirmed: bool = False
    """What a client has asked from is deleted, instead of coming again when it asks without offset_id."""
    retained_updates: int = 50_000
    null_parameters: str = "refused"
    """A parameter that is null: "refused", or "ignored" as if it were left out."""
    error_form: str = "dev_message"
    """The key of an error's words; "error_code" is the form that one reading of the documentation shows."""
    unknown_method_as_page: bool = False
    """An unknown method is a 404 with HTML instead of INVALID_INPUT."""
    limits_in_utf16: bool = False
    """Text limits count UTF-16 units instead of characters."""
    calls_per_second: int = 0
    """Calls of one token in one second of the clock, then TOO_REQUESTS; 0 for no limit."""
    upload_urls_once: bool = True
    """An upload_url takes one file."""
    voices_refused: bool = False
    """Uploads of the type Voice fail, as they were seen to."""
    too_large_as_page: bool = False
    """Too large an upload is a 413 with HTML instead of INVALID_INPUT."""
    link_seconds: int = 3600
    """How long a download_url lives; nothing is documented."""
    browsers_only: bool = False
    """Downloads are refused to whoever does not look like a browser, as one client met it."""
    webhook_suffix: bool = False
    """Posts to base/receiveUpdate … instead of the very address."""
    inline_by_polling: bool = True
    """A press on an inline button arrives in polling when no ReceiveInlineMessage endpoint is set."""
    message_ids_collide: bool = False
    """Message ids count alike in every chat."""
    message_id_as_number: bool = False
    time_as_number: bool = False
    forwarded_no_link_as_text: bool = False
    absent_as_null: bool = False
    """Fields of a message that don't apply are null instead of left out."""
    extra_keys: bool = False
    """Updates and messages carry keys that no documentation knows."""

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                raise ControlError(f"{name} must be one of {', '.join(choices)}")

"""What is not certain of Bale, or differs from time to time: each is a switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class BaleOptions:
    """Defaults: what is documented, else what is likeliest. What else was reported is a switch."""

    sees_all: Literal["all", "admin_only"] = "all"
    """Whether a bot that is a plain member hears what is said in its groups."""
    hears_bots: bool = True
    echo_own: bool = False
    """A bot's own messages come back to it as updates."""
    echo_edits: bool = False
    """A bot's own edits come back to it as updates."""
    same_edit: Literal["refused", "fine"] = "refused"
    """An edit that changes nothing: "message is not modified", or done without a trace."""
    bad_token: int = 401
    """The form is not stable: 400, 401, 403 and 404 were all seen."""
    unknown_chat: int = 400
    """"no such group or user" was seen with 400 and 404."""
    unknown_reply: Literal["refuse", "drop"] = "refuse"
    """A reply_to_message_id that is not in the chat: refused, or sent without being a reply."""
    poller_conflict: bool = True
    """A second getUpdates at the same time, or one while a webhook is set, is answered 409."""
    webhook_anywhere: bool = False
    """Accepts webhooks other than https on port 443 or 88."""
    string_media_in_json: bool = False
    numeric_chat_action: bool = False
    edit_stub: bool = True
    caption_limit: int = 4096
    """One source saw captions beyond 1000 fail."""
    animation_captions: bool = False
    """sendAnimation takes a caption, which client libraries send and nobody has documented."""
    chat_instance: bool = False
    old_clients: bool = False
    """Presses come from old clients, whose people see nothing of what a bot answers."""
    query_message: bool = True
    """A press tells the message that its button stands below, which is optional."""
    forward_origin: bool = False
    """A forward names its author in the undocumented field, too."""
    unknown_fields: bool = False
    """Every message carries a field that nobody has heard of."""
    group_limit: int = 0
    """Messages a minute per bot and group; 0 is no limit, 20 is what one source reports."""
    group_limit_answer: Literal["retry_after", "bare", "plain_text"] = "retry_after"

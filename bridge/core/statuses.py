"""What became of an event, in the words that bridges of the mautrix family have for it, so that clients show it beside
the message. Only what does not arrive, or waits long, is told of: silence means that all is well.

Source: `com.beeper.message_send_status`, as mautrix-go's bridgev2 sends it.
"""

from __future__ import annotations

from typing import Any

STATUS_EVENT = "com.beeper.message_send_status"

_STATUSES = {
    "queued": "PENDING",
    "sent": "SUCCESS",
    "refused": "FAIL_PERMANENT",
    "withheld": "FAIL_PERMANENT",
    "unknown": "FAIL_RETRIABLE",
    "expired": "FAIL_RETRIABLE",
}
"""By the state of a copy. Whoever wants to may say again what expired or is in doubt."""

_REASONS = {
    "not_a_member": "m.no_permission",
    "ended": "m.no_permission",
    "not_text": "com.beeper.unsupported_event",
    "no_files": "com.beeper.unsupported_event",
    "encrypted": "com.beeper.undecryptable_event",
    "suspended": "m.bridge_unavailable",
    "restart": "m.bridge_unavailable",
    "unreachable": "m.foreign_network_error",
    "no_answer": "m.foreign_network_error",
}


def send_status(network: str, event: str, state: str, reason: str = "", message: str = "") -> dict[str, Any]:
    """The content of a status event about `event`: what became of its copy on a platform, why (a word of ours), and
    that in words for people."""
    content: dict[str, Any] = {
        "m.relates_to": {"rel_type": "m.reference", "event_id": event},
        "network": network,
        "status": _STATUSES[state],
    }
    if state != "sent":
        content |= {"reason": _REASONS.get(reason, "m.event_not_handled"), "message": message}
    return content

"""The gateway's methods by name. What is not here is answered with INVALID_CONSTRUCTOR."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from . import simulator_groups as groups
from . import simulator_history as history
from . import simulator_login as login
from . import simulator_sending as sending
from . import simulator_updates as updates
from .simulator_peers import Caller
from .simulator_tl import Thing

Call = Callable[[Caller, Thing], bytes]


def _refresh(caller: Caller, method: Thing) -> bytes:
    raise AssertionError("the gateway itself refreshes tokens")


OPEN = frozenset(
    {
        "help.getConfig",
        "auth.sendCode",
        "auth.resendCode",
        "auth.cancelCode",
        "auth.signIn",
        "auth.signUp",
        "auth.checkPassword",
        "auth.checkPassword2",
        "account.getPassword",
        "account.getPasswordLayer68",
    }
)
"""What needs no token."""

CALLS: Mapping[str, Call] = MappingProxyType(
    {
        "help.getConfig": login.get_config,
        "auth.sendCode": login.send_code,
        "auth.resendCode": login.resend_code,
        "auth.cancelCode": login.cancel_code,
        "auth.signIn": login.sign_in,
        "auth.signUp": login.sign_up,
        "auth.logOut": login.log_out,
        "auth.checkPassword": login.check_password,
        "auth.checkPassword2": login.check_salted_password,
        "account.getPassword": login.get_password,
        "account.getPasswordLayer68": login.get_salted_password,
        "eitaaRefreshToken": _refresh,
        "updates.getState": updates.get_state,
        "updates.getDifference": updates.get_difference,
        "updates.getChannelDifference": updates.get_channel_difference,
        "messages.sendMessage": sending.send_message,
        "messages.sendMedia": sending.send_media,
        "messages.sendMultiMedia": sending.send_multi_media,
        "messages.uploadMedia": sending.upload_media,
        "messages.forwardMessages": sending.forward_messages,
        "messages.editMessage": sending.edit_message,
        "messages.deleteMessages": sending.delete_messages,
        "channels.deleteMessages": sending.delete_channel_messages,
        "messages.updatePinnedMessage": sending.update_pinned_message,
        "messages.sendReaction": sending.send_reaction,
        "messages.getMessagesReactions": sending.get_messages_reactions,
        "messages.getDialogs": history.get_dialogs,
        "messages.getHistory": history.get_history,
        "messages.getMessages": history.get_messages,
        "messages.getMessages_135": history.get_messages,
        "channels.getMessages": history.get_channel_messages,
        "channels.getMessages_135": history.get_channel_messages,
        "messages.readHistory": history.read_history,
        "channels.readHistory": history.read_channel_history,
        "upload.saveFilePart": history.save_part,
        "upload.saveBigFilePart": history.save_part,
        "upload.getFile": history.get_file,
        "contacts.resolveUsername": groups.resolve_username,
        "contacts.importContacts": groups.import_contacts,
        "photos.getUserPhotos": groups.get_user_photos,
        "users.getUsers": groups.get_users,
        "users.getFullUser": groups.get_full_user,
        "channels.getChannels": groups.get_channels,
        "messages.getChats": groups.get_chats,
        "channels.getFullChannel": groups.get_full_channel,
        "messages.getFullChat": groups.get_full_chat,
        "channels.getParticipants": groups.get_participants,
        "channels.getParticipant": groups.get_participant,
        "channels.joinChannel": groups.join_channel,
        "channels.leaveChannel": groups.leave_channel,
        "messages.deleteChatUser": groups.delete_chat_user,
        "messages.checkChatInvite": groups.check_invite,
        "messages.checkChatInvite_137": groups.check_invite,
        "messages.EitaaCheckChatInvite": groups.check_invite,
        "messages.importChatInvite": groups.import_invite,
    }
)

"""The lines of Eitaa's schema that the simulated gateway knows: layer 137 where the page has it, else Telegram's 135.

Where two shapes share a name, the one that is not the default has a suffix of ours.
"""

from __future__ import annotations

from .simulator_tl import Schema

ENVELOPE = """
eitaaObject#7abe77ed token:string imei:string packed_data:bytes layer:int flags:tail# = EitaaObject
eitaaIosObject#71c2d22c token:string imei:string flags:# packed_data:bytes layer:int build_version:int = EitaaObject
eitaaAppInfo#61796de9 build_version:int device_model:string system_version:string app_version:string lang_code:string sign:string = EitaaAppInfo
eitaaRefreshToken#dc452369 app_info:EitaaAppInfo = EitaaRefreshToken
eitaa_updates_expire_token#dc252379 = EitaaUpdatesExpireToken
eitaa_token_updating#dc252375 = EitaaTokenUpdating
eitaa_updates_token#a56c1a31 token:string expire:int date:int = EitaaUpdatesToken
error#c4b9f9bb code:int text:string = Error
rpc_error#2144ca19 error_code:int error_message:string = RpcError
gzip_packed#3072cfa1 packed_data:bytes = Object
"""

PEERS = """
inputPeerEmpty#7f3b18ea = InputPeer
inputPeerSelf#7da07ec9 = InputPeer
inputPeerChat#35a95cb9 chat_id:long = InputPeer
inputPeerUser#dde8a54c user_id:long access_hash:long = InputPeer
inputPeerChannel#27bcbbfc channel_id:long access_hash:long = InputPeer
inputUserEmpty#b98886cf = InputUser
inputUserSelf#f7c1b13f = InputUser
inputUser#f21158c6 user_id:long access_hash:long = InputUser
inputChannelEmpty#ee8c1e86 = InputChannel
inputChannel#f35aec28 channel_id:long access_hash:long = InputChannel
peerUser#59511722 user_id:long = Peer
peerChat#36c6019a chat_id:long = Peer
peerChannel#a2a5371e channel_id:long = Peer
inputPhoneContact#f392b7f4 client_id:long phone:string first_name:string last_name:string = InputContact
inputMessageID#a676a322 id:int = InputMessage
inputMessageReplyTo#bad88395 id:int = InputMessage
messageRange#0ae30253 min_id:int max_id:int = MessageRange
channelMessagesFilterEmpty#94d42ee7 = ChannelMessagesFilter
channelMessagesFilter#cd77d957 flags:# exclude_new_messages:flags.1?true ranges:Vector<MessageRange> = ChannelMessagesFilter
channelParticipantsRecent#de3f3c79 = ChannelParticipantsFilter
channelParticipantsAdmins#b4608969 = ChannelParticipantsFilter
channelParticipantsKicked#a3b54985 q:string = ChannelParticipantsFilter
channelParticipantsBots#b0d1865b = ChannelParticipantsFilter
channelParticipantsBanned#1427a5e1 q:string = ChannelParticipantsFilter
channelParticipantsSearch#0656ac4b q:string = ChannelParticipantsFilter
"""

PEOPLE = """
userEmpty#d3bc4b7a id:long = User
user#ecd26dcb flags:# flags2:# eFlags:# mxb_registered:flags.8?true mxb_virtual:flags.9?true self:flags.10?true contact:flags.11?true bot:flags.14?true min:flags.20?true id:long access_hash:flags.0?long first_name:flags.1?string last_name:flags.2?string username:flags.3?string phone:flags.4?string photo:flags.5?UserProfilePhoto status:flags.6?UserStatus bot_info_version:flags.14?int badge_name:eFlags.1?string = User
userStatusRecently#e26f42f1 = UserStatus
chat#41cbf256 flags:# creator:flags.0?true kicked:flags.1?true left:flags.2?true id:long title:string photo:ChatPhoto participants_count:int date:int version:int admin_rights:flags.14?ChatAdminRights = Chat
channel#c6d14312 flags:# eFlags:# creator:flags.0?true left:flags.2?true broadcast:flags.5?true megagroup:flags.8?true signatures:flags.11?true id:long access_hash:flags.13?long title:string username:flags.6?string photo:ChatPhoto date:int admin_rights:flags.14?ChatAdminRights participants_count:flags.17?int badge_name:eFlags.4?string = Chat
channel_135#8261ac61 flags:# creator:flags.0?true left:flags.2?true broadcast:flags.5?true megagroup:flags.8?true signatures:flags.11?true id:long access_hash:flags.13?long title:string username:flags.6?string photo:ChatPhoto date:int admin_rights:flags.14?ChatAdminRights participants_count:flags.17?int = Chat
channelForbidden#17d493d5 flags:# broadcast:flags.5?true megagroup:flags.8?true id:long access_hash:long title:string = Chat
chatForbidden#6592a1a7 id:long title:string = Chat
chatPhotoEmpty#37c1011c = ChatPhoto
chatPhoto#1c6e1c11 flags:# photo_id:long stripped_thumb:flags.1?bytes dc_id:int = ChatPhoto
userProfilePhoto#82d1f706 flags:# photo_id:long stripped_thumb:flags.1?bytes dc_id:int = UserProfilePhoto
chatAdminRights#5fb224d5 flags:# = ChatAdminRights
peerNotifySettings#af509d20 flags:# = PeerNotifySettings
peerSettings#733f2961 flags:# = PeerSettings
userFull#d697ff05 flags:# user:User about:flags.1?string settings:PeerSettings notify_settings:PeerNotifySettings common_chats_count:int = UserFull
chatFull#4dbdc099 flags:# id:long about:string participants:ChatParticipants chat_photo:flags.2?Photo notify_settings:PeerNotifySettings = ChatFull
channelFull#e9b27a17 flags:# can_view_participants:flags.3?true id:long about:string participants_count:flags.0?int admins_count:flags.1?int read_inbox_max_id:int read_outbox_max_id:int unread_count:int chat_photo:Photo notify_settings:PeerNotifySettings bot_info:Vector<BotInfo> pinned_msg_id:flags.5?int pts:int = ChatFull
messages.chatFull#e5d7d19c full_chat:ChatFull chats:Vector<Chat> users:Vector<User> = messages.ChatFull
chatParticipant#c02d4007 user_id:long inviter_id:long date:int = ChatParticipant
chatParticipantCreator#e46bcee4 user_id:long = ChatParticipant
chatParticipantAdmin#a0933f5b user_id:long inviter_id:long date:int = ChatParticipant
chatParticipants#3cbc93f8 chat_id:long participants:Vector<ChatParticipant> version:int = ChatParticipants
chatParticipantsForbidden#8763d3e1 flags:# chat_id:long = ChatParticipants
channelParticipant#c00c07c0 user_id:long date:int = ChannelParticipant
channelParticipantSelf#28a8bc67 user_id:long inviter_id:long date:int = ChannelParticipant
channelParticipantCreator#2fe601d3 flags:# user_id:long admin_rights:ChatAdminRights rank:flags.0?string = ChannelParticipant
channelParticipantAdmin#34c3bb53 flags:# can_edit:flags.0?true self:flags.1?true user_id:long inviter_id:flags.1?long promoted_by:long date:int admin_rights:ChatAdminRights rank:flags.2?string = ChannelParticipant
channels.channelParticipants#9ab0feaf count:int participants:Vector<ChannelParticipant> chats:Vector<Chat> users:Vector<User> = channels.ChannelParticipants
channels.channelParticipant#dfb80317 participant:ChannelParticipant chats:Vector<Chat> users:Vector<User> = channels.ChannelParticipant
contacts.resolvedPeer#7f077ad9 peer:Peer chats:Vector<Chat> users:Vector<User> = contacts.ResolvedPeer
importedContact#c13e3c50 user_id:long client_id:long = ImportedContact
contacts.importedContacts#77d01c3b imported:Vector<ImportedContact> popular_invites:Vector<PopularContact> retry_contacts:Vector<long> users:Vector<User> = contacts.ImportedContacts
chatInviteAlready#5a686d7c chat:Chat = ChatInvite
chatInvite#dfc2f58e flags:# channel:flags.0?true broadcast:flags.1?true public:flags.2?true megagroup:flags.3?true title:string photo:Photo participants_count:int = ChatInvite
messages.chats#64ff9fd5 chats:Vector<Chat> = messages.Chats
"""

MESSAGES = """
messageEmpty#90a6ca84 flags:# id:int peer_id:flags.0?Peer = Message
message#85d6cbe2 flags:# out:flags.1?true mentioned:flags.4?true silent:flags.13?true post:flags.14?true edit_hide:flags.21?true pinned:flags.24?true id:int from_id:flags.8?Peer peer_id:Peer fwd_from:flags.2?MessageFwdHeader reply_to:flags.3?MessageReplyHeader date:int message:string media:flags.9?MessageMedia entities:flags.7?Vector<MessageEntity> views:flags.10?int forwards:flags.10?int edit_date:flags.15?int post_author:flags.16?string grouped_id:flags.17?long = Message
messageService#2b085862 flags:# out:flags.1?true post:flags.14?true id:int from_id:flags.8?Peer peer_id:Peer reply_to:flags.3?MessageReplyHeader date:int action:MessageAction = Message
messageReplyHeader#a6d57763 flags:# reply_to_msg_id:int reply_to_peer_id:flags.0?Peer = MessageReplyHeader
messageFwdHeader#5f777dce flags:# from_id:flags.0?Peer from_name:flags.5?string date:int channel_post:flags.2?int post_author:flags.3?string = MessageFwdHeader
messageActionChatAddUser#15cefd00 users:Vector<long> = MessageAction
messageActionChatDeleteUser#a43f30cc user_id:long = MessageAction
messageActionChatJoinedByLink#031224c3 inviter_id:long = MessageAction
messageActionChatJoinedByRequest#ebbca3cb = MessageAction
messageActionChatEditTitle#b5a1ce5a title:string = MessageAction
messageActionPinMessage#94bd38ed = MessageAction
messageEntityMention#fa04579d offset:int length:int = MessageEntity
messageEntityHashtag#6f635b0d offset:int length:int = MessageEntity
messageEntityBotCommand#6cef8ac7 offset:int length:int = MessageEntity
messageEntityUrl#6ed02538 offset:int length:int = MessageEntity
messageEntityEmail#64e475c2 offset:int length:int = MessageEntity
messageEntityBold#bd610bc9 offset:int length:int = MessageEntity
messageEntityItalic#826f8b60 offset:int length:int = MessageEntity
messageEntityCode#28a20571 offset:int length:int = MessageEntity
messageEntityPre#73924be0 offset:int length:int language:string = MessageEntity
messageEntityTextUrl#76a6d327 offset:int length:int url:string = MessageEntity
messageEntityMentionName#dc7b1140 offset:int length:int user_id:long = MessageEntity
inputMessageEntityMentionName#208e68c9 offset:int length:int user_id:InputUser = MessageEntity
messageEntityPhone#9b69e34b offset:int length:int = MessageEntity
messageEntityCashtag#4c4e743f offset:int length:int = MessageEntity
messageEntityUnderline#9c4e7e8b offset:int length:int = MessageEntity
messageEntityStrike#bf0693d4 offset:int length:int = MessageEntity
messageEntityBlockquote#020df5d0 offset:int length:int = MessageEntity
messageEntityBankCard#761e6af4 offset:int length:int = MessageEntity
messageReactions#b87a24d1 flags:# min:flags.0?true results:Vector<ReactionCount> = MessageReactions
reactionCount#6fb250d1 flags:# chosen:flags.0?true reaction:string count:int = ReactionCount
dialog#2c171f72 flags:# pinned:flags.2?true unread_mark:flags.3?true peer:Peer top_message:int read_inbox_max_id:int read_outbox_max_id:int unread_count:int unread_mentions_count:int notify_settings:PeerNotifySettings pts:flags.0?int = Dialog
messages.dialogs#15ba6c40 dialogs:Vector<Dialog> messages:Vector<Message> chats:Vector<Chat> users:Vector<User> = messages.Dialogs
messages.dialogsSlice#71e094f3 count:int dialogs:Vector<Dialog> messages:Vector<Message> chats:Vector<Chat> users:Vector<User> = messages.Dialogs
messages.messages#8c718e87 messages:Vector<Message> chats:Vector<Chat> users:Vector<User> = messages.Messages
messages.messagesSlice#3a54685e flags:# count:int messages:Vector<Message> chats:Vector<Chat> users:Vector<User> = messages.Messages
messages.channelMessages#64479808 flags:# pts:int count:int messages:Vector<Message> chats:Vector<Chat> users:Vector<User> = messages.Messages
messages.affectedMessages#84d19185 pts:int pts_count:int = messages.AffectedMessages
"""

MEDIA = """
inputFile#f52ff27f id:long parts:int name:string md5_checksum:string = InputFile
inputFileBig#fa4f0bb5 id:long parts:int name:string = InputFile
inputPhoto#3bb3b94a id:long access_hash:long file_reference:bytes = InputPhoto
inputDocument#1abfb575 id:long access_hash:long file_reference:bytes = InputDocument
inputMediaEmpty#9664f57f = InputMedia
inputMediaUploadedPhoto#1e287d04 flags:# file:InputFile stickers:flags.0?Vector<InputDocument> ttl_seconds:flags.1?int = InputMedia
inputMediaPhoto#b3ba0635 flags:# id:InputPhoto ttl_seconds:flags.0?int = InputMedia
inputMediaUploadedDocument#5b38c6c1 flags:# nosound_video:flags.3?true force_file:flags.4?true file:InputFile thumb:flags.2?InputFile mime_type:string attributes:Vector<DocumentAttribute> stickers:flags.0?Vector<InputDocument> ttl_seconds:flags.1?int = InputMedia
inputMediaDocument#33473058 flags:# id:InputDocument ttl_seconds:flags.0?int query:flags.1?string = InputMedia
inputSingleMedia#1cc6e91f flags:# media:InputMedia random_id:long message:string entities:flags.0?Vector<MessageEntity> = InputSingleMedia
inputStickerSetEmpty#ffb62b95 = InputStickerSet
inputStickerSetID#9de7a269 id:long access_hash:long = InputStickerSet
inputStickerSetShortName#861cc8a0 short_name:string = InputStickerSet
documentAttributeImageSize#6c37c15c w:int h:int = DocumentAttribute
documentAttributeAnimated#11b58939 = DocumentAttribute
documentAttributeSticker#6319d612 flags:# alt:string stickerset:InputStickerSet = DocumentAttribute
documentAttributeVideo#0ef02ce6 flags:# round_message:flags.0?true supports_streaming:flags.1?true duration:int w:int h:int = DocumentAttribute
documentAttributeAudio#9852f9c6 flags:# voice:flags.10?true duration:int title:flags.0?string performer:flags.1?string waveform:flags.2?bytes = DocumentAttribute
documentAttributeFilename#15590068 file_name:string = DocumentAttribute
photoEmpty#2331b22d id:long = Photo
photos.photos#8dca6aa5 photos:Vector<Photo> users:Vector<User> = photos.Photos
photo#fb197a65 flags:# id:long access_hash:long file_reference:bytes date:int sizes:Vector<PhotoSize> dc_id:int = Photo
photoSize#75c78e60 type:string w:int h:int size:int = PhotoSize
photoSize_old#77bfb61b type:string location:FileLocation w:int h:int size:int = PhotoSize
fileLocationToBeDeprecated#bc7fc6cd volume_id:long local_id:int = FileLocation
document#1e87342b flags:# id:long access_hash:long file_reference:bytes date:int mime_type:string size:int dc_id:int attributes:Vector<DocumentAttribute> = Document
messageMediaPhoto#695150d7 flags:# photo:flags.0?Photo ttl_seconds:flags.2?int = MessageMedia
messageMediaDocument#9cb070d7 flags:# document:flags.0?Document ttl_seconds:flags.2?int = MessageMedia
messageMediaGeo#56e0d474 geo:GeoPoint = MessageMedia
geoPoint#b2a2f663 flags:# long:double lat:double access_hash:long = GeoPoint
messageMediaGeoLive#b940c666 flags:# geo:GeoPoint heading:flags.0?int period:int proximity_notification_radius:flags.1?int = MessageMedia
messageMediaVenue#2ec0533f geo:GeoPoint title:string address:string provider:string venue_id:string venue_type:string = MessageMedia
messageMediaPoll#4bd6e798 poll:Poll results:PollResults = MessageMedia
poll#86e18161 id:long flags:# closed:flags.0?true public_voters:flags.1?true multiple_choice:flags.2?true quiz:flags.3?true question:string answers:Vector<PollAnswer> close_period:flags.4?int close_date:flags.5?int = Poll
pollAnswer#6ca9c2e9 text:string option:bytes = PollAnswer
pollResults#dcb82ea3 flags:# total_voters:flags.2?int = PollResults
messageMediaDice#3f7ee58b value:int emoticon:string = MessageMedia
inputGeoPointEmpty#e4c123d6 = InputGeoPoint
inputGeoPoint_old#f3b7acc9 lat:double long:double = InputGeoPoint
inputGeoPoint#48222faf flags:# lat:double long:double accuracy_radius:flags.0?int = InputGeoPoint
inputMediaGeoPoint#f9c44144 geo_point:InputGeoPoint = InputMedia
messageMediaContact#70322949 phone_number:string first_name:string last_name:string vcard:string user_id:long = MessageMedia
inputDocumentFileLocation#bad07584 id:long access_hash:long file_reference:bytes thumb_size:string = InputFileLocation
inputPhotoFileLocation#40181ffe id:long access_hash:long file_reference:bytes thumb_size:string = InputFileLocation
storage.fileUnknown#aa963b05 = storage.FileType
storage.fileJpeg#007efe0e = storage.FileType
storage.fileGif#cae1aadf = storage.FileType
storage.fileMp4#b3cea0e4 = storage.FileType
storage.fileWebp#1081464c = storage.FileType
upload.file#096a18d5 type:storage.FileType mtime:int bytes:bytes = upload.File
"""

UPDATES = """
updateNewMessage#1f2b0afd message:Message pts:int pts_count:int = Update
updateMessageID#4e90bfd6 id:int random_id:long = Update
updateEditMessage#e40370a3 message:Message pts:int pts_count:int = Update
updateDeleteMessages#a20db0e5 messages:Vector<int> pts:int pts_count:int = Update
updateNewChannelMessage#62ba04d9 message:Message pts:int pts_count:int = Update
updateEditChannelMessage#1b3f4df7 message:Message pts:int pts_count:int = Update
updatePinnedMessages#ed85eab5 flags:# pinned:flags.0?true peer:Peer messages:Vector<int> pts:int pts_count:int = Update
updatePinnedChannelMessages#5bb98608 flags:# pinned:flags.0?true channel_id:long messages:Vector<int> pts:int pts_count:int = Update
updateDeleteChannelMessages#c32d5b12 channel_id:long messages:Vector<int> pts:int pts_count:int = Update
updateReadHistoryInbox#9c974fdf flags:# peer:Peer max_id:int still_unread_count:int pts:int pts_count:int = Update
updateReadHistoryOutbox#2f2f21bf peer:Peer max_id:int pts:int pts_count:int = Update
updateReadChannelInbox#922e6e10 flags:# channel_id:long max_id:int still_unread_count:int pts:int = Update
updateReadChannelOutbox#b75f99a9 channel_id:long max_id:int = Update
updateMessageReactions#154798c3 peer:Peer msg_id:int reactions:MessageReactions = Update
updateChannelTooLong#108d941f flags:# channel_id:long pts:flags.0?int = Update
updateChannel#635b4c09 channel_id:long = Update
updates#74ae4240 updates:Vector<Update> users:Vector<User> chats:Vector<Chat> date:int seq:int = Updates
updateShortSentMessage#9015e101 flags:# out:flags.1?true id:int pts:int pts_count:int date:int media:flags.9?MessageMedia entities:flags.7?Vector<MessageEntity> = Updates
updates.state#a56c2a3e pts:int qts:int date:int seq:int unread_count:int = updates.State
updates.differenceEmpty#5d75a138 date:int seq:int = updates.Difference
updates.difference#00f49ca0 new_messages:Vector<Message> new_encrypted_messages:Vector<EncryptedMessage> other_updates:Vector<Update> chats:Vector<Chat> users:Vector<User> state:updates.State = updates.Difference
updates.differenceSlice#a8fb1981 new_messages:Vector<Message> new_encrypted_messages:Vector<EncryptedMessage> other_updates:Vector<Update> chats:Vector<Chat> users:Vector<User> intermediate_state:updates.State = updates.Difference
updates.differenceTooLong#4afe8f6d pts:int = updates.Difference
updates.channelDifferenceEmpty#3e11affb flags:# final:flags.0?true pts:int timeout:flags.1?int = updates.ChannelDifference
updates.channelDifferenceTooLong#a4bcc6fe flags:# final:flags.0?true timeout:flags.1?int dialog:Dialog messages:Vector<Message> chats:Vector<Chat> users:Vector<User> = updates.ChannelDifference
updates.channelDifference#2064674e flags:# final:flags.0?true pts:int timeout:flags.1?int new_messages:Vector<Message> other_updates:Vector<Update> chats:Vector<Chat> users:Vector<User> = updates.ChannelDifference
"""

LOGIN = """
codeSettings#debebe83 flags:# allow_flashcall:flags.0?true current_number:flags.1?true allow_app_hash:flags.4?true = CodeSettings
auth.sentCodeTypeApp#3dbb5986 length:int = auth.SentCodeType
auth.sentCodeTypeSms#c000bba2 length:int = auth.SentCodeType
auth.sentCodeTypeCall#5353e5a7 length:int = auth.SentCodeType
auth.codeTypeSms#72a3158c = auth.CodeType
auth.codeTypeCall#741cd3e3 = auth.CodeType
auth.sentCode#5e002502 flags:# type:auth.SentCodeType phone_code_hash:string next_type:flags.1?auth.CodeType timeout:flags.2?int message:flags.8?string = auth.SentCode
auth.authorization#cd050916 flags:# token:string tmp_sessions:flags.0?int user:User = auth.Authorization
auth.authorizationSignUpRequired#44747e9a flags:# = auth.Authorization
passwordKdfAlgoUnknown#d45ab096 = PasswordKdfAlgo
passwordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow#3a912d4a salt1:bytes salt2:bytes g:int p:bytes = PasswordKdfAlgo
securePasswordKdfAlgoUnknown#004a8537 = SecurePasswordKdfAlgo
account.password#185b184f flags:# has_recovery:flags.0?true has_secure_values:flags.1?true has_password:flags.2?true current_algo:flags.2?PasswordKdfAlgo srp_B:flags.2?bytes srp_id:flags.2?long hint:flags.3?string email_unconfirmed_pattern:flags.4?string new_algo:PasswordKdfAlgo new_secure_algo:SecurePasswordKdfAlgo secure_random:bytes = account.Password
account.password2#ca39b447 flags:# has_recovery:flags.0?true has_secure_values:flags.1?true current_salt:bytes new_salt:bytes new_secure_salt:bytes secure_random:bytes hint:string email_unconfirmed_pattern:string = account.Password
inputCheckPasswordEmpty#9880f658 = InputCheckPasswordSRP
inputCheckPasswordSRP#d27ff082 srp_id:long A:bytes M1:bytes = InputCheckPasswordSRP
config#330b4067 flags:# date:int expires:int test_mode:Bool this_dc:int dc_options:Vector<DcOption> dc_txt_domain_name:string chat_size_max:int megagroup_size_max:int forwarded_count_max:int online_update_period_ms:int offline_blur_timeout_ms:int offline_idle_timeout_ms:int online_cloud_timeout_ms:int notify_cloud_delay_ms:int notify_default_delay_ms:int push_chat_period_ms:int push_chat_limit:int saved_gifs_limit:int edit_time_limit:int revoke_time_limit:int revoke_pm_time_limit:int rating_e_decay:int stickers_recent_limit:int stickers_faved_limit:int channels_read_media_period:int tmp_sessions:flags.0?int pinned_dialogs_count_max:int pinned_infolder_count_max:int call_receive_timeout_ms:int call_ring_timeout_ms:int call_connect_timeout_ms:int call_packet_timeout_ms:int me_url_prefix:string caption_length_max:int message_length_max:int webfile_dc_id:int schedule_period_foreground_ms:int schedule_period_background_ms:int schedule_period_background_delay_ms:int upload_chunk_size_kb:int download_chunk_size_kb:int = Config
"""

METHODS = """
help.getConfig#c4f9186b = Config
auth.sendCode#a677244f phone_number:string api_id:int api_hash:string settings:CodeSettings = auth.SentCode
auth.resendCode#3ef1a9bf phone_number:string phone_code_hash:string = auth.SentCode
auth.cancelCode#1f040578 phone_number:string phone_code_hash:string = Bool
auth.signIn#bcd51581 phone_number:string phone_code_hash:string phone_code:string = auth.Authorization
auth.signUp#80eee427 phone_number:string phone_code_hash:string phone_code:string first_name:string last_name:string app_info:EitaaAppInfo = auth.Authorization
auth.logOut#5717da40 = Bool
auth.checkPassword#d18b4d16 password:InputCheckPasswordSRP = auth.Authorization
auth.checkPassword2#898bda1f password_hash:bytes flags:# phone_code:flags.0?string phone_number:flags.1?string = auth.Authorization
account.getPasswordLayer68#d74ad174 flags:# phone_code:flags.0?string phone_number:flags.1?string = account.Password
account.getPassword#548a30f5 = account.Password
updates.getState#edd4882a = updates.State
updates.getDifference#25939651 flags:# pts:int pts_total_limit:flags.0?int date:int qts:int = updates.Difference
updates.getChannelDifference#03173d78 flags:# force:flags.0?true channel:InputChannel filter:ChannelMessagesFilter pts:int limit:int = updates.ChannelDifference
messages.sendMessage#520c3870 flags:# no_webpage:flags.1?true silent:flags.5?true background:flags.6?true clear_draft:flags.7?true peer:InputPeer reply_to_msg_id:flags.0?int message:string random_id:long reply_markup:flags.2?ReplyMarkup entities:flags.3?Vector<MessageEntity> schedule_date:flags.10?int = Updates
messages.sendMedia#3491eba9 flags:# silent:flags.5?true background:flags.6?true clear_draft:flags.7?true peer:InputPeer reply_to_msg_id:flags.0?int media:InputMedia message:string random_id:long reply_markup:flags.2?ReplyMarkup entities:flags.3?Vector<MessageEntity> schedule_date:flags.10?int = Updates
messages.sendMultiMedia#cc0110cb flags:# silent:flags.5?true background:flags.6?true clear_draft:flags.7?true peer:InputPeer reply_to_msg_id:flags.0?int multi_media:Vector<InputSingleMedia> schedule_date:flags.10?int = Updates
messages.uploadMedia#519bc2b1 peer:InputPeer media:InputMedia = MessageMedia
messages.editMessage#48f71778 flags:# no_webpage:flags.1?true peer:InputPeer id:int message:flags.11?string media:flags.14?InputMedia reply_markup:flags.2?ReplyMarkup entities:flags.3?Vector<MessageEntity> schedule_date:flags.15?int = Updates
messages.deleteMessages#e58e95d2 flags:# revoke:flags.0?true id:Vector<int> = messages.AffectedMessages
channels.deleteMessages#84c1fd4e channel:InputChannel id:Vector<int> = messages.AffectedMessages
messages.readHistory#0e306d3a peer:InputPeer max_id:int = messages.AffectedMessages
channels.readHistory#cc104937 channel:InputChannel max_id:int = Bool
messages.updatePinnedMessage#d2aaf7ec flags:# silent:flags.0?true unpin:flags.1?true pm_oneside:flags.2?true peer:InputPeer id:int = Updates
messages.sendReaction#25690ce4 flags:# peer:InputPeer msg_id:int reaction:flags.0?string = Updates
messages.getMessagesReactions#8bba90e6 peer:InputPeer id:Vector<int> = Updates
messages.forwardMessages#d9fee60e flags:# silent:flags.5?true background:flags.6?true with_my_score:flags.8?true drop_author:flags.11?true from_peer:InputPeer id:Vector<int> random_id:Vector<long> to_peer:InputPeer schedule_date:flags.10?int = Updates
messages.getDialogs#a0f4cb4f flags:# exclude_pinned:flags.0?true folder_id:flags.1?int offset_date:int offset_id:int offset_peer:InputPeer limit:int hash:long = messages.Dialogs
messages.getHistory#4423e6c5 peer:InputPeer offset_id:int offset_date:int add_offset:int limit:int max_id:int min_id:int hash:long = messages.Messages
messages.getMessages#4222fa74 id:Vector<int> = messages.Messages
messages.getMessages_135#63c66506 id:Vector<InputMessage> = messages.Messages
channels.getMessages#93d7b347 channel:InputChannel id:Vector<int> = messages.Messages
channels.getMessages_135#ad8c9a23 channel:InputChannel id:Vector<InputMessage> = messages.Messages
channels.getChannels#0a7f6bbb id:Vector<InputChannel> = messages.Chats
channels.getFullChannel#08736a09 channel:InputChannel = messages.ChatFull
channels.getParticipants#77ced9d0 channel:InputChannel filter:ChannelParticipantsFilter offset:int limit:int hash:long = channels.ChannelParticipants
channels.getParticipant#a0ab6cc6 channel:InputChannel participant:InputPeer = channels.ChannelParticipant
channels.joinChannel#24b524c5 channel:InputChannel = Updates
channels.leaveChannel#f836aa95 channel:InputChannel = Updates
messages.getChats#49e9528f id:Vector<long> = messages.Chats
messages.getFullChat#aeb00b34 chat_id:long = messages.ChatFull
messages.deleteChatUser#a2185cab flags:# revoke_history:flags.0?true chat_id:long user_id:InputUser = Updates
messages.checkChatInvite#3eadb1bb hash:string = ChatInvite
messages.checkChatInvite_137#ae8bb1b8 hash:string = ChatInvite
messages.EitaaCheckChatInvite#1e3bfa75 flags:# package_name:flags.1?string hash:string = ChatInvite
messages.importChatInvite#6c50051c hash:string = Updates
photos.getUserPhotos#91cd32a8 user_id:InputUser offset:int max_id:long limit:int = photos.Photos
users.getUsers#0d91a548 id:Vector<InputUser> = Vector<User>
users.getFullUser#ca30a5b1 id:InputUser = UserFull
contacts.resolveUsername#f93ccba3 username:string = contacts.ResolvedPeer
contacts.importContacts#2c800be5 contacts:Vector<InputContact> = contacts.ImportedContacts
upload.saveFilePart#b304a621 file_id:long file_part:int bytes:bytes flags:tail# peer:flags.0?Peer totalFileSize:flags.1?long = Bool
upload.saveBigFilePart#de7b673d file_id:long file_part:int file_total_parts:int bytes:bytes flags:tail# peer:flags.0?Peer totalFileSize:flags.1?long = Bool
upload.getFile#b15a9afc flags:# precise:flags.0?true cdn_supported:flags.1?true location:InputFileLocation offset:int limit:int = upload.File
"""

REFUSED = {
    0x05A954C0: "messages.receivedMessages",
    0xEC86017A: "account.registerDevice",
    0xB8A0A1A8: "messages.getAllStickers",
    0xD5A5D3A1: "messages.getStickers",
    0x2619A90E: "messages.getStickerSet",
    0xE5BFFFCD: "auth.exportAuthorization",
    0x9299359F: "http_wait",
    0x12B3AD31: "account.getNotifySettings",
    0x58943EE2: "messages.setTyping",
    0x6A3F8D65: "messages.getAllDrafts",
    0xBC39E14B: "messages.saveDraft",
    0xF516760B: "messages.getScheduledHistory",
    0x1508B6AF: "messages.getEmojiKeywordsDifference",
    0x514E999D: "messages.getInlineBotResults",
    0x8B9B4DAE: "account.getContentSettings",
}
"""What the web client never asks over HTTP; the numbers are layer 135's."""

SCHEMA = Schema("".join((ENVELOPE, PEERS, PEOPLE, MESSAGES, MEDIA, UPDATES, LOGIN, METHODS)))

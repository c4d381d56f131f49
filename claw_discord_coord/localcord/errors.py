"""Errors as Discord's API states them.

Source: Discord documentation, topics/opcodes-and-status-codes ("JSON"), and reference ("Error Messages").
"""

from .shapes import Json

UNKNOWN_CHANNEL = 10003
UNKNOWN_GUILD = 10004
UNKNOWN_INVITE = 10006
UNKNOWN_MEMBER = 10007
UNKNOWN_MESSAGE = 10008
UNKNOWN_OVERWRITE = 10009
UNKNOWN_ROLE = 10011
UNKNOWN_USER = 10013
UNKNOWN_EMOJI = 10014
UNKNOWN_WEBHOOK = 10015
UNKNOWN_BAN = 10026
UNKNOWN_INTERACTION = 10062
UNKNOWN_APPLICATION_COMMAND = 10063
BOTS_CANNOT_USE = 20001
ONLY_BOTS_CAN_USE = 20002
NOT_THE_OWNER_OF_APPLICATION = 20012
SLOWMODE = 20016
TOO_MANY_PINS = 30003
TOO_MANY_WEBHOOKS = 30007
TOO_MANY_EMOJIS = 30008
TOO_MANY_REACTIONS = 30010
TOO_MANY_CHANNELS = 30013
TOO_MANY_ATTACHMENTS = 30015
TOO_MANY_INVITES = 30016
TOO_MANY_ANIMATED_EMOJIS = 30018
TOO_MANY_COMMANDS = 30032
TOO_MANY_THREAD_MEMBERS = 30033
TOO_MANY_COMMAND_CREATES = 30034
TOO_MANY_EDITS_OF_OLD_MESSAGE = 30046
TOO_MANY_PINNED_THREADS = 30047
TOO_MANY_TAGS = 30048
TOO_MANY_WEBHOOKS_IN_GUILD = 30058
REQUEST_TOO_LARGE = 40005
NOT_IN_VOICE = 40032
ALREADY_CROSSPOSTED = 40033
ALREADY_ACKNOWLEDGED = 40060
TAG_NAMES_MUST_BE_UNIQUE = 40061
NO_TAGS_FOR_NON_MODERATORS = 40066
TAG_REQUIRED = 40067
MISSING_ACCESS = 50001
NOT_IN_DM = 50003
CANNOT_EDIT_ANOTHER_USERS_MESSAGE = 50005
EMPTY_MESSAGE = 50006
CANNOT_MESSAGE_USER = 50007
CANNOT_SEND_IN_NON_TEXT_CHANNEL = 50008
MISSING_PERMISSIONS = 50013
WRONG_NUMBER_OF_MESSAGES = 50016
SYSTEM_MESSAGE = 50021
WRONG_CHANNEL_TYPE = 50024
INVALID_WEBHOOK_TOKEN = 50027
INVALID_ROLE = 50028
MESSAGE_TOO_OLD = 50034
FILE_TOO_LARGE = 50045
THREAD_ARCHIVED = 50083
VOICE_MESSAGE_WITH_CONTENT = 50159
VOICE_MESSAGE_WITHOUT_AUDIO = 50160
INVALID_FORM_BODY = 50035
INVALID_REQUEST = 50109
THREAD_ALREADY_CREATED = 160004
THREAD_LOCKED = 160005
TOO_MANY_ACTIVE_THREADS = 160006
CANNOT_REPLY_WITHOUT_HISTORY = 160002
CANNOT_FORWARD_WITHOUT_HISTORY = 160009
CANNOT_FORWARD_OUT_OF_NSFW = 160010
FORWARD_WITH_CONTENT = 160011
CANNOT_FORWARD_UNREADABLE = 160014
NO_FORUM_THREAD_FOR_WEBHOOK = 220001
THREAD_NAME_AND_ID = 220002
WEBHOOKS_ONLY_MAKE_THREADS_IN_FORUMS = 220003
FAILED_TO_BAN = 500000

MESSAGES: dict[int, tuple[int, str]] = {
    UNKNOWN_CHANNEL: (404, "Unknown Channel"),
    UNKNOWN_GUILD: (404, "Unknown Guild"),
    UNKNOWN_INVITE: (404, "Unknown Invite"),
    UNKNOWN_MEMBER: (404, "Unknown Member"),
    UNKNOWN_MESSAGE: (404, "Unknown Message"),
    UNKNOWN_OVERWRITE: (404, "Unknown permission overwrite"),
    UNKNOWN_ROLE: (404, "Unknown Role"),
    UNKNOWN_USER: (404, "Unknown User"),
    UNKNOWN_EMOJI: (400, "Unknown Emoji"),
    UNKNOWN_WEBHOOK: (404, "Unknown Webhook"),
    UNKNOWN_BAN: (404, "Unknown Ban"),
    UNKNOWN_INTERACTION: (404, "Unknown interaction"),
    UNKNOWN_APPLICATION_COMMAND: (404, "Unknown application command"),
    BOTS_CANNOT_USE: (403, "Bots cannot use this endpoint"),
    ONLY_BOTS_CAN_USE: (403, "Only bots can use this endpoint"),
    NOT_THE_OWNER_OF_APPLICATION: (403, "You are not authorized to perform this action on this application"),
    TOO_MANY_PINS: (400, "Maximum number of pins reached (250)"),
    TOO_MANY_WEBHOOKS: (400, "Maximum number of webhooks reached (15)"),
    TOO_MANY_EMOJIS: (400, "Maximum number of emojis reached (50)"),
    TOO_MANY_INVITES: (400, "Maximum number of invites reached (1000)"),
    TOO_MANY_ANIMATED_EMOJIS: (400, "Maximum number of animated emojis reached (50)"),
    TOO_MANY_REACTIONS: (400, "Maximum number of reactions reached (20)"),
    TOO_MANY_CHANNELS: (400, "Maximum number of server channels reached (500)"),
    TOO_MANY_ATTACHMENTS: (400, "Maximum number of attachments in a message reached (10)"),
    TOO_MANY_COMMANDS: (400, "Maximum number of application commands reached (100)."),
    TOO_MANY_THREAD_MEMBERS: (400, "Maximum number of thread participants reached (1000)"),
    TOO_MANY_COMMAND_CREATES: (400, "Maximum number of daily application command creates reached (200)"),
    TOO_MANY_PINNED_THREADS: (400, "Maximum number of pinned threads in a forum channel has been reached"),
    TOO_MANY_TAGS: (400, "Maximum number of tags in a forum channel has been reached"),
    TOO_MANY_WEBHOOKS_IN_GUILD: (400, "Maximum number of webhooks per server reached (1000)"),
    REQUEST_TOO_LARGE: (413, "Request entity too large. Try sending something smaller in size"),
    NOT_IN_VOICE: (400, "Target user is not connected to voice."),
    ALREADY_CROSSPOSTED: (400, "This message has already been crossposted"),
    ALREADY_ACKNOWLEDGED: (400, "Interaction has already been acknowledged."),
    TAG_NAMES_MUST_BE_UNIQUE: (400, "Tag names must be unique"),
    NO_TAGS_FOR_NON_MODERATORS: (400, "There are no tags available that can be set by non-moderators"),
    TAG_REQUIRED: (400, "A tag is required to create a forum post in this channel"),
    MISSING_ACCESS: (403, "Missing Access"),
    NOT_IN_DM: (403, "Cannot execute action on a DM channel"),
    CANNOT_EDIT_ANOTHER_USERS_MESSAGE: (403, "Cannot edit a message authored by another user"),
    EMPTY_MESSAGE: (400, "Cannot send an empty message"),
    CANNOT_MESSAGE_USER: (403, "Cannot send messages to this user"),
    CANNOT_SEND_IN_NON_TEXT_CHANNEL: (400, "Cannot send messages in a non-text channel"),
    MISSING_PERMISSIONS: (403, "Missing Permissions"),
    WRONG_NUMBER_OF_MESSAGES: (
        400,
        "Provided too few or too many messages to delete. Must provide at least 2 and at most 100 messages to delete.",
    ),
    SYSTEM_MESSAGE: (403, "Cannot execute action on a system message"),
    WRONG_CHANNEL_TYPE: (400, "Cannot execute action on this channel type"),
    INVALID_WEBHOOK_TOKEN: (401, "Invalid Webhook Token"),
    INVALID_ROLE: (400, "Invalid Role"),
    MESSAGE_TOO_OLD: (400, "You can only bulk delete messages that are under 14 days old."),
    FILE_TOO_LARGE: (400, "File uploaded exceeds the maximum size"),
    THREAD_ARCHIVED: (400, "Thread is archived"),
    VOICE_MESSAGE_WITH_CONTENT: (400, "Voice messages do not support additional content."),
    VOICE_MESSAGE_WITHOUT_AUDIO: (400, "Voice messages must have a single audio attachment."),
    INVALID_REQUEST: (400, "The request body contains invalid JSON."),
    THREAD_ALREADY_CREATED: (400, "A thread has already been created for this message"),
    THREAD_LOCKED: (400, "Thread is locked"),
    TOO_MANY_ACTIVE_THREADS: (400, "Maximum number of active threads reached"),
    CANNOT_REPLY_WITHOUT_HISTORY: (400, "Cannot reply without permission to read message history"),
    CANNOT_FORWARD_WITHOUT_HISTORY: (
        400,
        "Cannot reference a message without permission to read message history",
    ),
    CANNOT_FORWARD_OUT_OF_NSFW: (400, "NSFW channel message reference not allowed"),
    FORWARD_WITH_CONTENT: (400, "Forward messages cannot have additional content"),
    CANNOT_FORWARD_UNREADABLE: (400, "Cannot forward a message whose content you cannot read"),
    NO_FORUM_THREAD_FOR_WEBHOOK: (
        400,
        "Webhooks posted to forum channels must have a thread_name or thread_id",
    ),
    THREAD_NAME_AND_ID: (400, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"),
    WEBHOOKS_ONLY_MAKE_THREADS_IN_FORUMS: (400, "Webhooks can only create threads in forum channels"),
    FAILED_TO_BAN: (400, "Failed to ban users"),
}
"""Status and text for each code that is raised by its code alone."""


class DiscordError(Exception):
    """A request refused: the HTTP status, Discord's numeric code, its text, and for 50035 the nested `errors`.

    `more` are further fields of the body.
    """

    def __init__(
        self, code: int, message: str = "", *, status: int = 0, errors: Json | None = None, more: Json | None = None
    ) -> None:
        known_status, known_message = MESSAGES.get(code, (400, "Bad Request"))
        self.status = status or known_status
        self.code = code
        self.message = message or known_message
        self.errors = errors
        self.more = more or {}
        super().__init__(f"{self.status} {code}: {self.message}")

    def as_dict(self) -> Json:
        """The body of the answer."""
        body: Json = {"message": self.message, "code": self.code} | self.more
        if self.errors is not None:
            body["errors"] = self.errors
        return body


class FormErrors:
    """Collects what is wrong with a body and raises it as 50035 with Discord's nested `errors`."""

    def __init__(self) -> None:
        self._errors: Json = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        """State one fault at a place in the body; the empty path means the whole body."""
        place = self._errors
        for step in path:
            place = place.setdefault(str(step), {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def __bool__(self) -> bool:
        return bool(self._errors)

    def as_error(self) -> DiscordError:
        """What was stated, as the error to raise."""
        return DiscordError(INVALID_FORM_BODY, "Invalid Form Body", status=400, errors=self._errors)

    def raise_if_any(self) -> None:
        """Raise DiscordError 50035 if anything was stated."""
        if self._errors:
            raise self.as_error()


def invalid(path: tuple[str | int, ...], code: str, message: str) -> DiscordError:
    """50035 for one fault at one place."""
    form = FormErrors()
    form.add(path, code, message)
    return form.as_error()

"""Everything there is on the local Discord, in memory, with the indexes that questions need."""

from collections import defaultdict
from collections.abc import Iterator

from ..clock import Clock
from ..events import Event
from ..shapes import Json
from ..snowflake import Snowflakes, first_of_ms
from .audit import AUDIT_KEPT_MS, AuditEntry
from .channel import Channel, ThreadMember
from .command import Command
from .guild import Ban, Emoji, Guild, Member, Role, member_key
from .history import History
from .interaction import Interaction
from .invite import Invite
from .message import Message, NonceUse
from .store import Store
from .table import Changes, Table
from .user import Application, User
from .webhook import Webhook


class World:
    """The state and what happened to it since the last `commit`: changes to be saved, events to be sent.

    All of it is used from one thread and changed without awaiting, so each request is atomic.
    """

    def __init__(self, clock: Clock, store: Store, origin: str = "") -> None:
        self.clock = clock
        self.store = store
        self.origin = origin
        self.events: list[Event] = []
        changes: Changes = {}
        self._changes = changes
        self.users = Table(User, changes)
        self.applications = Table(Application, changes)
        self.guilds = Table(Guild, changes)
        self.roles = Table(Role, changes)
        self.members = Table(Member, changes)
        self.bans = Table(Ban, changes)
        self.emojis = Table(Emoji, changes)
        self.channels = Table(Channel, changes)
        self.thread_members = Table(ThreadMember, changes)
        self.messages = Table(Message, changes)
        self.nonces = Table(NonceUse, changes)
        self.webhooks = Table(Webhook, changes)
        self.invites = Table(Invite, changes)
        self.commands = Table(Command, changes)
        self.interactions = Table(Interaction, changes)
        self.audit = Table(AuditEntry, changes)
        self._restore()
        self.snowflakes = Snowflakes(clock, self._last_id())

    def _restore(self) -> None:
        self.history = History()
        self.threads_of: defaultdict[str, set[str]] = defaultdict(set)
        self.joined: defaultdict[str, dict[str, ThreadMember]] = defaultdict(dict)
        self.pins: defaultdict[str, set[str]] = defaultdict(set)
        self._by_token: dict[str, User] = {}
        self._interactions: dict[str, Interaction] = {}
        tables = {
            table.kind: table
            for table in (
                *(self.users, self.applications, self.guilds, self.roles, self.members, self.bans),
                *(self.emojis, self.channels, self.thread_members, self.messages, self.nonces, self.webhooks),
                *(self.invites, self.commands, self.interactions, self.audit),
            )
        }
        for table in tables.values():
            table.forget_all()
        for kind, body in self.store.load():
            entity = tables[kind].restore(body)
            if isinstance(entity, User):
                self._by_token[entity.token] = entity
            elif isinstance(entity, Message):
                self._index_message(entity)
            elif isinstance(entity, Channel) and entity.is_thread:
                self.threads_of[entity.parent_id or ""].add(entity.id)
            elif isinstance(entity, Interaction):
                self._interactions[entity.token] = entity
            elif isinstance(entity, ThreadMember):
                self.joined[entity.thread_id][entity.user_id] = entity

    def _last_id(self) -> int:
        stored = int(self.store.remembered("last_id") or 0)
        return max([stored, *(int(row.id) for table in (self.messages, self.channels, self.users) for row in table)])

    def new_id(self) -> str:
        """A fresh id."""
        return self.snowflakes.make()

    # -- users -----------------------------------------------------------------------------------------------------

    def add_user(self, user: User) -> User:
        """Add an account."""
        self._by_token[user.token] = user
        return self.users.put(user)

    def user_by_token(self, token: str) -> User | None:
        """Who a token belongs to."""
        return self._by_token.get(token)

    def member(self, guild_id: str | None, user_id: str) -> Member | None:
        """A membership, if there is one."""
        return None if guild_id is None else self.members.get(member_key(guild_id, user_id))

    def members_of(self, guild_id: str) -> list[Member]:
        """All members of a guild, by user id."""
        return sorted((m for m in self.members if m.guild_id == guild_id), key=lambda m: int(m.user_id))

    def roles_of(self, guild_id: str) -> list[Role]:
        """All roles of a guild, from the bottom up."""
        return sorted((r for r in self.roles if r.guild_id == guild_id), key=lambda r: r.rank)

    def guilds_of(self, user_id: str) -> list[Guild]:
        """The guilds a user is a member of."""
        return [guild for guild in self.guilds if self.member(guild.id, user_id)]

    # -- channels --------------------------------------------------------------------------------------------------

    def add_channel(self, channel: Channel) -> Channel:
        """Add a channel or thread."""
        if channel.is_thread:
            self.threads_of[channel.parent_id or ""].add(channel.id)
        return self.channels.put(channel)

    def channels_of(self, guild_id: str) -> list[Channel]:
        """The channels of a guild without its threads."""
        return [c for c in self.channels if c.guild_id == guild_id and not c.is_thread]

    def threads(self, parent_id: str) -> list[Channel]:
        """All threads of a channel, newest first."""
        ids = sorted(self.threads_of.get(parent_id, ()), key=int, reverse=True)
        return [self.channels[thread_id] for thread_id in ids]

    def active_threads(self, guild_id: str) -> Iterator[Channel]:
        """The threads of a guild that are not archived."""
        return (c for c in self.channels if c.is_thread and c.guild_id == guild_id and not c.archived)

    def direct_channels_of(self, user_id: str) -> list[Channel]:
        """The direct messages a user takes part in."""
        return [c for c in self.channels if c.guild_id is None and user_id in c.recipients]

    def drop_channel(self, channel: Channel) -> None:
        """Remove a channel or thread with its messages, threads, members, webhooks and invites."""
        for thread in self.threads(channel.id):
            self.drop_channel(thread)
        for message_id in self.history.forget(channel.id):
            self._drop_row(self.messages[message_id])
        for joined in self.joined.pop(channel.id, {}).values():
            self.thread_members.drop(joined.key)
        for webhook in self.webhooks:
            if webhook.channel_id == channel.id:
                self.webhooks.drop(webhook.id)
        for invite in self.invites:
            if invite.channel_id == channel.id:
                self.invites.drop(invite.key)
        self.pins.pop(channel.id, None)
        self.threads_of.pop(channel.id, None)
        if channel.is_thread:
            self.threads_of[channel.parent_id or ""].discard(channel.id)
        self.channels.drop(channel.id)

    def join_thread(self, thread: Channel, user_id: str) -> ThreadMember:
        """Make a user a member of a thread."""
        joined = ThreadMember(thread.id, user_id, self.clock.now_iso())
        self.joined[thread.id][user_id] = joined
        return self.thread_members.put(joined)

    def leave_thread(self, thread: Channel, user_id: str) -> bool:
        """End a user's membership of a thread; answers whether there was one."""
        gone = self.joined[thread.id].pop(user_id, None)
        if gone is not None:
            self.thread_members.drop(gone.key)
        return gone is not None

    # -- messages --------------------------------------------------------------------------------------------------

    def _index_message(self, message: Message) -> None:
        if message.ephemeral_to is None:
            self.history.add(message.channel_id, message.id)
        if message.pinned_at is not None:
            self.pins[message.channel_id].add(message.id)

    def add_message(self, message: Message) -> Message:
        """Add a message."""
        self._index_message(message)
        return self.messages.put(message)

    def drop_message(self, message: Message) -> None:
        """Remove a message."""
        self._drop_row(message)
        self.history.remove(message.channel_id, message.id)
        self.pins[message.channel_id].discard(message.id)

    def _drop_row(self, message: Message) -> None:
        self.messages.drop(message.id)
        kept = (attachment for snapshot in message.snapshots for attachment in snapshot["attachments"])
        for attachment in (*message.attachments, *kept):
            self.store.drop_upload(f"{message.channel_id}/{attachment['id']}")

    # -- interactions ----------------------------------------------------------------------------------------------

    def add_interaction(self, interaction: Interaction) -> Interaction:
        """Add an interaction."""
        self._interactions[interaction.token] = interaction
        return self.interactions.put(interaction)

    def interaction_by_token(self, token: str) -> Interaction | None:
        """The interaction a token belongs to."""
        return self._interactions.get(token)

    def drop_interaction(self, interaction: Interaction) -> None:
        """Forget an interaction."""
        self._interactions.pop(interaction.token, None)
        self.interactions.drop(interaction.id)

    # -- what happened ---------------------------------------------------------------------------------------------

    def emit(self, event: Event) -> None:
        """Note an event to be sent once the change that caused it is saved."""
        self.events.append(event)

    def log(self, entry: AuditEntry) -> AuditEntry:
        """Add to the audit log, which keeps entries for so many days."""
        oldest = first_of_ms(self.clock.now_ms() - AUDIT_KEPT_MS)
        while (old := self.audit.oldest()) is not None and int(old.id) < oldest:
            self.audit.drop(old.key)
        return self.audit.put(entry)

    @property
    def is_changed(self) -> bool:
        """Whether anything was changed or is to be told since the last `commit`."""
        return bool(self._changes or self.events)

    def commit(self) -> list[Event]:
        """Save what changed, then give up the events it caused; when that fails nothing has changed."""
        if self._changes:
            values = {"last_id": str(self.snowflakes.last), "offset_s": str(self.clock.offset_s)}
            try:
                self.store.save(self._changes, values)
            except Exception:
                self.roll_back()
                raise
            self._changes.clear()
        events, self.events = self.events, []
        return events

    def roll_back(self) -> None:
        """Be again as was saved last: what changed since is undone, and nobody is told of it."""
        self._changes.clear()
        self.events.clear()
        self.store.roll_back()
        self._restore()

    def url(self, path: str) -> str:
        """An address on this server."""
        return self.origin + path

    def stats(self) -> Json:
        """How much there is, for people who look."""
        return {
            "users": len(self.users),
            "channels": len(self.channels),
            "messages": len(self.messages),
            "interactions": len(self.interactions),
        }

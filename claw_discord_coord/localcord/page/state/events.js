/** What each gateway event does to the store; one function per event name. */

import { isThread } from "./channel_types.js";
import { ReadMarks } from "./read_marks.js";
import { compareIds } from "../wire/snowflake.js";

/** How long one TYPING_START lasts. */
const TYPING_MS = 10_000;
const PIN_NOTICE = 6;
/** The first message of a thread that started from a message. */
const STARTER = 21;

/** Applies one dispatch; unknown events are ignored. */
export function apply(store, type, data) {
  const handler = handlers[type];
  if (handler && concernsGuild(store, data)) handler(store, data);
}

function concernsGuild(store, data) {
  return !store.guild || !data?.guild_id || data.guild_id === store.guild.id;
}

const handlers = {
  READY(store, { user }) {
    store.me = user;
    store.learnUser(user);
    store.marks ??= new ReadMarks(user.id);
    store.guild = null;
    store.emit("members");
  },

  GUILD_CREATE(store, guild) {
    if (store.guild && store.guild.id !== guild.id) return;
    store.guild = guild;
    store.emojis = guild.emojis ?? [];
    store.channels.clear();
    store.roles = new Map(guild.roles.map((role) => [role.id, role]));
    store.members.clear();
    for (const member of guild.members ?? []) putMember(store, member);
    for (const channel of [...guild.channels, ...(guild.threads ?? [])]) store.channels.set(channel.id, channel);
    store.logs.clear();
    store.emit("channels");
    store.emit("members");
    store.emit("guild");
  },

  GUILD_UPDATE(store, guild) {
    store.guild = { ...store.guild, ...guild };
    store.emit("channels");
  },

  GUILD_EMOJIS_UPDATE(store, { emojis }) {
    store.emojis = emojis;
  },

  CHANNEL_CREATE: putChannel,
  CHANNEL_UPDATE: putChannel,
  CHANNEL_DELETE: dropChannel,
  THREAD_CREATE: putChannel,
  THREAD_UPDATE: putChannel,
  THREAD_DELETE: dropChannel,

  THREAD_LIST_SYNC(store, { threads, channel_ids: parents }) {
    const listed = new Set(threads.map((thread) => thread.id));
    for (const old of [...store.channels.values()]) {
      const covered = isThread(old) && (!parents || parents.includes(old.parent_id));
      if (covered && !old.thread_metadata?.archived && !listed.has(old.id)) store.channels.delete(old.id);
    }
    for (const thread of threads) putChannel(store, thread);
  },

  THREAD_MEMBERS_UPDATE(store, { id, member_count }) {
    changeChannel(store, id, { member_count });
  },

  CHANNEL_PINS_UPDATE(store, { channel_id, last_pin_timestamp }) {
    changeChannel(store, channel_id, { last_pin_timestamp });
  },

  GUILD_MEMBER_ADD: setMember,
  GUILD_MEMBER_UPDATE: setMember,

  GUILD_MEMBER_REMOVE(store, { user }) {
    store.members.delete(user.id);
    store.emit("members");
  },

  GUILD_ROLE_CREATE: putRole,
  GUILD_ROLE_UPDATE: putRole,

  GUILD_ROLE_DELETE(store, { role_id }) {
    store.roles.delete(role_id);
    store.emit("members");
    store.emit("channels");
  },

  MESSAGE_CREATE(store, message) {
    store.learnUser(message.author);
    store.typing.get(message.channel_id)?.delete(message.author.id);
    store.emit(`typing:${message.channel_id}`);
    countMessage(store, message);
    const log = store.log(message.channel_id);
    log.change(() => {
      if (!log.loaded || log.hasNewer) return;
      log.add(message);
      store.emit(`log:${message.channel_id}`);
    });
  },

  MESSAGE_UPDATE(store, message) {
    changeMessage(store, message.channel_id, message.id, (old) => ({ ...old, ...message }));
  },

  MESSAGE_DELETE(store, { channel_id, id }) {
    removeMessages(store, channel_id, [id]);
  },

  MESSAGE_DELETE_BULK(store, { channel_id, ids }) {
    removeMessages(store, channel_id, ids);
  },

  MESSAGE_REACTION_ADD(store, { channel_id, message_id, user_id, emoji }) {
    changeMessage(store, channel_id, message_id, (old) => react(old, emoji, 1, user_id === store.me.id));
  },

  MESSAGE_REACTION_REMOVE(store, { channel_id, message_id, user_id, emoji }) {
    changeMessage(store, channel_id, message_id, (old) => react(old, emoji, -1, user_id === store.me.id));
  },

  MESSAGE_REACTION_REMOVE_ALL(store, { channel_id, message_id }) {
    changeMessage(store, channel_id, message_id, (old) => ({ ...old, reactions: [] }));
  },

  MESSAGE_REACTION_REMOVE_EMOJI(store, { channel_id, message_id, emoji }) {
    const others = (old) => (old.reactions ?? []).filter((reaction) => !sameEmoji(reaction.emoji, emoji));
    changeMessage(store, channel_id, message_id, (old) => ({ ...old, reactions: others(old) }));
  },

  TYPING_START(store, { channel_id, user_id, member }) {
    if (user_id === store.me?.id) return;
    if (member) putMember(store, member);
    if (!store.typing.has(channel_id)) store.typing.set(channel_id, new Map());
    store.typing.get(channel_id).set(user_id, Date.now() + TYPING_MS);
    store.emit(`typing:${channel_id}`);
    setTimeout(() => store.emit(`typing:${channel_id}`), TYPING_MS + 50);
  },
};

/** Custom emoji are the same by id, others by character. */
export function sameEmoji(a, b) {
  return a.id || b.id ? a.id === b.id : a.name === b.name;
}

function react(message, emoji, step, mine) {
  const reactions = (message.reactions ?? []).map((reaction) => ({ ...reaction }));
  let reaction = reactions.find((other) => sameEmoji(other.emoji, emoji));
  if (!reaction) {
    reaction = { emoji, count: 0, me: false };
    reactions.push(reaction);
  }
  reaction.count += step;
  if (mine) reaction.me = step > 0;
  return { ...message, reactions: reactions.filter((other) => other.count > 0) };
}

function putMember(store, member) {
  const id = member.user?.id;
  if (!id) return;
  store.members.set(id, { ...store.members.get(id), ...member });
  store.learnUser(member.user);
}

function setMember(store, member) {
  putMember(store, member);
  store.emit("members");
}

function putRole(store, { role }) {
  store.roles.set(role.id, role);
  store.emit("members");
  store.emit("channels");
}

function putChannel(store, channel) {
  store.channels.set(channel.id, { ...store.channels.get(channel.id), ...channel });
  touchStarter(store, channel);
  store.emit("channels");
}

function changeChannel(store, id, change) {
  if (store.channels.has(id)) putChannel(store, { id, ...change });
}

function dropChannel(store, { id, parent_id }) {
  store.channels.delete(id);
  store.logs.delete(id);
  // The channel is gone from the store, so its parent comes from the event.
  if (parent_id) changeMessage(store, parent_id, id, (old) => ({ ...old, thread: undefined }));
  store.emit("channels");
}

/** A thread's card is drawn with the message it started from. */
function touchStarter(store, { id }) {
  const parent = store.channels.get(id)?.parent_id;
  if (parent) changeMessage(store, parent, id, (old) => ({ ...old }));
}

function changeMessage(store, channelId, messageId, update) {
  changeIn(store, channelId, messageId, update);
  // A thread has the id of the message it started from, and shows its own copy of it.
  const log = store.logs.get(messageId);
  const copy = log?.messages.find((message) => message.type === STARTER && message.referenced_message);
  if (copy)
    changeIn(store, messageId, copy.id, (old) => ({ ...old, referenced_message: update(old.referenced_message) }));
}

function changeIn(store, channelId, messageId, update) {
  const log = store.logs.get(channelId);
  log?.change(() => {
    if (log.update(messageId, update)) store.emit(`log:${channelId}`);
  });
}

function countMessage(store, message) {
  const channel = store.channels.get(message.channel_id);
  if (!channel || message.flags & 64) return;
  const known = channel.last_message_id;
  if (known && compareIds(message.id, known) <= 0) return;
  const change = { last_message_id: message.id };
  if (isThread(channel)) change.message_count = (channel.message_count ?? 0) + 1;
  if (message.type !== PIN_NOTICE) change.latest = message;
  changeChannel(store, channel.id, change);
  if (message.author.id === store.me?.id) store.marks?.read(channel.id, message.id);
  else if (mentionsMe(store, message)) store.marks?.mention(channel.id);
}

/** Whether a message calls this person by name, by role or with everyone. */
export function mentionsMe(store, message) {
  const me = store.me?.id;
  const roles = store.members.get(me)?.roles ?? [];
  return (
    Boolean(message.mention_everyone) ||
    (message.mentions ?? []).some((user) => user.id === me) ||
    (message.mention_roles ?? []).some((id) => roles.includes(id))
  );
}

function removeMessages(store, channelId, ids) {
  const log = store.logs.get(channelId);
  log?.change(() => {
    const removed = ids.filter((id) => log.remove(id));
    if (removed.length > 0) store.emit(`log:${channelId}`);
  });
  const channel = store.channels.get(channelId);
  if (isThread(channel)) {
    changeChannel(store, channelId, { message_count: Math.max(0, (channel.message_count ?? 0) - ids.length) });
  }
}

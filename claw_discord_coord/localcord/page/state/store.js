/** All that this page knows of the server: filled by gateway events, read by the views. */

import { CATEGORY, isArchived, isForum, isThread } from "./channel_types.js";
import { MessageLog } from "./message_log.js";
import { PERMISSION, may } from "./permissions.js";
import { compareIds } from "../wire/snowflake.js";

/**
 * Topics that `on` takes: "channels", "members", "log:<channel>", "typing:<channel>".
 * Listeners run once per frame, however many events came.
 */
export class Store {
  constructor() {
    this.me = null;
    this.guild = null;
    this.channels = new Map();
    this.roles = new Map();
    this.members = new Map();
    this.users = new Map();
    this.emojis = [];
    this.logs = new Map();
    this.typing = new Map();
    this.marks = null;
    this.listeners = new Map();
    this.due = new Set();
  }

  /** Calls `listener` after changes to a topic; returns the function that ends it. */
  on(topic, listener) {
    if (!this.listeners.has(topic)) this.listeners.set(topic, new Set());
    this.listeners.get(topic).add(listener);
    return () => this.listeners.get(topic).delete(listener);
  }

  emit(topic) {
    if (this.due.size === 0) queueMicrotask(() => this.flush());
    this.due.add(topic);
  }

  flush() {
    const topics = [...this.due];
    this.due.clear();
    for (const topic of topics) for (const listener of [...(this.listeners.get(topic) ?? [])]) listener();
  }

  log(channelId) {
    if (!this.logs.has(channelId)) this.logs.set(channelId, new MessageLog());
    return this.logs.get(channelId);
  }

  message(channelId, messageId) {
    return this.logs.get(channelId)?.get(messageId);
  }

  learnUser(user) {
    if (user?.id) this.users.set(user.id, { ...this.users.get(user.id), ...user });
  }

  user(id) {
    return this.members.get(id)?.user ?? this.users.get(id);
  }

  /** The name shown for a user: nickname, display name, user name. */
  nameOf(user) {
    return this.members.get(user.id)?.nick ?? user.global_name ?? user.username ?? "Unknown User";
  }

  rolesOf(userId) {
    const ids = this.members.get(userId)?.roles ?? [];
    return ids
      .map((id) => this.roles.get(id))
      .filter(Boolean)
      .sort((a, b) => b.position - a.position);
  }

  /** The color of a member's highest colored role as a number, or 0. */
  colorOf(userId) {
    return this.rolesOf(userId).find((role) => role.color)?.color ?? 0;
  }

  canSee(channel) {
    return may(this, channel, PERMISSION.VIEW_CHANNEL);
  }

  /** Visible channels as [{category, channels}], ordered as Discord orders them. */
  tree() {
    const order = (a, b) => (a.position ?? 0) - (b.position ?? 0) || compareIds(a.id, b.id);
    const plain = [...this.channels.values()].filter((channel) => !isThread(channel));
    const shown = plain.filter((channel) => channel.type !== CATEGORY && this.canSee(channel)).sort(order);
    const group = (category) => ({
      category,
      channels: shown.filter((channel) => (channel.parent_id ?? null) === (category?.id ?? null)),
    });
    const categories = plain.filter((channel) => channel.type === CATEGORY).sort(order);
    return [group(null), ...categories.map(group)].filter(({ category, channels }) =>
      category ? channels.length > 0 || this.canSee(category) : channels.length > 0,
    );
  }

  /** A channel's threads, latest activity first; archived ones only when asked. */
  threadsOf(channelId, { archived = false } = {}) {
    const activity = (thread) => thread.last_message_id ?? thread.id;
    return [...this.channels.values()]
      .filter((thread) => isThread(thread) && thread.parent_id === channelId && isArchived(thread) === archived)
      .sort((a, b) => compareIds(activity(b), activity(a)));
  }

  /** Marks a channel as read up to its newest message. */
  markRead(channelId) {
    const channel = this.channels.get(channelId);
    if (channel && this.marks?.read(channelId, channel.last_message_id)) this.emit("channels");
  }

  isUnread(channel) {
    return !isForum(channel) && Boolean(this.marks?.isUnread(channel));
  }

  mentionsIn(channelId) {
    return this.marks?.mentions.get(channelId) ?? 0;
  }
}

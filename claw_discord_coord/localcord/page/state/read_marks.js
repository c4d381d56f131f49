/** How far a person has read each channel; kept in the browser. */

import { compareIds, freshId } from "../wire/snowflake.js";

/** Everything older than a person's first visit counts as read. */
export class ReadMarks {
  constructor(userId) {
    this.key = `localcord.read.${userId}`;
    this.mentions = new Map();
    const saved = JSON.parse(localStorage.getItem(this.key) ?? "null");
    this.since = saved?.since ?? freshId();
    this.marks = new Map(Object.entries(saved?.marks ?? {}));
    if (!saved) this.save();
  }

  lastRead(channelId) {
    return this.marks.get(channelId) ?? this.since;
  }

  isUnread(channel) {
    const last = channel.last_message_id;
    return Boolean(last) && compareIds(last, this.lastRead(channel.id)) > 0;
  }

  /** Marks as read up to a message; false when nothing changed. */
  read(channelId, messageId) {
    const mentioned = this.mentions.delete(channelId);
    if (!messageId || compareIds(messageId, this.lastRead(channelId)) <= 0) return mentioned;
    this.marks.set(channelId, messageId);
    this.save();
    return true;
  }

  mention(channelId) {
    this.mentions.set(channelId, (this.mentions.get(channelId) ?? 0) + 1);
  }

  save() {
    localStorage.setItem(this.key, JSON.stringify({ since: this.since, marks: Object.fromEntries(this.marks) }));
  }
}

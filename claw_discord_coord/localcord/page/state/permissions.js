/** What a person may do in a channel (https://discord.com/developers/docs/topics/permissions). */

import { isThread } from "./channel_types.js";

/** The bits this page asks about. */
export const PERMISSION = {
  ADMINISTRATOR: 1n << 3n,
  ADD_REACTIONS: 1n << 6n,
  VIEW_CHANNEL: 1n << 10n,
  SEND_MESSAGES: 1n << 11n,
  MANAGE_MESSAGES: 1n << 13n,
  ATTACH_FILES: 1n << 15n,
  READ_MESSAGE_HISTORY: 1n << 16n,
  MENTION_EVERYONE: 1n << 17n,
  MANAGE_THREADS: 1n << 34n,
  CREATE_PUBLIC_THREADS: 1n << 35n,
  SEND_MESSAGES_IN_THREADS: 1n << 38n,
};

const ALL = (1n << 63n) - 1n;

/** The permission bits of a member in a channel; a thread has those of its parent. */
export function permissionsIn(store, channel, userId = store.me?.id) {
  const { guild, roles, members } = store;
  if (!guild || guild.owner_id === userId) return ALL;
  const roleIds = new Set([guild.id, ...(members.get(userId)?.roles ?? [])]);
  let bits = 0n;
  for (const id of roleIds) bits |= BigInt(roles.get(id)?.permissions ?? 0);
  if (bits & PERMISSION.ADMINISTRATOR) return ALL;
  const place = isThread(channel) ? store.channels.get(channel.parent_id) : channel;
  return overwritten(bits, place?.permission_overwrites ?? [], guild.id, roleIds, userId);
}

/** Applies overwrites in Discord's order: everyone, the member's roles together, the member. */
function overwritten(bits, overwrites, everyoneId, roleIds, userId) {
  const apply = (chosen) => {
    let allow = 0n;
    let deny = 0n;
    for (const overwrite of chosen) {
      allow |= BigInt(overwrite.allow);
      deny |= BigInt(overwrite.deny);
    }
    bits = (bits & ~deny) | allow;
  };
  apply(overwrites.filter((overwrite) => overwrite.id === everyoneId));
  apply(
    overwrites.filter(
      (overwrite) => Number(overwrite.type) === 0 && overwrite.id !== everyoneId && roleIds.has(overwrite.id),
    ),
  );
  apply(overwrites.filter((overwrite) => Number(overwrite.type) === 1 && overwrite.id === userId));
  return bits;
}

/** Whether this person has all of `bits` in a channel. */
export function may(store, channel, bits) {
  return (permissionsIn(store, channel) & bits) === bits;
}

/** Whether this person may write in a channel or thread. */
export function mayWrite(store, channel) {
  const send = isThread(channel) ? PERMISSION.SEND_MESSAGES_IN_THREADS : PERMISSION.SEND_MESSAGES;
  return may(store, channel, PERMISSION.VIEW_CHANNEL | send);
}

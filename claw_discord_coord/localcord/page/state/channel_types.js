/** Channel types by name (https://discord.com/developers/docs/resources/channel#channel-object-channel-types). */

export const TEXT = 0;
export const VOICE = 2;
export const CATEGORY = 4;
export const ANNOUNCEMENT = 5;
export const PRIVATE_THREAD = 12;
export const FORUM = 15;
export const MEDIA = 16;

const THREADS = new Set([10, 11, PRIVATE_THREAD]);

export const isThread = (channel) => THREADS.has(channel?.type);
export const isForum = (channel) => channel?.type === FORUM || channel?.type === MEDIA;
export const isArchived = (channel) => Boolean(channel?.thread_metadata?.archived);
export const isLocked = (channel) => Boolean(channel?.thread_metadata?.locked);

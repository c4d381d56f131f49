/** Discord ids: 64-bit numbers written as text, ordered by the millisecond in which they were made. */

/** Start of Discord's clock in Unix milliseconds (https://discord.com/developers/docs/reference#snowflakes). */
export const DISCORD_EPOCH_MS = 1420070400000n;

/** Orders two ids; negative when `a` is older. */
export function compareIds(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

/** The moment an id was made. */
export function dateOf(id) {
  return new Date(Number((BigInt(id) >> 22n) + DISCORD_EPOCH_MS));
}

let counter = 0n;

/** A fresh id of this client's own, used as the nonce of a message or an interaction and as the id of a message not yet sent. */
export function freshId() {
  counter = (counter + 1n) & 0xfffn;
  return String(((BigInt(Date.now()) - DISCORD_EPOCH_MS) << 22n) | counter);
}

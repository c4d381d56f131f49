/** Turns what people write (`@Ada`, `#general`, `:tada:`) into what Discord stores, and back. */

import { emojiNamed } from "../text/emoji.js";

/** Code is left as it is. */
const CODE = /(```[\s\S]*?```|`[^`\n]*`)/;

/** The text as it is sent: mentions as ids, emoji as characters. */
export function wireText(app, text) {
  const names = mentionNames(app.store);
  return text
    .split(CODE)
    .map((part, index) => (index % 2 ? part : replaceEmoji(app.store, replaceNames(part, names))))
    .join("");
}

/** The text as a person edits it: mentions by name. */
export function readable(app, text) {
  const { store } = app;
  const user = (all, id) => (store.user(id) ? `@${store.user(id).username}` : all);
  return text
    .replace(/<@!?(\d+)>/g, user)
    .replace(/<@&(\d+)>/g, (all, id) => (store.roles.has(id) ? `@${store.roles.get(id).name}` : all))
    .replace(/<#(\d+)>/g, (all, id) => (store.channels.has(id) ? `#${store.channels.get(id).name}` : all))
    .replace(/<a?:(\w+):\d+>/g, ":$1:");
}

/** [[written, stored]], longest first, so that "@Ada Lovelace" wins over "@Ada". */
function mentionNames(store) {
  const pairs = [];
  for (const { user, nick } of store.members.values()) {
    const names = new Set([user.username, user.global_name, nick].filter(Boolean));
    for (const name of names) pairs.push([`@${name}`, `<@${user.id}>`]);
  }
  for (const role of store.roles.values())
    if (role.id !== store.guild.id) pairs.push([`@${role.name}`, `<@&${role.id}>`]);
  for (const channel of store.channels.values())
    if (channel.type !== 4) pairs.push([`#${channel.name}`, `<#${channel.id}>`]);
  return pairs.sort((a, b) => b[0].length - a[0].length);
}

function replaceNames(text, names) {
  let result = "";
  let position = 0;
  while (position < text.length) {
    const mark = text[position];
    const free = position === 0 || !/[\w<]/.test(text[position - 1]);
    const hit = (mark === "@" || mark === "#") && free && names.find(([name]) => matches(text, position, name));
    result += hit ? hit[1] : mark;
    position += hit ? hit[0].length : 1;
  }
  return result;
}

function matches(text, position, name) {
  const end = position + name.length;
  return text.slice(position, end).toLowerCase() === name.toLowerCase() && !/[\p{L}\p{N}_]/u.test(text[end] ?? "");
}

function replaceEmoji(store, text) {
  return text.replace(/(^|[^<\w]):([\w+-]+):/g, (all, before, name) => {
    const custom = store.emojis.find((emoji) => emoji.name === name);
    const found = custom ? `<${custom.animated ? "a" : ""}:${name}:${custom.id}>` : emojiNamed(name);
    return found ? before + found : all;
  });
}

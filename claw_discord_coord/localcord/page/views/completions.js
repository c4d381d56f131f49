/** What can complete the word before the caret: people and roles, channels, emoji, slash commands. */

import { icon } from "../icons.js";
import { el } from "../dom.js";
import { CATEGORY, isForum, isThread } from "../state/channel_types.js";
import { PERMISSION, may } from "../state/permissions.js";
import { findEmoji } from "../text/emoji.js";
import { avatar } from "./avatar.js";
import { customEmoji } from "./rich_text.js";

const MOST = 10;

/** Each trigger looks at the text before the caret; group 1 is what it completes. */
const TRIGGERS = [
  { pattern: /(?:^|\s)@([^\s@]*)$/, title: "Members", find: members },
  { pattern: /(?:^|\s)#([^\s#]*)$/, title: "Channels", find: channels },
  { pattern: /(?:^|\s):([\w+-]{2,})$/, title: "Emoji matching", find: emoji },
];

/** {title, items, length}: items carry `insert`; `length` is how many characters before the caret they replace. */
export function completionsAt(app, channelId, text) {
  for (const { pattern, title, find } of TRIGGERS) {
    const hit = pattern.exec(text);
    if (hit)
      return { title, items: find(app, hit[1].toLowerCase(), channelId).slice(0, MOST), length: hit[1].length + 1 };
  }
  return null;
}

function members({ store }, part, channelId) {
  const fits = (...names) => names.some((name) => name?.toLowerCase().includes(part));
  const people = [...store.members.values()]
    .filter(({ user, nick }) => fits(user.username, user.global_name, nick))
    .map(({ user }) => ({
      label: store.nameOf(user),
      detail: user.username,
      face: () => avatar(user, 24),
      insert: `@${user.username} `,
    }));
  const roles = [...store.roles.values()]
    .filter((role) => role.id !== store.guild.id && fits(role.name))
    .map((role) => ({
      label: `@${role.name}`,
      detail: "Notify users with this role",
      face: () => icon("at"),
      insert: `@${role.name} `,
    }));
  const everyone = may(store, store.channels.get(channelId), PERMISSION.MENTION_EVERYONE) ? ["everyone", "here"] : [];
  const all = everyone
    .filter((name) => fits(name))
    .map((name) => ({
      label: `@${name}`,
      detail: "Notify everyone in this channel",
      face: () => icon("at"),
      insert: `@${name} `,
    }));
  return [...people, ...roles, ...all];
}

function channels({ store }, part) {
  return [...store.channels.values()]
    .filter(
      (channel) => channel.type !== CATEGORY && store.canSee(channel) && channel.name.toLowerCase().includes(part),
    )
    .sort((a, b) => Number(isThread(a)) - Number(isThread(b)))
    .map((channel) => ({
      label: channel.name,
      detail: isThread(channel) ? store.channels.get(channel.parent_id)?.name : "",
      face: () => icon(isThread(channel) ? "thread" : isForum(channel) ? "forum" : "hash"),
      insert: `#${channel.name} `,
    }));
}

function emoji({ store }, part) {
  const custom = store.emojis.filter((one) => one.name.toLowerCase().includes(part));
  return [
    ...custom.map((one) => ({ label: `:${one.name}:`, face: () => customEmoji(one), insert: `:${one.name}: ` })),
    ...findEmoji(part, MOST).map(({ name, text }) => ({
      label: `:${name}:`,
      face: () => el("span", { class: "emoji" }, text),
      insert: `${text} `,
    })),
  ];
}

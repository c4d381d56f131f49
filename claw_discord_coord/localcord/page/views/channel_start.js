/** What stands above the first message of a channel or a thread. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { isForum, isThread } from "../state/channel_types.js";
import { nameButton } from "./author.js";
import { tagChips } from "./forum_tags.js";
import { richLine } from "./rich_text.js";

/** The welcome of a channel, or the title of a thread. */
export function channelStart(app, channelId) {
  const channel = app.store.channels.get(channelId);
  if (!channel) return el("li", { class: "channel-start" });
  if (isThread(channel)) {
    const owner = app.store.user(channel.owner_id);
    const by = owner && el("p", { class: "muted" }, "Started by ", nameButton(app, owner));
    const parent = app.store.channels.get(channel.parent_id);
    return el(
      "li",
      { class: "channel-start" },
      el("span", { class: "big-icon" }, icon(isForum(parent) ? "forum" : "thread")),
      el("h2", {}, channel.name),
      by,
      tagChips(parent, channel),
    );
  }
  return el(
    "li",
    { class: "channel-start" },
    el("span", { class: "big-icon" }, icon("hash")),
    el("h2", {}, `Welcome to #${channel.name}!`),
    el("p", { class: "muted" }, `This is the start of the #${channel.name} channel. `, richLine(app, channel.topic)),
  );
}

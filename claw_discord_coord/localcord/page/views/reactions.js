/** Reactions under a message. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { nameOfEmoji } from "../text/emoji.js";
import { pickEmoji } from "./emoji_picker.js";
import { customEmoji } from "./rich_text.js";

/** How long the pointer rests on a reaction before it is asked whose it is. */
const REST_MS = 400;

/** One button per emoji, and one to add another. */
export function reactions(app, message) {
  if (!message.reactions?.length || message.local) return null;
  return el(
    "div",
    { class: "reactions", role: "group", "aria-label": "Reactions" },
    message.reactions.map((reaction) => one(app, message, reaction)),
    adder(app, message),
  );
}

function one(app, message, { emoji, count, me }) {
  const name = emoji.id ? emoji.name : nameOfEmoji(emoji.name);
  const toggle = () => app.attempt(app.client.react(message, emoji, !me));
  const face = emoji.id ? customEmoji(emoji) : el("span", { class: "emoji" }, emoji.name);
  const button = el(
    "button",
    {
      class: ["reaction", me && "mine"],
      type: "button",
      "aria-pressed": String(Boolean(me)),
      "aria-label": `${name}, ${count} ${count === 1 ? "reaction" : "reactions"}`,
      data: { focus: `reaction:${emoji.id ?? emoji.name}` },
      on: { click: toggle },
    },
    face,
    el("span", { class: "count" }, String(count)),
  );
  button.addEventListener("pointerenter", () => {
    setTimeout(() => button.isConnected && button.matches(":hover") && tellWho(app, message, emoji, button), REST_MS);
  });
  return button;
}

/** Names those who reacted. */
async function tellWho(app, message, emoji, button) {
  const name = encodeURIComponent(emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name);
  try {
    const users = await app.api.get(
      `/channels/${message.channel_id}/messages/${message.id}/reactions/${name}?limit=10`,
    );
    const who = users.map((user) => app.store.nameOf(user)).join(", ");
    button.title = `:${emoji.id ? emoji.name : nameOfEmoji(emoji.name)}: reacted by ${who}`;
  } catch {
    button.title = emoji.name;
  }
}

function adder(app, message) {
  const add = (event) =>
    pickEmoji(app, event.currentTarget, (emoji) => app.attempt(app.client.react(message, emoji, true)));
  return el(
    "button",
    { class: "reaction add", type: "button", "aria-label": "Add Reaction", title: "Add Reaction", on: { click: add } },
    icon("react"),
  );
}

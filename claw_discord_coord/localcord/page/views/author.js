/** Who wrote a message: name, tag, what it answers, which command led to it. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { avatar } from "./avatar.js";
import { preview } from "./rich_text.js";

/** The name as a button that shows the profile, in the color of the highest role. */
export function nameButton(app, user) {
  const color = app.store.colorOf(user.id);
  const style = color ? { color: `#${color.toString(16).padStart(6, "0")}` } : {};
  const show = (event) => app.showProfile(user, event.currentTarget);
  return el("button", { class: "author", type: "button", style, on: { click: show } }, app.store.nameOf(user));
}

/** The tag that tells applications and webhooks from people. */
export function appTag(user) {
  return user.bot ? el("span", { class: "app-tag" }, "APP") : null;
}

/** Name and tag at the head of a message. */
export function authorLine(app, message) {
  return [nameButton(app, message.author), appTag(message.author)];
}

/** The small line above an answer. */
export function replyLine(app, message) {
  if (message.type !== 19) return null;
  const original = message.referenced_message;
  const line = el("div", { class: "reply-line" });
  if (!original) {
    line.append(icon("reply"), el("em", {}, "Original message was deleted"));
    return line;
  }
  const jump = () => app.open(message.channel_id, { messageId: original.id });
  const words =
    preview(app, original.content) ||
    (original.attachments?.length ? "Click to see attachment" : "Click to see message");
  line.append(
    avatar(original.author, 16),
    el(
      "strong",
      {},
      appTag(original.author),
      `${mentioned(message, original) ? "@" : ""}${app.store.nameOf(original.author)}`,
    ),
    el("button", { class: "reply-words", type: "button", on: { click: jump } }, words),
  );
  return line;
}

function mentioned(message, original) {
  return (message.mentions ?? []).some((user) => user.id === original.author.id);
}

/** The small line above an application's answer to a command. */
export function usedCommandLine(app, message) {
  const metadata = message.interaction_metadata ?? message.interaction;
  const name = message.interaction?.name ?? metadata?.name;
  if (!metadata?.user || !name || (message.type !== 20 && message.type !== 23)) return null;
  return el(
    "div",
    { class: "reply-line" },
    avatar(metadata.user, 16),
    el("strong", {}, app.store.nameOf(metadata.user)),
    el("span", {}, "used ", el("span", { class: "mention" }, `${message.type === 20 ? "/" : ""}${name}`)),
  );
}

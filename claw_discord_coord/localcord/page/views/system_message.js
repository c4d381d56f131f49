/** Messages that Discord itself writes (https://discord.com/developers/docs/resources/message#message-object-message-types). */

import { el } from "../dom.js";
import { nameButton } from "./author.js";

const WRITERS = {
  1: (app, message) => line("join", nameButton(app, message.author), " added ", names(app, message), " to the thread."),
  2: (app, message) =>
    line("back", nameButton(app, message.author), " removed ", names(app, message), " from the thread."),
  4: (app, message) =>
    line("edit", nameButton(app, message.author), " changed the title: ", el("strong", {}, message.content)),
  6: (app, message) => {
    const { message_id: messageId, channel_id: channelId } = message.message_reference ?? {};
    const jump = textLink("a message", () => app.open(channelId ?? message.channel_id, { messageId }));
    const all = textLink("pinned messages", () => app.showPins(message.channel_id));
    return line("pin", nameButton(app, message.author), " pinned ", jump, " to this channel. See all ", all, ".");
  },
  7: (app, message) => line("join", nameButton(app, message.author), " joined the server."),
  12: (app, message) =>
    line(
      "announcement",
      nameButton(app, message.author),
      " has added ",
      el("strong", {}, message.content),
      " to this channel.",
    ),
  18: (app, message) => {
    const threadId = message.message_reference?.channel_id ?? message.id;
    const open = textLink(message.content, () => app.openBeside(threadId));
    const all = textLink("threads", () => app.showThreads(message.channel_id));
    return line("thread", nameButton(app, message.author), " started a thread: ", open, ". See all ", all, ".");
  },
};

/** Whether a message is one of Discord's own. */
export function isSystem(message) {
  return message.type in WRITERS;
}

/** {iconName, nodes} for a system message. */
export function systemText(app, message) {
  return WRITERS[message.type](app, message);
}

function line(iconName, ...nodes) {
  return { iconName, nodes };
}

function names(app, message) {
  return (message.mentions ?? []).map((user) => nameButton(app, user));
}

function textLink(text, open) {
  return el("button", { class: "system-link", type: "button", on: { click: open } }, text);
}

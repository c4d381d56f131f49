/** The card of a thread under the message it was started from. */

import { el } from "../dom.js";
import { isArchived } from "../state/channel_types.js";
import { dateOf } from "../wire/snowflake.js";
import { age } from "./age.js";
import { avatar } from "./avatar.js";
import { preview } from "./rich_text.js";
import { whenSeen } from "./when_seen.js";

/** "3 Messages", as Discord counts them. */
export function countText(thread) {
  const count = thread.message_count ?? 0;
  return `${count >= 50 ? "50+" : count} ${count === 1 ? "Message" : "Messages"}`;
}

/** The card, or null when no thread was started from this message. */
export function threadCard(app, message) {
  if (message.local || message.channel_id === message.id || message.type === 21) return null;
  const id = message.type === 18 ? message.message_reference?.channel_id : message.id;
  const thread = app.store.channels.get(id) ?? (id === message.id ? message.thread : null);
  if (!thread || thread.id === message.channel_id) return null;
  const open = () => app.openBeside(thread.id, thread);
  const last = el("span", { class: "thread-card-last" }, lastWords(app, thread));
  const card = el(
    "button",
    {
      class: "thread-card",
      type: "button",
      "aria-label": `Open thread ${thread.name}, ${countText(thread)}`,
      data: { focus: "thread" },
      on: { click: open },
    },
    el(
      "span",
      { class: "thread-card-title" },
      el("strong", {}, thread.name),
      el("span", { class: "thread-card-count" }, `${countText(thread)} ›`),
    ),
    last,
  );
  if (thread.message_count && !latestOf(app, thread)) whenSeen(card, () => learnLatest(app, thread, last));
  return card;
}

function latestOf(app, thread) {
  return app.store.logs.get(thread.id)?.newest ?? thread.latest;
}

/** Asks for the newest message of a thread that has said nothing since this page was opened. */
async function learnLatest(app, thread, last) {
  const [latest] = await app.api.get(`/channels/${thread.id}/messages?limit=1`).catch(() => []);
  if (!latest) return;
  thread.latest = latest;
  last.replaceChildren(...[lastWords(app, thread)].flat());
}

function lastWords(app, thread) {
  const latest = latestOf(app, thread);
  if (isArchived(thread) && !latest) return "This thread is archived.";
  if (!latest || latest.type === 21)
    return thread.message_count ? "See the messages in this thread." : "There are no recent messages in this thread.";
  return [
    avatar(latest.author, 16),
    el("strong", {}, app.store.nameOf(latest.author)),
    el("span", { class: "words" }, preview(app, latest.content) || "sent something"),
    age(dateOf(latest.id), "short", "muted"),
  ];
}

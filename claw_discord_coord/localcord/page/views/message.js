/** One message as a row of the log. */

import { FLAG } from "../client.js";
import { el } from "../dom.js";
import { icon } from "../icons.js";
import { mentionsMe } from "../state/events.js";
import { fullDate, sameDay, stampOf, timeOf } from "../text/dates.js";
import { attachments } from "./attachments.js";
import { authorLine, replyLine, usedCommandLine } from "./author.js";
import { avatar } from "./avatar.js";
import { components } from "./components.js";
import { embed } from "./embeds.js";
import { messageActions } from "./message_actions.js";
import { messageEditor } from "./message_editor.js";
import { reactions } from "./reactions.js";
import { richText } from "./rich_text.js";
import { isSystem, systemText } from "./system_message.js";
import { threadCard } from "./thread_card.js";

const GROUPED_WITHIN_MS = 7 * 60_000;
/** Types that can carry reactions. */
const TEXTUAL = new Set([0, 19, 20, 23]);

/** Whether `message` continues the block of the one before it, without a head of its own. */
export function continues(message, before) {
  if (!before || message.type !== 0 || isSystem(before)) return false;
  if (message.author.id !== before.author.id || message.author.username !== before.author.username) return false;
  if ((message.flags & FLAG.EPHEMERAL) !== (before.flags & FLAG.EPHEMERAL)) return false;
  const [at, was] = [new Date(message.timestamp), new Date(before.timestamp)];
  return at.getTime() - was.getTime() < GROUPED_WITHIN_MS && sameDay(at, was);
}

/** The row; `view` is the list it stands in, which knows what is being edited or answered. */
export function messageRow(app, message, { grouped, view }) {
  const system = isSystem(message);
  const row = el("li", {
    class: [
      "message",
      grouped ? "grouped" : "head",
      system && "system",
      message.local && `local ${message.local.state}`,
      message.flags & FLAG.EPHEMERAL && "ephemeral",
      mentionsMe(app.store, message) && !message.local && "mentioned",
    ],
    id: `${view.prefix}-${message.id}`,
    tabindex: "-1",
    role: "article",
    "aria-roledescription": "Message",
    data: { id: message.id },
  });
  row.append(...(system ? systemRow(app, message) : ordinaryRow(app, message, grouped, view)));
  if (!message.local) messageActions(app, message, row, view);
  return row;
}

function systemRow(app, message) {
  const date = new Date(message.timestamp);
  const { iconName, nodes, below } = systemText(app, message);
  return [
    el("div", { class: "gutter" }, icon(iconName)),
    el(
      "div",
      { class: "body" },
      el("p", { class: "system-text" }, nodes, " ", stamp(date)),
      below,
      accessories(app, message),
    ),
  ];
}

function ordinaryRow(app, message, grouped, view) {
  const shown = message.type === 21 ? (message.referenced_message ?? message) : message;
  const date = new Date(shown.timestamp);
  const above = [replyLine(app, message), usedCommandLine(app, message)];
  const gutter = grouped
    ? el("time", { class: "side-time", title: fullDate(date) }, timeOf(date))
    : faceButton(app, shown);
  const head = !grouped && el("div", { class: "author-line" }, authorLine(app, shown), stamp(date), silentMark(shown));
  const body = el(
    "div",
    { class: "body" },
    head,
    view.editing === message.id ? messageEditor(app, message, view) : text(app, shown),
  );
  body.append(...accessories(app, shown, message).filter(Boolean));
  return [...above.filter(Boolean), el("div", { class: "gutter" }, gutter), body];
}

function faceButton(app, message) {
  const show = (event) => app.showProfile(message.author, event.currentTarget);
  const face = avatar(message.author, 40);
  return el(
    "button",
    { class: "face-button", type: "button", tabindex: "-1", "aria-hidden": "true", on: { click: show } },
    face,
  );
}

function stamp(date) {
  return el("time", { class: "stamp", datetime: date.toISOString(), title: fullDate(date) }, stampOf(date));
}

function silentMark(message) {
  return message.flags & (1 << 12) ? el("span", { class: "stamp", title: "This was a @silent message." }, "🔕") : null;
}

function text(app, message) {
  if (message.local?.notice) return el("div", { class: "content muted" }, message.local.notice);
  if (message.flags & FLAG.LOADING) {
    const name = app.store.nameOf(message.author);
    return el(
      "div",
      { class: "content thinking" },
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
      `${name} is thinking…`,
    );
  }
  if (message.flags & FLAG.COMPONENTS_V2 || !message.content) return null;
  return el("div", { class: "content markup" }, richText(app, message.content), editedMark(message));
}

function editedMark(message) {
  if (!message.edited_timestamp) return null;
  const date = new Date(message.edited_timestamp);
  return el("span", { class: "edited", title: fullDate(date) }, " (edited)");
}

/** What hangs below the words of `message`; `row` is the message as it stands here (for a thread's start, another one). */
function accessories(app, message, row = message) {
  const hideEmbeds = message.flags & FLAG.SUPPRESS_EMBEDS;
  return [
    message.local?.files.length ? el("p", { class: "uploading" }, `Uploading ${message.local.files.join(", ")}`) : null,
    ...(message.message_snapshots ?? []).map((snapshot) => forwarded(app, snapshot.message, message.message_reference)),
    attachments(app, message),
    ...(hideEmbeds ? [] : (message.embeds ?? []).map((one) => embed(app, one))),
    components(app, message, row.channel_id),
    TEXTUAL.has(row.type) ? reactions(app, message) : null,
    threadCard(app, row),
    message.flags & FLAG.EPHEMERAL ? onlyYou(app, message) : null,
    message.local?.state === "failed" ? failedLine(app, message) : null,
  ];
}

/** What was forwarded, as it was then; its buttons and menus are only to be looked at. */
function forwarded(app, message, origin) {
  const hideEmbeds = message.flags & FLAG.SUPPRESS_EMBEDS;
  return el(
    "div",
    { class: "forwarded" },
    el("p", { class: "muted" }, icon("right"), "Forwarded"),
    text(app, message),
    attachments(app, message),
    ...(hideEmbeds ? [] : (message.embeds ?? []).map((one) => embed(app, one))),
    el("div", { inert: true }, components(app, message)),
    originLink(app, message, origin),
  );
}

function originLink(app, message, { channel_id: channelId, message_id: messageId }) {
  const channel = app.store.channels.get(channelId);
  if (!channel) return null;
  const open = () => app.open(channelId, { messageId });
  const where = [channel.name && `#${channel.name}`, stampOf(new Date(message.timestamp))].filter(Boolean).join(" • ");
  return el("button", { type: "button", class: "text-link", on: { click: open } }, where);
}

function onlyYou(app, message) {
  const dismiss = () => app.client.dropLocal(message.channel_id, message.id);
  return el(
    "p",
    { class: "only-you" },
    icon("eye"),
    "Only you can see this • ",
    el("button", { type: "button", class: "text-link", on: { click: dismiss } }, "Dismiss message"),
  );
}

function failedLine(app, message) {
  const { draft, reason } = message.local;
  const drop = () => app.client.dropLocal(message.channel_id, message.id);
  const retry = () => {
    drop();
    app.client.send(message.channel_id, draft);
  };
  return el(
    "p",
    { class: "problem", role: "alert" },
    `${reason} `,
    draft && el("button", { type: "button", class: "text-link", on: { click: retry } }, "Try again"),
    draft && " • ",
    el("button", { type: "button", class: "text-link", on: { click: drop } }, "Dismiss"),
  );
}

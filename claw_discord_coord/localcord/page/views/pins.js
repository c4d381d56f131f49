/** The pinned messages of a channel. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { PERMISSION, may } from "../state/permissions.js";
import { stampOf } from "../text/dates.js";
import { attachments } from "./attachments.js";
import { authorLine } from "./author.js";
import { avatar } from "./avatar.js";
import { components } from "./components.js";
import { embed } from "./embeds.js";
import { closePopover, openPopover } from "./popover.js";
import { richText } from "./rich_text.js";

/** Opens the list beside `anchor`. */
export async function showPins(app, channelId, anchor) {
  const body = el("div", { class: "panel-body" }, el("p", { class: "muted" }, "Loading…"));
  const layer = openPopover(
    anchor,
    [el("header", { class: "panel-head" }, icon("pin"), el("h2", {}, "Pinned Messages")), body],
    { className: "panel", label: "Pinned messages", align: "end" },
  );
  if (!layer) return;
  try {
    const { items } = await app.api.get(`/channels/${channelId}/messages/pins`);
    const empty = el("p", { class: "muted" }, "This channel doesn't have any pinned messages… yet.");
    body.replaceChildren(...(items.length > 0 ? items.map(({ message }) => pinned(app, message)) : [empty]));
  } catch (error) {
    body.replaceChildren(el("p", { class: "problem" }, error.message));
  }
}

function pinned(app, message) {
  const jump = () => {
    closePopover();
    app.open(message.channel_id, { messageId: message.id });
  };
  const row = el("article", { class: "pinned" });
  const unpin = async () => {
    await app.attempt(app.api.delete(`/channels/${message.channel_id}/messages/pins/${message.id}`));
    row.remove();
  };
  const manages = may(app.store, app.store.channels.get(message.channel_id), PERMISSION.MANAGE_MESSAGES);
  row.append(
    avatar(message.author, 32),
    el(
      "div",
      { class: "body" },
      el(
        "div",
        { class: "author-line" },
        authorLine(app, message),
        el("time", { class: "stamp" }, stampOf(new Date(message.timestamp))),
      ),
      el("div", { class: "markup" }, richText(app, message.content)),
      attachments(app, message) ?? "",
      ...(message.embeds ?? []).map((one) => embed(app, one)),
      components(app, message) ?? "",
    ),
    el(
      "div",
      { class: "pinned-tools" },
      el("button", { class: "button secondary small", type: "button", on: { click: jump } }, "Jump"),
      manages
        ? el(
            "button",
            { class: "icon-button", type: "button", "aria-label": "Unpin", on: { click: unpin } },
            icon("close"),
          )
        : "",
    ),
  );
  return row;
}

/** What can be done with a message: the bar at its corner, its menu, and single keys while it has the focus. */

import { FLAG } from "../client.js";
import { el } from "../dom.js";
import { icon } from "../icons.js";
import { isThread } from "../state/channel_types.js";
import { PERMISSION, may, mayWrite } from "../state/permissions.js";
import { confirmDialog } from "./dialog.js";
import { pickEmoji } from "./emoji_picker.js";
import { openMenu } from "./menu.js";
import { messageCommands } from "./message_commands.js";
import { startThread } from "./new_thread.js";
import { preview } from "./rich_text.js";

/** Types a person may delete or answer. */
const ORDINARY = new Set([0, 19, 20, 23]);

/** Adds bar, menu and keys to a row; the bar is made when it is first needed. */
export function messageActions(app, message, row, view) {
  const actions = available(app, message, view);
  let bar = null;
  const show = () => {
    if (bar) return;
    bar = el(
      "div",
      { class: "actions", role: "toolbar", "aria-label": "Message actions" },
      barButtons(app, actions, message),
    );
    row.append(bar);
  };
  row.addEventListener("pointerenter", show);
  row.addEventListener("focusin", show);
  row.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, img, input, textarea") || String(getSelection())) return;
    event.preventDefault();
    openMenu({ x: event.clientX, y: event.clientY }, menuItems(app, message, actions), { label: "Message" });
  });
  row.addEventListener("keydown", (event) => {
    if (event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions.find((one) => one.key === event.key.toLowerCase());
    if (!action) return;
    event.preventDefault();
    action.run(row);
  });
}

/** [{label, icon, key, run, bar, danger}] that this person may do. */
function available(app, message, view) {
  const { store, client } = app;
  const channel = store.channels.get(message.channel_id);
  const mine = message.author.id === store.me?.id;
  const hidden = message.flags & FLAG.EPHEMERAL;
  const manages = may(store, channel, PERMISSION.MANAGE_MESSAGES);
  const ordinary = ORDINARY.has(message.type) && !hidden;
  const path = `/channels/${message.channel_id}/messages`;
  const actions = [];
  const add = (condition, action) => condition && actions.push(action);
  add(ordinary && may(store, channel, PERMISSION.ADD_REACTIONS), {
    label: "Add Reaction",
    icon: "react",
    key: "+",
    bar: true,
    run: (anchor) => pickEmoji(app, anchor, (emoji) => app.attempt(client.react(message, emoji, true))),
  });
  add(ordinary && mine, { label: "Edit Message", icon: "edit", key: "e", bar: true, run: () => view.edit(message.id) });
  add(ordinary && mayWrite(store, channel), {
    label: "Reply",
    icon: "reply",
    key: "r",
    bar: true,
    run: () => view.reply(message),
  });
  add(ordinary && canStartThread(app, channel, message), {
    label: "Create Thread",
    icon: "thread",
    key: "t",
    bar: true,
    run: () => startThread(app, channel, message),
  });
  add(ordinary && manages, {
    label: message.pinned ? "Unpin Message" : "Pin Message",
    icon: "pin",
    key: "p",
    run: () =>
      app.attempt(
        message.pinned ? app.api.delete(`${path}/pins/${message.id}`) : app.api.put(`${path}/pins/${message.id}`),
      ),
  });
  add(message.content, {
    label: "Copy Text",
    icon: "copy",
    key: "c",
    run: () => navigator.clipboard?.writeText(message.content),
  });
  add(!hidden, {
    label: "Copy Message Link",
    icon: "link",
    run: () =>
      navigator.clipboard?.writeText(
        `${location.origin}/#/channels/${store.guild.id}/${message.channel_id}/${message.id}`,
      ),
  });
  add(true, { label: "Copy Message ID", icon: "copy", run: () => navigator.clipboard?.writeText(message.id) });
  add(hidden, { label: "Dismiss message", icon: "close", run: () => client.dropLocal(message.channel_id, message.id) });
  add((mine || manages) && !hidden && message.type !== 21, {
    label: "Delete Message",
    icon: "trash",
    key: "backspace",
    danger: true,
    run: () => askToDelete(app, message),
  });
  return actions;
}

function canStartThread(app, channel, message) {
  const free = !isThread(channel) && !app.store.channels.has(message.id) && !(message.flags & FLAG.HAS_THREAD);
  return free && may(app.store, channel, PERMISSION.CREATE_PUBLIC_THREADS);
}

function barButtons(app, actions, message) {
  const buttons = actions
    .filter((action) => action.bar)
    .map((action) =>
      el(
        "button",
        {
          type: "button",
          "aria-label": action.label,
          title: action.label,
          on: { click: (event) => action.run(event.currentTarget) },
        },
        icon(action.icon),
      ),
    );
  const more = (event) =>
    openMenu(event.currentTarget, menuItems(app, message, actions), { label: "More", align: "end" });
  buttons.push(
    el(
      "button",
      { type: "button", "aria-label": "More", title: "More", "aria-haspopup": "menu", on: { click: more } },
      icon("more"),
    ),
  );
  return buttons;
}

function menuItems(app, message, actions) {
  const items = actions.map((action) => ({ ...action, run: () => action.run(rowOf(message)) }));
  const last = items.findIndex((item) => item.danger);
  const apps = { label: "Apps", icon: "right", run: () => messageCommands(app, message, rowOf(message)) };
  if (message.flags & FLAG.EPHEMERAL) return items;
  return last < 0 ? [...items, apps] : [...items.slice(0, last), apps, null, ...items.slice(last)];
}

const rowOf = (message) => document.querySelector(`.message[data-id="${message.id}"]`);

async function askToDelete(app, message) {
  const quote = el(
    "blockquote",
    { class: "message-preview" },
    el("strong", {}, app.store.nameOf(message.author)),
    " ",
    preview(app, message.content) || "(no text)",
  );
  const text = "Are you sure you want to delete this message?";
  if (await confirmDialog({ title: "Delete Message", text, confirm: "Delete", preview: quote }))
    app.attempt(app.client.remove(message));
}

/** The bar above a channel or thread: its name, its topic, and its tools. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { isArchived, isForum, isLocked, isThread } from "../state/channel_types.js";
import { PERMISSION, may } from "../state/permissions.js";
import { field, formDialog, openDialog } from "./dialog.js";
import { openMenu } from "./menu.js";
import { richLine, richText } from "./rich_text.js";
import { showSearch } from "./search.js";

/** The icon of a channel by its type. */
export function channelIcon(channel) {
  if (isThread(channel)) return "thread";
  if (isForum(channel)) return "forum";
  return { 2: "voice", 5: "announcement", 13: "voice" }[channel.type] ?? "hash";
}

/** Nodes of the head; `side` adds the button that closes the panel. */
export function channelHead(app, channel, { side }) {
  const menu = !side && tool("menu", "Channels", () => app.drawer(true), "drawer-button");
  const parent = isThread(channel) && !side && app.store.channels.get(channel.parent_id);
  const crumb = parent && [
    el(
      "button",
      { class: "crumb", type: "button", on: { click: () => app.open(parent.id) } },
      icon(channelIcon(parent)),
      parent.name,
    ),
    icon("right", "crumb-arrow"),
  ];
  const back = side && tool("back", "Back to the channel", () => app.closeBeside(), "side-back");
  const title = el("h1", {}, icon(channelIcon(channel)), el("span", {}, channel.name));
  return [
    menu,
    back,
    crumb,
    title,
    state(channel),
    topic(app, channel),
    el("div", { class: "tools", role: "toolbar", "aria-label": "Channel tools" }, tools(app, channel, side)),
  ]
    .flat()
    .filter(Boolean);
}

/** @param {string | null} id names the button for those who look for it */
function tool(name, label, click, className = "", id = null) {
  return el(
    "button",
    {
      class: `icon-button ${className}`,
      type: "button",
      "aria-label": label,
      title: label,
      data: id ? { tool: id } : {},
      on: { click },
    },
    icon(name),
  );
}

function state(channel) {
  if (isLocked(channel)) return el("span", { class: "state" }, icon("lock"), "Locked");
  return isArchived(channel) ? el("span", { class: "state" }, icon("archive"), "Archived") : null;
}

function topic(app, channel) {
  if (!channel.topic || isThread(channel) || isForum(channel)) return null;
  const show = () =>
    openDialog({
      title: `#${channel.name}`,
      content: el("div", { class: "dialog-body markup" }, richText(app, channel.topic)),
      className: "small",
    });
  return el(
    "button",
    { class: "topic", type: "button", title: "Show the whole topic", on: { click: show } },
    richLine(app, channel.topic.split("\n")[0]),
  );
}

function tools(app, channel, side) {
  const here = (event) => event.currentTarget;
  return [
    !isThread(channel) &&
      tool("threads", "Threads", (event) => app.showThreads(channel.id, here(event)), "", "threads"),
    !isForum(channel) && tool("pin", "Pinned Messages", (event) => app.showPins(channel.id, here(event)), "", "pins"),
    isThread(channel) &&
      tool("more", "More", (event) =>
        openMenu(here(event), threadActions(app, channel), { label: "Thread", align: "end" }),
      ),
    !side && tool("search", "Search", (event) => showSearch(app, channel, here(event)), "", "search"),
    !side && tool("members", "Member List", () => app.toggleMembers(), "wide-only"),
    side && tool("close", "Close", () => app.closeBeside()),
  ];
}

function threadActions(app, thread) {
  const change = (body) => app.attempt(app.api.patch(`/channels/${thread.id}`, body));
  const manages = may(app.store, thread, PERMISSION.MANAGE_THREADS);
  const mayArchive = manages || thread.owner_id === app.store.me.id;
  const archived = isArchived(thread);
  const locked = isLocked(thread);
  const open = { label: "Open in Full View", icon: "switch", run: () => app.open(thread.id) };
  /** @type {any[]} */
  const actions = [open];
  if (mayArchive)
    actions.push({
      label: archived ? "Reopen Thread" : "Close Thread",
      icon: "archive",
      run: () => change({ archived: !archived }),
    });
  if (manages)
    actions.push({
      label: locked ? "Unlock Thread" : "Lock Thread",
      icon: "lock",
      run: () => change({ locked: !locked }),
    });
  if (mayArchive) actions.push({ label: "Edit Thread", icon: "edit", run: () => rename(app, thread) });
  actions.push(null, { label: "Copy Thread ID", icon: "copy", run: () => navigator.clipboard?.writeText(thread.id) });
  return actions;
}

function rename(app, thread) {
  const name = el("input", { type: "text", maxlength: "100", required: true, value: thread.name });
  formDialog({
    title: "Edit Thread",
    fields: field("Thread Name", name, { required: true }),
    confirm: "Save",
    submit: () => app.api.patch(`/channels/${thread.id}`, { name: name.value }),
  });
}

/** The threads of a channel: active ones, and those that are archived. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { PERMISSION, may } from "../state/permissions.js";
import { shortAgo } from "../text/dates.js";
import { dateOf } from "../wire/snowflake.js";
import { startThread } from "./new_thread.js";
import { closePopover, openPopover } from "./popover.js";
import { countText } from "./thread_card.js";
import { isForum } from "../state/channel_types.js";

/** Opens the list beside `anchor`. */
export function showThreads(app, channelId, anchor) {
  const channel = app.store.channels.get(channelId);
  const active = app.store.threadsOf(channelId);
  const archive = el("section", {}, el("h3", {}, "Archived Threads"), el("p", { class: "muted" }, "Loading…"));
  const create =
    !isForum(channel) &&
    may(app.store, channel, PERMISSION.CREATE_PUBLIC_THREADS) &&
    el(
      "button",
      { class: "button primary", type: "button", on: { click: () => (closePopover(), startThread(app, channel)) } },
      "Create",
    );
  const search = el("input", { type: "search", placeholder: "Search for thread name", "aria-label": "Search threads" });
  const body = el(
    "div",
    { class: "panel-body" },
    el(
      "section",
      {},
      el("h3", {}, `Active Threads — ${active.length}`),
      active.length > 0
        ? active.map((thread) => threadRow(app, thread))
        : el("p", { class: "muted" }, "There are no active threads."),
    ),
    archive,
  );
  search.addEventListener("input", () => {
    const wanted = search.value.toLowerCase();
    for (const row of body.querySelectorAll(".thread-row")) row.hidden = !row.dataset.name.includes(wanted);
  });
  openPopover(
    anchor,
    [el("header", { class: "panel-head" }, icon("threads"), el("h2", {}, "Threads"), search, create), body],
    { className: "panel", label: "Threads", align: "end" },
  );
  fillArchive(app, channelId, archive);
}

async function fillArchive(app, channelId, section, before = "") {
  try {
    const { threads, has_more: more } = await app.api.get(
      `/channels/${channelId}/threads/archived/public?limit=50${before && `&before=${before}`}`,
    );
    section.querySelector(".muted, .load-more")?.remove();
    for (const thread of threads) if (!app.store.channels.has(thread.id)) app.store.channels.set(thread.id, thread);
    section.append(...threads.map((thread) => threadRow(app, thread)));
    if (more) section.append(moreButton(app, channelId, section, threads.at(-1).thread_metadata.archive_timestamp));
    if (section.children.length === 1) section.append(el("p", { class: "muted" }, "There are no archived threads."));
  } catch (error) {
    section.querySelector(".muted").textContent = error.message;
  }
}

function moreButton(app, channelId, section, before) {
  const load = () => fillArchive(app, channelId, section, encodeURIComponent(before));
  return el("button", { class: "button secondary load-more", type: "button", on: { click: load } }, "Load more");
}

function threadRow(app, thread) {
  const owner = app.store.user(thread.owner_id);
  const age = shortAgo(dateOf(thread.last_message_id ?? thread.id));
  const open = () => app.openBeside(thread.id, thread);
  return el(
    "button",
    { class: "thread-row", type: "button", data: { name: thread.name.toLowerCase() }, on: { click: open } },
    el("strong", {}, thread.name),
    el(
      "span",
      { class: "muted" },
      [owner && `Started by ${app.store.nameOf(owner)}`, countText(thread), age].filter(Boolean).join(" • "),
    ),
  );
}

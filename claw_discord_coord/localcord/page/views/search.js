/** Finds messages of the guild by their words. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { stampOf } from "../text/dates.js";
import { authorLine } from "./author.js";
import { avatar } from "./avatar.js";
import { closePopover, openPopover } from "./popover.js";
import { richText } from "./rich_text.js";

/** Opens the search beside `anchor`; `channel` can be searched alone. */
export function showSearch(app, channel, anchor) {
  const input = el("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search messages",
    autofocus: true,
  });
  const here = el("input", { type: "checkbox" });
  const body = el("div", { class: "panel-body", role: "region", "aria-live": "polite" });
  const find = async () => {
    const asked = input.value.trim();
    if (!asked) return;
    const place = here.checked ? `&channel_id=${channel.id}` : "";
    const path = `/guilds/${app.store.guild.id}/messages/search?content=${encodeURIComponent(asked)}${place}`;
    try {
      const found = await app.api.get(path);
      if (input.value.trim() === asked) show(app, body, found);
    } catch (error) {
      body.replaceChildren(el("p", { class: "problem" }, error.message));
    }
  };
  input.addEventListener("keydown", (event) => event.key === "Enter" && find());
  here.addEventListener("change", find);
  const only = el("label", { class: "search-here" }, here, `Only in ${channel.name}`);
  const head = el("header", { class: "panel-head" }, icon("search"), input, only);
  openPopover(anchor, [head, body], { className: "panel", label: "Search", align: "end" });
}

function show(app, body, { total_results: total, messages }) {
  const rows = messages.map((group) => hit(app, group.find((message) => message.hit) ?? group[0]));
  body.replaceChildren(el("h3", {}, `${total} ${total === 1 ? "Result" : "Results"}`), ...rows);
}

function hit(app, message) {
  const place = app.store.channels.get(message.channel_id)?.name ?? "thread";
  const jump = () => {
    closePopover();
    app.open(message.channel_id, { messageId: message.id });
  };
  return el(
    "article",
    { class: "pinned" },
    avatar(message.author, 32),
    el(
      "div",
      { class: "body" },
      el(
        "div",
        { class: "author-line" },
        authorLine(app, message),
        el("span", { class: "stamp" }, `#${place} • ${stampOf(new Date(message.timestamp))}`),
      ),
      el("div", { class: "markup" }, richText(app, message.content)),
    ),
    el("button", { class: "button secondary small", type: "button", on: { click: jump } }, "Jump"),
  );
}

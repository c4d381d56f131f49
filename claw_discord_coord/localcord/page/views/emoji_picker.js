/** Chooses an emoji. */

import { el } from "../dom.js";
import { EMOJI_GROUPS, findEmoji } from "../text/emoji.js";
import { closePopover, openPopover } from "./popover.js";
import { customEmoji } from "./rich_text.js";

const MOST_FOUND = 80;

/** Opens the picker beside `anchor`; `choose` gets {id, name} as the API takes it. */
export function pickEmoji(app, anchor, choose) {
  const take = (emoji) => {
    closePopover({ refocus: true });
    choose(emoji);
  };
  const search = el("input", {
    type: "search",
    placeholder: "Find the perfect emoji",
    "aria-label": "Find emoji",
    autofocus: true,
  });
  const grid = el("div", { class: "emoji-groups" });
  const show = () => grid.replaceChildren(...(search.value ? [found(app, search.value, take)] : all(app, take)));
  search.addEventListener("input", show);
  search.addEventListener("keydown", (event) => {
    const first = grid.querySelector("button");
    if (event.key === "Enter") first?.click();
    else if (event.key === "ArrowDown") first?.focus();
    else return;
    event.preventDefault();
  });
  grid.addEventListener("keydown", (event) => walk(event, [...grid.querySelectorAll("button")], search));
  show();
  openPopover(anchor, [search, grid], {
    className: "emoji-picker",
    label: "Emoji picker",
    side: "above",
    align: "end",
  });
}

function all(app, take) {
  const custom = app.store.emojis.map((emoji) => ({ id: emoji.id, name: emoji.name }));
  const groups = EMOJI_GROUPS.map(({ name, emoji }) =>
    group(
      name,
      emoji.map((one) => button({ id: null, name: one.text }, one.name, take)),
    ),
  );
  const own =
    custom.length > 0
      ? [
          group(
            app.store.guild.name,
            custom.map((emoji) => button(emoji, emoji.name, take)),
          ),
        ]
      : [];
  return [...own, ...groups];
}

function found(app, text, take) {
  const wanted = text.replaceAll(":", "");
  const custom = app.store.emojis.filter((emoji) => emoji.name.toLowerCase().includes(wanted.toLowerCase()));
  const buttons = [
    ...custom.map((emoji) => button(emoji, emoji.name, take)),
    ...findEmoji(wanted, MOST_FOUND).map((one) => button({ id: null, name: one.text }, one.name, take)),
  ];
  return buttons.length > 0
    ? group("Search results", buttons)
    : el("p", { class: "muted" }, "No emoji match your search");
}

function group(name, buttons) {
  return el("section", { "aria-label": name }, el("h3", {}, name), el("div", { class: "emoji-grid" }, buttons));
}

function button(emoji, name, take) {
  const face = emoji.id ? customEmoji(emoji) : emoji.name;
  return el(
    "button",
    {
      type: "button",
      title: `:${name}:`,
      "aria-label": name,
      on: { click: () => take({ id: emoji.id, name: emoji.name }) },
    },
    face,
  );
}

function walk(event, buttons, search) {
  const index = buttons.indexOf(document.activeElement);
  const columns = 8;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (!step) return;
  event.preventDefault();
  (buttons[index + step] ?? (step < 0 ? search : buttons.at(-1))).focus();
}

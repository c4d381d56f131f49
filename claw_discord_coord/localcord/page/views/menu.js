/** A menu of actions in a layer, moved through with the arrow keys. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { closePopover, openPopover } from "./popover.js";

/** `items` are {label, icon, run, danger} or null for a line between groups. */
export function openMenu(anchor, items, options = {}) {
  const buttons = items.map((item) => (item ? menuItem(item) : el("hr", {})));
  const layer = openPopover(anchor, buttons, { role: "menu", className: "menu", ...options });
  layer?.addEventListener("keydown", (event) => moveFocus(event, [...layer.querySelectorAll("[role=menuitem]")]));
  return layer;
}

function menuItem({ label, icon: name, run, danger, checked }) {
  const choose = () => {
    closePopover({ refocus: true });
    run();
  };
  const props = { type: "button", role: "menuitem", class: danger ? "danger" : "", on: { click: choose } };
  return el("button", props, el("span", {}, label), checked ? icon("check") : name ? icon(name) : null);
}

/** Up, Down, Home and End move among `items`. */
export function moveFocus(event, items) {
  const index = items.indexOf(document.activeElement);
  const last = items.length - 1;
  const targets = {
    ArrowDown: index >= last ? 0 : index + 1,
    ArrowUp: index <= 0 ? last : index - 1,
    Home: 0,
    End: last,
  };
  if (!(event.key in targets) || items.length === 0) return;
  event.preventDefault();
  items[targets[event.key]].focus();
}

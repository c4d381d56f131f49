/** A list of completions above a text field; the field keeps the focus. */

import { el } from "../dom.js";

let counter = 0;

/** Items are {label, detail, face()}; `handleKey` is to be asked first for each key of the field. */
export class Suggestions {
  constructor() {
    counter += 1;
    this.id = `suggestions-${counter}`;
    this.title = el("h3", {});
    this.list = el("div", { role: "listbox", id: this.id, "aria-label": "Suggestions" });
    this.element = el("div", { class: "suggestions", hidden: true }, this.title, this.list);
    this.items = [];
    this.index = 0;
  }

  get open() {
    return !this.element.hidden;
  }

  /** Shows `items`, or nothing when there are none. */
  show(field, title, items, onPick) {
    this.field = field;
    this.items = items;
    this.onPick = onPick;
    this.index = 0;
    this.title.textContent = title;
    this.list.replaceChildren(...items.map((item, index) => this.row(item, index)));
    this.element.hidden = items.length === 0;
    field.setAttribute("aria-controls", this.id);
    field.setAttribute("aria-expanded", String(this.open));
    this.mark();
  }

  hide() {
    this.items = [];
    this.element.hidden = true;
    this.field?.setAttribute("aria-expanded", "false");
    this.field?.removeAttribute("aria-activedescendant");
  }

  row(item, index) {
    const row = el(
      "div",
      { class: "suggestion", role: "option", id: `${this.id}-${index}` },
      item.face?.(),
      el("span", { class: "suggestion-label" }, item.label),
      item.detail && el("span", { class: "muted" }, item.detail),
      item.source && el("span", { class: "muted source" }, item.source),
    );
    row.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.pick(index);
    });
    row.addEventListener("pointermove", () => {
      if (this.index !== index) {
        this.index = index;
        this.mark();
      }
    });
    return row;
  }

  mark() {
    [...this.list.children].forEach((row, index) => row.setAttribute("aria-selected", String(index === this.index)));
    const current = this.list.children[this.index];
    if (!current) return;
    this.field.setAttribute("aria-activedescendant", current.id);
    current.scrollIntoView({ block: "nearest" });
  }

  pick(index = this.index) {
    const item = this.items[index];
    this.hide();
    if (item) this.onPick(item);
  }

  /** Up and Down move, Enter and Tab take, Escape closes; true when the key was used. */
  handleKey(event) {
    if (!this.open || event.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.index = (this.index + step + this.items.length) % this.items.length;
      this.mark();
    } else if (event.key === "Enter" || event.key === "Tab") this.pick();
    else if (event.key === "Escape") this.hide();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}

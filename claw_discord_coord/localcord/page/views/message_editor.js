/** Changes a message in its place: Enter saves, Escape leaves. */

import { el } from "../dom.js";
import { growing } from "./growing_text.js";
import { readable, wireText } from "./mention_text.js";

/** The editor that stands where the text was. */
export function messageEditor(app, message, view) {
  const area = el("textarea", {
    "aria-label": "Edit message",
    rows: "1",
    maxlength: "2000",
    value: readable(app, message.content),
  });
  growing(area);
  const save = async () => {
    const content = wireText(app, area.value.trim());
    view.edit(null);
    if (content && content !== message.content) await app.attempt(app.client.edit(message, content));
  };
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") view.edit(null);
    else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  queueMicrotask(() => {
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  });
  const word = (text, run) => el("button", { type: "button", class: "text-link", on: { click: run } }, text);
  return el(
    "div",
    { class: "editor" },
    area,
    el(
      "p",
      { class: "editor-help" },
      "escape to ",
      word("cancel", () => view.edit(null)),
      " • enter to ",
      word("save", save),
    ),
  );
}

/** Jumps to a channel or thread by a few letters of its name (Ctrl+K). */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { CATEGORY, isThread } from "../state/channel_types.js";
import { channelIcon } from "./channel_head.js";
import { openDialog } from "./dialog.js";
import { Suggestions } from "./suggestions.js";

const MOST = 12;

export function openSwitcher(app) {
  const input = el("input", {
    type: "text",
    role: "combobox",
    placeholder: "Where would you like to go?",
    "aria-label": "Find a channel or thread",
    autofocus: true,
  });
  const suggestions = new Suggestions();
  const show = () =>
    suggestions.show(input, "", matches(app, input.value.toLowerCase()), (item) => {
      dialog.close();
      app.open(item.id);
    });
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => event.key !== "Escape" && suggestions.handleKey(event));
  const dialog = openDialog({
    title: "Quick Switcher",
    content: el("div", { class: "dialog-body switcher" }, input, suggestions.element),
    className: "small",
  });
  show();
}

function matches({ store }, part) {
  return [...store.channels.values()]
    .filter(
      (channel) => channel.type !== CATEGORY && store.canSee(channel) && channel.name.toLowerCase().includes(part),
    )
    .sort(
      (a, b) =>
        Number(store.isUnread(b)) - Number(store.isUnread(a)) ||
        Number(isThread(a)) - Number(isThread(b)) ||
        a.name.length - b.name.length,
    )
    .slice(0, MOST)
    .map((channel) => ({
      id: channel.id,
      label: channel.name,
      detail: isThread(channel) ? store.channels.get(channel.parent_id)?.name : "",
      face: () => icon(channelIcon(channel)),
    }));
}

/** What is written on buttons and options: an emoji and a label. */

import { el } from "../dom.js";
import { customEmoji } from "./rich_text.js";

/** An emoji of a component. */
export function componentEmoji(emoji) {
  if (!emoji?.name && !emoji?.id) return null;
  return emoji.id ? customEmoji(emoji) : el("span", { class: "emoji" }, emoji.name);
}

export function buttonFace({ emoji, label }) {
  return el("span", { class: "face" }, componentEmoji(emoji), label && el("span", {}, label));
}

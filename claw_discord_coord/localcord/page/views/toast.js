/** A short notice at the foot of the page. */

import { el } from "../dom.js";

const SHOWN_MS = 5000;

/** Says what went wrong, and goes away by itself. */
export function toast(text) {
  const notice = el("div", { class: "toast", role: "alert" }, text);
  document.body.append(notice);
  setTimeout(() => notice.remove(), SHOWN_MS);
}

/** Ages that stay true while the page is open. */

import { el } from "../dom.js";
import { AGES, fullDate } from "../text/dates.js";

const AGAIN_MS = 20_000;

/** How long ago a moment was; `style` is "long" ("5 minutes ago") or "short" ("5m ago"). */
export function age(date, style, className = "") {
  return el(
    "time",
    { class: className, title: fullDate(date), data: { age: style, at: date.getTime() } },
    AGES[style](date),
  );
}

setInterval(() => {
  for (const element of document.querySelectorAll("time[data-age]")) {
    const { age: style, at } = /** @type {HTMLElement} */ (element).dataset;
    element.textContent = AGES[style ?? "short"](new Date(Number(at)));
  }
}, AGAIN_MS);

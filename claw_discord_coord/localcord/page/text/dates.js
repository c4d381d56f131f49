/** Dates in Discord's words. */

const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const shortDate = new Intl.DateTimeFormat(undefined, { dateStyle: "short" });
const shortFull = new Intl.DateTimeFormat(undefined, { dateStyle: "short", timeStyle: "short" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "long" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const longFull = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeStyle: "short" });
const longTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

export const timeOf = (date) => time.format(date);
export const dayOf = (date) => day.format(date);
export const fullDate = (date) => full.format(date);

/** "in 3 hours", "2 days ago". */
export function ago(date, now = Date.now()) {
  const seconds = Math.round((date - now) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? UNITS[UNITS.length - 1];
  return relative.format(Math.trunc(seconds / size), unit);
}

/** The short age of a thread or a post: "now", "5m ago", "3h ago", "2d ago". */
export function shortAgo(date, now = Date.now()) {
  const seconds = Math.max(0, (now - date) / 1000);
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  return `${Math.floor(seconds / 86_400)}d ago`;
}

/** The two ways to tell an age. */
export const AGES = { long: ago, short: shortAgo };

/** Beside a message's author: "Today at 10:04", or the date. */
export function stampOf(date, now = new Date()) {
  if (sameDay(date, now)) return `Today at ${time.format(date)}`;
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (sameDay(date, yesterday)) return `Yesterday at ${time.format(date)}`;
  return shortFull.format(date);
}

export function sameDay(a, b) {
  return a.getFullYear() === b.getFullYear() && a.getMonth() === b.getMonth() && a.getDate() === b.getDate();
}

/** A `<t:seconds:style>` timestamp (https://discord.com/developers/docs/reference#message-formatting-timestamp-styles). */
export function styledDate(seconds, style) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return "Invalid Date";
  const formats = { t: time, T: longTime, d: shortDate, D: day, f: longFull, F: full };
  return style === "R" ? ago(date) : (formats[style] ?? longFull).format(date);
}

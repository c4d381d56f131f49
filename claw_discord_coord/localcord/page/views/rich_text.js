/** Draws parsed Markdown. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { styledDate, fullDate } from "../text/dates.js";
import { nameOfEmoji } from "../text/emoji.js";
import { highlight } from "../text/highlight.js";
import { isOnlyEmoji, parse, parseInline, plainText } from "../text/markdown.js";
import { isForum, isThread } from "../state/channel_types.js";
import { age } from "./age.js";
import { link, ownUrl } from "./links.js";

/** Message text with blocks, as a list of nodes. */
export function richText(app, text) {
  const tree = parse(text);
  const nodes = draw(app, tree);
  return isOnlyEmoji(tree) ? [el("span", { class: "jumbo" }, nodes)] : nodes;
}

/** Text without blocks: titles, names, topics. */
export function richLine(app, text) {
  return draw(app, parseInline(text));
}

/** Text without any formatting, mentions as names. */
export function preview(app, text) {
  return plainText(parse(text), (node) => mentionName(app.store, node));
}

const draw = (app, nodes) => nodes.map((node) => DRAW[node.type](app, node));
const inside = (tag, props) => (app, node) => el(tag, props, draw(app, node.children));

const DRAW = {
  text: (_app, node) => node.text,
  strong: inside("strong"),
  em: inside("em"),
  underline: inside("u"),
  strike: inside("s"),
  quote: inside("blockquote"),
  subtext: inside("small", { class: "subtext" }),
  heading: (app, node) => el(`h${node.level + 2}`, { class: `heading-${node.level}` }, draw(app, node.children)),
  code: (_app, node) => el("code", {}, node.text),
  codeblock: (_app, node) => codeBlock(node),
  spoiler,
  list: (app, node) =>
    el(
      node.ordered ? "ol" : "ul",
      { start: node.ordered ? node.start : null },
      node.items.map((item) => el("li", {}, draw(app, item))),
    ),
  link: (app, node) => link(app, node.url, draw(app, node.children), node.title),
  emoji: (_app, node) => el("span", { class: "emoji", title: `:${nameOfEmoji(node.text)}:` }, node.text),
  customEmoji: (_app, node) => customEmoji(node),
  time: (_app, node) => timestamp(node),
  command: (app, node) => {
    const start = (event) => app.startCommand(node.name, event.currentTarget);
    return el("button", { class: "mention", type: "button", on: { click: start } }, `/${node.name}`);
  },
  mention,
};

function timestamp({ seconds, style }) {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return el("span", { class: "timestamp" }, styledDate(seconds, style));
  if (style === "R") return age(date, "long", "timestamp");
  return el("time", { class: "timestamp", title: fullDate(date) }, styledDate(seconds, style));
}

/** A custom emoji as its picture, or as its name when this server has none. */
export function customEmoji({ name, id }) {
  const image = el("img", {
    class: "emoji",
    alt: `:${name}:`,
    title: `:${name}:`,
    src: ownUrl(`${location.origin}/emojis/${encodeURIComponent(id)}.webp`),
  });
  image.addEventListener("error", () => image.replaceWith(`:${name}:`));
  return image;
}

function codeBlock({ language, text }) {
  const code = el(
    "code",
    {},
    highlight(text, language).map(({ text: part, kind }) => (kind ? el("span", { class: `hl-${kind}` }, part) : part)),
  );
  const copy = el(
    "button",
    { class: "copy-code", type: "button", "aria-label": "Copy code", title: "Copy" },
    icon("copy"),
  );
  copy.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(text);
    copy.replaceChildren(icon("check"));
    setTimeout(() => copy.replaceChildren(icon("copy")), 1500);
  });
  return el(
    "div",
    { class: "code-block" },
    el("pre", { tabindex: "0", role: "region", "aria-label": `Code ${language}`.trim() }, code),
    copy,
  );
}

function spoiler(app, node) {
  const inner = el("span", { class: "spoiler-text", "aria-hidden": "true" }, draw(app, node.children));
  const cover = el(
    "span",
    { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Spoiler", "aria-expanded": "false" },
    inner,
  );
  const reveal = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    cover.classList.add("revealed");
    cover.setAttribute("aria-expanded", "true");
    for (const attribute of ["role", "tabindex", "aria-label"]) cover.removeAttribute(attribute);
    inner.removeAttribute("aria-hidden");
    cover.removeEventListener("click", reveal);
    cover.removeEventListener("keydown", reveal);
  };
  cover.addEventListener("click", reveal);
  cover.addEventListener("keydown", reveal);
  return cover;
}

function mentionName(store, node) {
  if (node.type === "time") return styledDate(node.seconds, node.style);
  if (node.type === "command") return `/${node.name}`;
  if (node.kind === "everyone") return node.text;
  if (node.kind === "user") return `@${store.user(node.id) ? store.nameOf(store.user(node.id)) : "unknown-user"}`;
  if (node.kind === "role") return `@${store.roles.get(node.id)?.name ?? "unknown-role"}`;
  return `#${store.channels.get(node.id)?.name ?? "unknown"}`;
}

function mention(app, node) {
  const { store } = app;
  const name = mentionName(store, node);
  if (node.kind === "channel") return channelMention(app, node.id, name);
  if (node.kind === "user" && store.user(node.id)) {
    const show = (event) => app.showProfile(store.user(node.id), event.currentTarget);
    return el("button", { class: "mention", type: "button", on: { click: show } }, name);
  }
  const color = node.kind === "role" && store.roles.get(node.id)?.color;
  const style = color ? { "--role": `#${color.toString(16).padStart(6, "0")}` } : {};
  return el("span", { class: color ? "mention colored" : "mention", style }, name);
}

function channelMention(app, id, name) {
  const channel = app.store.channels.get(id);
  if (!channel) return el("span", { class: "mention" }, "#unknown");
  const kind = isForum(channel) ? "forum" : isThread(channel) ? "thread" : "hash";
  return el(
    "button",
    { class: "mention to-channel", type: "button", on: { click: () => app.open(id) } },
    icon(kind),
    name.slice(1),
  );
}

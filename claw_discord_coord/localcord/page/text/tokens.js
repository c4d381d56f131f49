/** The inline marks of Discord's Markdown: emphasis, code, links, mentions, timestamps, emoji. */

import { EMOJI } from "./emoji.js";

const ESCAPE = /\\([^0-9A-Za-z\s])/y;
const CODE_BLOCK = /```(?:([A-Za-z0-9_+\-.#]+)?\n)?\n*([\s\S]*?[^\s`][\s\S]*?)\n*```/y;
const STRONG = /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/y;
const UNDERLINE = /__((?:\\[\s\S]|[^\\])+?)__(?!_)/y;
const STRIKE = /~~([\s\S]+?)~~/y;
const SPOILER = /\|\|([\s\S]+?)\|\|/y;
const EM_STAR = /\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)/y;
const EM_LINE = /_((?:__|\\[\s\S]|[^\\_])+?)_(?![A-Za-z0-9_])/y;
const MASKED = /\[((?:\[[^[\]]*\]|[^[\]])+)\]\(\s*<?((?:[^\s()<>]|\([^\s()<>]*\))+)>?(?:\s+["']([^"']*)["'])?\s*\)/y;
const BRACKETED = /<(https?:\/\/[^\s<>]+)>/y;
const BARE_URL = /https?:\/\/[^\s<]+[^\s<.,:;"'\]|*_~`]/y;
const TIME = /<t:(-?\d{1,17})(?::([tTdDfFR]))?>/y;
const MENTION = /<(@!?|@&|#)(\d{1,20})>/y;
const COMMAND = /<\/([^\s:>][^:>]{0,100}):(\d{1,20})>/y;
const CUSTOM_EMOJI = /<(a?):(\w{2,32}):(\d{1,20})>/y;
const EVERYONE = /@(everyone|here)\b/y;
const UNICODE_EMOJI = new RegExp(EMOJI.source, "yu");

const KINDS = { "@": "user", "@!": "user", "@&": "role", "#": "channel" };

/** Rules by the character they begin with; each gives a node, or undefined to let the next one try. */
const RULES = {
  "`": [[CODE_BLOCK, ([, language, text]) => ({ type: "codeblock", language: language ?? "", text })]],
  "*": [
    [STRONG, ([, inner], nested) => ({ type: "strong", children: nested.inline(inner) })],
    [EM_STAR, ([, inner], nested) => ({ type: "em", children: nested.inline(inner) })],
  ],
  _: [
    [UNDERLINE, ([, inner], nested) => ({ type: "underline", children: nested.inline(inner) })],
    [EM_LINE, ([, inner], nested) => ({ type: "em", children: nested.inline(inner) })],
  ],
  "~": [[STRIKE, ([, inner], nested) => ({ type: "strike", children: nested.inline(inner) })]],
  "|": [[SPOILER, ([, inner], nested) => ({ type: "spoiler", children: nested.inline(inner) })]],
  "[": [[MASKED, masked]],
  "<": [
    [BRACKETED, ([, url]) => link(url)],
    [TIME, ([, seconds, style]) => ({ type: "time", seconds: Number(seconds), style: style ?? "f" })],
    [MENTION, ([, mark, id]) => ({ type: "mention", kind: KINDS[mark], id })],
    [COMMAND, ([, name, id]) => ({ type: "command", name, id })],
    [CUSTOM_EMOJI, ([, animated, name, id]) => ({ type: "customEmoji", name, id, animated: Boolean(animated) })],
  ],
  "@": [[EVERYONE, ([text]) => ({ type: "mention", kind: "everyone", text })]],
};

/** The mark at `position`: {node, end}, or {text, end} for text whose special meaning is escaped, or null. */
export function tokenAt(text, position, nested) {
  const first = text[position];
  const match = (pattern) => {
    pattern.lastIndex = position;
    return pattern.exec(text);
  };
  if (first === "\\") {
    const hit = match(ESCAPE);
    return hit && { text: hit[1], end: position + hit[0].length };
  }
  if (first === "h") return bareUrl(match(BARE_URL), position);
  const inWord = /[A-Za-z0-9_]/.test(text[position - 1] ?? "");
  for (const [pattern, make] of RULES[first] ?? []) {
    if (pattern === EM_LINE && inWord) continue;
    const hit = match(pattern);
    const node = hit && make(hit, nested);
    if (node)
      return {
        node,
        end: position + hit[0].length + (node.type === "codeblock" && text[position + hit[0].length] === "\n" ? 1 : 0),
      };
  }
  if (first === "`") return codeSpan(text, position);
  if (first < "#" || (first > "9" && first < "©")) return null;
  const emoji = match(UNICODE_EMOJI);
  return emoji && { node: { type: "emoji", text: emoji[0] }, end: position + emoji[0].length };
}

function link(url, children = [{ type: "text", text: url }], title = "") {
  return { type: "link", url, children, title };
}

/** A masked link; one whose words look like another address stays plain text, as in Discord. */
function masked([, words, url, title], nested) {
  if (!/^https?:\/\/\S+$/i.test(url) || /https?:\/\//i.test(words)) return undefined;
  return link(url, nested.inline(words), title ?? "");
}

/** A bare address does not take a closing bracket that it did not open. */
function bareUrl(hit, position) {
  if (!hit) return null;
  let url = hit[0];
  while (url.endsWith(")") && url.split(")").length > url.split("(").length) url = url.slice(0, -1);
  return { node: link(url), end: position + url.length };
}

/** Code between two equal runs of backticks; a run without a partner is plain text as a whole. */
function codeSpan(text, position) {
  const ticks = /`+/y;
  ticks.lastIndex = position;
  const [run] = /** @type {RegExpExecArray} */ (ticks.exec(text));
  const start = position + run.length;
  let from = start;
  for (;;) {
    const close = text.indexOf(run, from);
    if (close < 0) return { text: run, end: start };
    ticks.lastIndex = close;
    const [partner] = /** @type {RegExpExecArray} */ (ticks.exec(text));
    if (partner.length === run.length && close > start) {
      const inner = text.slice(start, close);
      return { node: { type: "code", text: inner.replace(/^ (?=`)|(?<=`) $/g, "") }, end: close + run.length };
    }
    from = close + partner.length;
  }
}

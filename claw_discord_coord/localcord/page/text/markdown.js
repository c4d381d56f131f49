/**
 * Discord's Markdown as a tree of plain objects; nothing here touches the document.
 *
 * Nodes: {type, text} for text, code, codeblock and emoji; {type, children} for strong, em, underline, strike, spoiler,
 * quote, heading, subtext, link; {type: "list", ordered, start, items}; and mentions, which carry ids.
 * SOURCE: https://support.discord.com/hc/en-us/articles/210298617 and https://discord.com/developers/docs/reference#message-formatting
 */

import { blockAt } from "./blocks.js";
import { tokenAt } from "./tokens.js";

/** Deeper nesting than this is shown as plain text, so that hostile input can't exhaust the stack. */
const DEEPEST = 12;

/** Reads a whole message, embed description or text display. */
export function parse(text) {
  return parseBlocks(String(text ?? "").replace(/\r\n?/g, "\n"), 0, false);
}

/** Reads text in which blocks have no meaning: embed titles, field names, topics. */
export function parseInline(text) {
  return parseSpan(String(text ?? ""), 0);
}

function parseBlocks(text, depth, inQuote) {
  const nested = {
    blocks: (inner) => parseBlocks(inner, depth + 1, true),
    inline: (inner) => parseSpan(inner, depth + 1),
  };
  const readBlock = (position) => (depth < DEEPEST ? blockAt(text, position, nested, inQuote) : null);
  return read(text, nested, readBlock, depth);
}

function parseSpan(text, depth) {
  const nested = { inline: (inner) => parseSpan(inner, depth + 1) };
  return read(text, nested, () => null, depth);
}

function read(text, nested, readBlock, depth) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push({ type: "text", text: plain });
    plain = "";
  };
  let position = 0;
  let lineStart = true;
  while (position < text.length) {
    const found = (lineStart && readBlock(position)) || (depth < DEEPEST ? tokenAt(text, position, nested) : null);
    if (found?.node) {
      flush();
      nodes.push(found.node);
      lineStart = found.endsLine ?? false;
      position = found.end;
    } else {
      const piece = found?.text ?? text[position];
      plain += piece;
      lineStart = piece === "\n";
      position = found?.end ?? position + 1;
    }
  }
  flush();
  return nodes;
}

/** Whether a tree is nothing but emoji, at most 30, which Discord then shows large. */
export function isOnlyEmoji(nodes) {
  const emoji = nodes.filter((node) => node.type === "emoji" || node.type === "customEmoji");
  const blank = (node) => node.type === "text" && node.text.trim() === "";
  return emoji.length > 0 && emoji.length <= 30 && nodes.every((node) => emoji.includes(node) || blank(node));
}

/**
 * The words of a tree without their formatting, for previews.
 * @param {any[]} nodes
 * @param {(node: any) => string} nameOf
 */
export function plainText(nodes, nameOf = () => "") {
  const words = (node) => {
    if (node.type === "spoiler") return "▒▒▒";
    if (node.type === "customEmoji") return `:${node.name}:`;
    if (node.items) return node.items.map((item) => plainText(item, nameOf)).join("\n");
    if (node.children) return plainText(node.children, nameOf) + (node.type === "heading" ? "\n" : "");
    return node.text ?? nameOf(node);
  };
  return nodes.map(words).join("");
}

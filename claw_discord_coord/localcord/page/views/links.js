/** Addresses from messages: only web links become links, only this server's files are loaded. */

import { el } from "../dom.js";

const JUMP =
  /^https?:\/\/(?:(?:ptb\.|canary\.)?discord(?:app)?\.com|[^/]+)(?:\/#)?\/channels\/(?:\d+|@me)\/(\d+)(?:\/(\d+))?\/?$/;
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

function parsed(url) {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

/** The address when it is http or https, else null. */
export function webUrl(url) {
  const address = parsed(url);
  return address && /^https?:$/.test(address.protocol) ? address.href : null;
}

/** The address of a file on this server (whatever loopback name it goes by) as a path, or a blob; null for any other. */
export function ownUrl(url) {
  const address = parsed(url);
  if (!address) return null;
  if (address.protocol === "blob:") return address.href;
  const own = address.host === location.host || (LOOPBACK.has(address.hostname) && address.port === location.port);
  return own && /^https?:$/.test(address.protocol) ? address.pathname + address.search : null;
}

/** {channelId, messageId} when the address points into this guild. */
export function jumpTarget(app, url) {
  const hit = JUMP.exec(url);
  return hit && app.store.channels.has(hit[1]) ? { channelId: hit[1], messageId: hit[2] } : null;
}

/** A link that opens in a new tab, or jumps when it leads into this guild; plain text when it is no web address. */
export function link(app, url, children, title) {
  const target = jumpTarget(app, url);
  if (target) {
    const name = app.store.channels.get(target.channelId).name;
    const label = [`#${name}`, target.messageId && " › message"];
    const open = () => app.open(target.channelId, { messageId: target.messageId });
    return el("button", { class: "mention", type: "button", on: { click: open } }, label);
  }
  const href = webUrl(url);
  if (!href) return el("span", {}, children);
  return el("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", title: title || href }, children);
}

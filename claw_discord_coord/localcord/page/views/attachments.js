/** Files of a message: pictures, sound and film inline, the rest as cards to download. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { openLightbox } from "./lightbox.js";
import { ownUrl, webUrl } from "./links.js";

const LARGEST_WIDTH = 550;
const LARGEST_HEIGHT = 350;
/** SVG is left out: it is a document, not only a picture. */
const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"]);
const BY_EXTENSION = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
};

/** All attachments of a message that its components do not show themselves. */
export function attachments(app, message) {
  const files = message.attachments ?? [];
  if (files.length === 0 || message.flags & (1 << 15)) return null;
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  return el(
    "div",
    { class: "attachments" },
    pictures.length > 0 &&
      gallery(pictures.map((file) => ({ media: file, description: file.description, spoiler: isSpoiler(file) }))),
    others.map((file) => attached(file)),
  );
}

function typeOf(file) {
  const extension = (file.filename ?? "").split(".").at(-1).toLowerCase();
  return (file.content_type ?? BY_EXTENSION[extension] ?? "").split(";")[0];
}

const isPicture = (file) => PICTURES.has(typeOf(file));
const isSpoiler = (file) => (file.filename ?? "").startsWith("SPOILER_");

function attached(file) {
  const url = ownUrl(file.url);
  if (url && typeOf(file).startsWith("audio/"))
    return el(
      "div",
      { class: "file-card tall" },
      fileHead(file),
      el("audio", { controls: true, preload: "metadata", src: url }),
    );
  if (url && typeOf(file).startsWith("video/"))
    return el("video", { class: "picture", controls: true, preload: "metadata", src: url });
  return fileCard(file);
}

/** A file to download. */
export function fileCard(file) {
  const url = ownUrl(file.url) ?? webUrl(file.url);
  const download =
    url &&
    el(
      "a",
      { class: "icon-button", href: url, download: file.filename ?? "", "aria-label": `Download ${file.filename}` },
      icon("download"),
    );
  return el("div", { class: "file-card" }, fileHead(file), download);
}

function fileHead(file) {
  const url = ownUrl(file.url) ?? webUrl(file.url);
  const name = url
    ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, file.filename)
    : el("span", {}, file.filename);
  return el(
    "div",
    { class: "file-head" },
    icon("file", "file-icon"),
    el("div", {}, name, el("span", { class: "muted" }, sizeText(file.size))),
  );
}

/** "12.4 KB". */
export function sizeText(bytes) {
  if (bytes == null) return "";
  const units = ["bytes", "KB", "MB", "GB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit += 1) bytes /= 1024;
  return `${unit === 0 ? bytes : bytes.toFixed(2)} ${units[unit]}`;
}

/** One or more pictures: [{media: {url, width, height}, description, spoiler}]. */
export function gallery(items) {
  return el(
    "div",
    { class: ["gallery", items.length > 1 && "several"] },
    items.map((item) => picture(item, items.length > 1)),
  );
}

/** A picture that opens large; a picture on another server is only named, since this page asks no one but its own server. */
export function picture({ media, description, spoiler = false }, tile = false) {
  const url = ownUrl(media?.url) ?? ownUrl(media?.proxy_url);
  if (!url) return elsewhere(media, description);
  const open = () => openLightbox(url, description);
  const image = el("img", {
    src: url,
    alt: description || media.filename || "Image",
    title: description,
    loading: "lazy",
  });
  const button = el(
    "button",
    {
      class: ["picture", tile && "tile"],
      type: "button",
      "aria-label": `Open ${description || media.filename || "image"}`,
      on: { click: open },
    },
    image,
  );
  if (!tile && media.width && media.height) {
    const scale = Math.min(1, LARGEST_WIDTH / media.width, LARGEST_HEIGHT / media.height);
    button.style.setProperty("--width", `${Math.round(media.width * scale)}px`);
    button.style.setProperty("--ratio", `${media.width} / ${media.height}`);
  }
  image.addEventListener("error", () => button.classList.add("broken"));
  return spoiler ? covered(button) : button;
}

function elsewhere(media, description) {
  const url = webUrl(media?.url);
  const host = url ? new URL(url).host : "unknown";
  const name = description || `Image at ${host}`;
  return el(
    "span",
    { class: "elsewhere" },
    icon("link"),
    url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow" }, name) : name,
  );
}

/** Hides something until it is clicked. */
export function covered(content) {
  const cover = el("div", { class: "covered" }, content);
  const lift = el(
    "button",
    { class: "cover", type: "button", on: { click: () => (cover.classList.add("lifted"), lift.remove()) } },
    "SPOILER",
  );
  cover.append(lift);
  return cover;
}

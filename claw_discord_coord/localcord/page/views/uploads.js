/** Files about to be sent, shown as cards above the text. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { sizeText } from "./attachments.js";

const MOST_FILES = 10;

/** Files come by button, paste or drop; `onChange` runs when the choice changes. */
export class Uploads {
  constructor(onChange) {
    this.files = [];
    this.onChange = onChange;
    this.input = el("input", { type: "file", multiple: true, hidden: true });
    this.input.addEventListener("change", () => {
      this.take(this.input.files);
      this.input.value = "";
    });
    this.cards = el("ul", { class: "upload-cards", "aria-label": "Files to send", hidden: true });
    this.element = el("div", {}, this.input, this.cards);
  }

  choose() {
    this.input.click();
  }

  /** Adds files; false when there were none. */
  take(list) {
    const files = [...(list ?? [])];
    if (files.length === 0) return false;
    this.files = [...this.files, ...files].slice(0, MOST_FILES);
    this.draw();
    return true;
  }

  clear() {
    this.files = [];
    this.draw();
  }

  draw() {
    this.cards.hidden = this.files.length === 0;
    this.cards.replaceChildren(...this.files.map((file) => this.card(file)));
    this.onChange();
  }

  card(file) {
    const drop = () => {
      this.files = this.files.filter((other) => other !== file);
      this.draw();
    };
    const face =
      file.type.startsWith("image/") && file.type !== "image/svg+xml" ? thumbnail(file) : icon("file", "file-icon");
    return el(
      "li",
      {},
      el("div", { class: "upload-face" }, face),
      el("span", { class: "upload-name" }, file.name),
      el("span", { class: "muted" }, sizeText(file.size)),
      el(
        "button",
        { type: "button", class: "icon-button", "aria-label": `Remove ${file.name}`, on: { click: drop } },
        icon("trash"),
      ),
    );
  }
}

function thumbnail(file) {
  const image = el("img", { src: URL.createObjectURL(file), alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  return image;
}

/** Lets files be dropped anywhere on `element`. */
export function acceptDrops(element, uploads, label) {
  const overlay = el("div", { class: "drop-overlay", hidden: true }, el("strong", {}, label));
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  let depth = 0;
  const show = (change) => {
    depth = Math.max(0, depth + change);
    overlay.hidden = depth === 0;
  };
  element.addEventListener("dragenter", (event) => hasFiles(event) && show(1));
  element.addEventListener("dragleave", (event) => hasFiles(event) && show(-1));
  element.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
  element.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    overlay.hidden = true;
    uploads.take(event.dataTransfer.files);
  });
  element.append(overlay);
}

/** Rich embeds. */

import { el } from "../dom.js";
import { stampOf } from "../text/dates.js";
import { picture } from "./attachments.js";
import { link, ownUrl } from "./links.js";
import { richLine, richText } from "./rich_text.js";

/** One embed as a card with a colored edge. */
export function embed(app, data) {
  const style = data.color != null ? { "--edge": `#${data.color.toString(16).padStart(6, "0")}` } : {};
  const text = el(
    "div",
    { class: "embed-text" },
    data.provider?.name && el("div", { class: "embed-provider" }, data.provider.name),
    author(app, data.author),
    data.title &&
      el(
        "div",
        { class: "embed-title" },
        data.url ? link(app, data.url, richLine(app, data.title)) : richLine(app, data.title),
      ),
    data.description && el("div", { class: "embed-description markup" }, richText(app, data.description)),
    fields(app, data.fields),
  );
  const thumbnail =
    data.thumbnail &&
    el(
      "div",
      { class: "embed-thumbnail" },
      picture({ media: data.thumbnail, description: data.thumbnail.description }),
    );
  return el(
    "article",
    { class: "embed", style },
    el("div", { class: "embed-top" }, text, thumbnail),
    data.image &&
      el("div", { class: "embed-image" }, picture({ media: data.image, description: data.image.description })),
    footer(data),
  );
}

function smallImage(url) {
  const own = ownUrl(url);
  return own ? el("img", { class: "embed-icon", src: own, alt: "" }) : null;
}

function author(app, data) {
  if (!data?.name) return null;
  return el(
    "div",
    { class: "embed-author" },
    smallImage(data.icon_url),
    data.url ? link(app, data.url, data.name) : el("span", {}, data.name),
  );
}

function fields(app, list) {
  if (!list?.length) return null;
  return el(
    "div",
    { class: "embed-fields" },
    list.map((field) =>
      el(
        "div",
        { class: ["embed-field", field.inline && "inline"] },
        el("div", { class: "embed-field-name" }, richLine(app, field.name)),
        el("div", { class: "embed-field-value markup" }, richText(app, field.value)),
      ),
    ),
  );
}

function footer({ footer: data, timestamp }) {
  if (!data?.text && !timestamp) return null;
  const when = timestamp && stampOf(new Date(timestamp));
  return el(
    "footer",
    { class: "embed-footer" },
    smallImage(data?.icon_url),
    [data?.text, when].filter(Boolean).join(" • "),
  );
}

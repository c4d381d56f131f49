/**
 * Message components, the classic rows and version 2
 * (https://discord.com/developers/docs/components/reference).
 */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { covered, fileCard, gallery, picture } from "./attachments.js";
import { buttonFace } from "./component_face.js";
import { webUrl } from "./links.js";
import { richText } from "./rich_text.js";
import { selectMenu } from "./select_menu.js";

const LINK = 5;
const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "primary" };

/** All components of a message, or null; `channelId` is where it is shown, for a thread's start not where it was sent. */
export function components(app, message, channelId = message.channel_id) {
  if (!message.components?.length) return null;
  const verdict = el("p", { class: "problem", role: "alert", hidden: true });
  const act = actor(app, message, channelId, verdict);
  return el(
    "div",
    { class: "components" },
    message.components.map((one) => draw(app, one, act)),
    verdict,
  );
}

/** Sends an interaction for a component and shows on it, and below, how that goes. */
function actor(app, message, channelId, verdict) {
  return async (component, control, values) => {
    verdict.hidden = true;
    control.classList.add("waiting");
    control.setAttribute("aria-busy", "true");
    try {
      await app.client.interactions.component(channelId, message, component, values);
    } catch (error) {
      verdict.textContent = error.message === "failed" ? "This interaction failed" : error.message;
      verdict.hidden = false;
    } finally {
      control.classList.remove("waiting");
      control.removeAttribute("aria-busy");
    }
  };
}

function draw(app, component, act) {
  return DRAW[component.type]?.(app, component, act) ?? null;
}

const select = (app, component, act) =>
  selectMenu(app, component, { onChoose: (values, control) => act(component, control, values), instant: true });

const DRAW = {
  1: (app, row, act) =>
    el(
      "div",
      { class: "action-row" },
      row.components.map((one) => draw(app, one, act)),
    ),
  2: (_app, component, act) => button(component, act),
  3: select,
  5: select,
  6: select,
  7: select,
  8: select,
  9: section,
  10: (app, { content }) => el("div", { class: "text-display markup" }, richText(app, content)),
  11: (_app, { media, description, spoiler }) =>
    el("div", { class: "thumbnail" }, picture({ media, description, spoiler })),
  12: (_app, { items }) => gallery(items),
  13: (_app, component) => file(component),
  14: (_app, { divider = true, spacing = 1 }) =>
    el("hr", { class: ["separator", divider && "divider", spacing === 2 && "large"] }),
  17: container,
};

function section(app, { components: texts, accessory }, act) {
  return el(
    "div",
    { class: "section" },
    el(
      "div",
      { class: "section-text" },
      texts.map((one) => draw(app, one, act)),
    ),
    accessory && draw(app, accessory, act),
  );
}

function container(app, { components: inner, accent_color: accent, spoiler }, act) {
  const style = accent != null ? { "--edge": `#${accent.toString(16).padStart(6, "0")}` } : {};
  const box = el(
    "div",
    { class: ["container", accent != null && "accented"], style },
    inner.map((one) => draw(app, one, act)),
  );
  return spoiler ? covered(box) : box;
}

function file({ file: media, name, size, spoiler }) {
  const fromUrl = (media?.url ?? "").split("?")[0].split("/").at(-1);
  const card = fileCard({ url: media?.url, filename: name || decodeURIComponent(fromUrl) || "file", size });
  return spoiler ? covered(card) : card;
}

function button(component, act) {
  const face = buttonFace(component);
  const className = `button component ${STYLES[component.style] ?? "secondary"}`;
  if (component.style === LINK) {
    const href = webUrl(component.url);
    if (!href || component.disabled)
      return el("button", { class: className, type: "button", disabled: true }, face, icon("link"));
    return el(
      "a",
      { class: className, href, target: "_blank", rel: "noopener noreferrer nofollow", title: href },
      face,
      icon("link"),
    );
  }
  const click = (event) => event.currentTarget.classList.contains("waiting") || act(component, event.currentTarget);
  return el(
    "button",
    {
      class: className,
      type: "button",
      disabled: Boolean(component.disabled),
      data: { focus: `component:${component.custom_id}`, customId: component.custom_id },
      on: { click },
    },
    face,
    el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
  );
}

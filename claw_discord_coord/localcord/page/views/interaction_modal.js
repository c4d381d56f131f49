/** A modal that an application opens: fields, filled and sent back (https://discord.com/developers/docs/components/reference). */

import { el } from "../dom.js";
import { formDialog } from "./dialog.js";
import { modalField } from "./modal_field.js";
import { richText } from "./rich_text.js";

const ROW = 1;
const TEXT_DISPLAY = 10;
const LABEL = 18;

/** Shows the modal of an INTERACTION_MODAL_CREATE event. */
export function interactionModal(app, modal) {
  const parts = modal.components.map((component) => part(app, component));
  formDialog({
    title: modal.title,
    subtitle: `This form will be submitted to ${modal.application?.name ?? "the application"}. Do not share passwords or other sensitive information.`,
    fields: parts.map((one) => one.element),
    confirm: "Submit",
    className: "form",
    async submit() {
      const files = [];
      const components = parts.map((one) => one.collect(files)).filter(Boolean);
      const attachments = files.map((file, id) => ({ id: String(id), filename: file.name }));
      try {
        await app.client.interactions.modal(modal, components, files, attachments);
      } catch (error) {
        throw error.message === "failed" ? new Error("Something went wrong. Try again.") : error;
      }
    },
  });
}

/** {element, collect(files)}: what stands in the form, and what is sent for it. */
function part(app, component) {
  if (component.type === TEXT_DISPLAY)
    return { element: el("div", { class: "markup" }, richText(app, component.content)), collect: () => null };
  if (component.type === ROW) {
    const fields = component.components.map((inner) => modalField(app, inner, { label: inner.label }));
    return {
      element: el(
        "div",
        {},
        fields.map((one) => one.element),
      ),
      collect: (files) => ({ type: ROW, components: fields.map((one) => one.collect(files)) }),
    };
  }
  if (component.type === LABEL) {
    const inner = modalField(app, component.component, component);
    return {
      element: inner.element,
      collect: (files) => ({ type: LABEL, id: component.id, component: inner.collect(files) }),
    };
  }
  return { element: el("p", { class: "muted" }, "This part can't be shown here."), collect: () => null };
}

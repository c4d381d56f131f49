/** Dialogs over the page; the browser keeps the focus inside and Escape closes them. */

import { el } from "../dom.js";
import { icon } from "../icons.js";

/**
 * Opens a dialog with a title; `onClose` runs however it is closed. Returns {element, close}.
 * @param {{title: string, subtitle?: string, content: any, className?: string, closable?: boolean, onClose?: () => void}} parts
 */
export function openDialog({ title, subtitle, content, className = "", closable = true, onClose }) {
  const heading = el("h2", { id: `dialog-${crypto.randomUUID()}` }, title);
  const close = () => dialog.close();
  const cross =
    closable &&
    el(
      "button",
      { class: "icon-button close", type: "button", "aria-label": "Close", on: { click: close } },
      icon("close"),
    );
  const dialog = el(
    "dialog",
    { class: `dialog ${className}`, "aria-labeledby": heading.id },
    el("header", {}, el("div", {}, heading, subtitle && el("p", {}, subtitle)), cross),
    content,
  );
  dialog.addEventListener("cancel", (event) => !closable && event.preventDefault());
  dialog.addEventListener("close", () => {
    dialog.remove();
    onClose?.();
  });
  if (closable) dialog.addEventListener("pointerdown", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  return { element: dialog, close };
}

/** Asks before something that can't be undone; resolves to true or false. */
export function confirmDialog({ title, text, confirm, preview }) {
  return new Promise((resolve) => {
    let agreed = false;
    const agree = () => {
      agreed = true;
      dialog.close();
    };
    const cancel = el(
      "button",
      { class: "button ghost", type: "button", on: { click: () => dialog.close() } },
      "Cancel",
    );
    const go = el("button", { class: "button danger", type: "button", autofocus: true, on: { click: agree } }, confirm);
    const content = [el("div", { class: "dialog-body" }, el("p", {}, text), preview), el("footer", {}, cancel, go)];
    const dialog = openDialog({ title, content, className: "small", onClose: () => resolve(agreed) });
  });
}

/**
 * A form in a dialog: `fields` are its nodes, `submit` may throw, and its message is shown.
 * @param {{title: string, subtitle?: string, fields: any, confirm: string, submit: () => any, onClose?: () => void, className?: string}} parts
 */
export function formDialog({ title, subtitle, fields, confirm, submit, onClose, className = "small" }) {
  const problem = el("p", { class: "problem", role: "alert" });
  const go = el("button", { class: "button primary", type: "submit" }, confirm);
  const cancel = el("button", { class: "button ghost", type: "button", on: { click: () => dialog.close() } }, "Cancel");
  const form = el("form", {}, el("div", { class: "dialog-body" }, fields, problem), el("footer", {}, cancel, go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    problem.textContent = "";
    try {
      await submit();
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      go.disabled = false;
    }
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  const dialog = openDialog({ title, subtitle, content: form, className, onClose });
  form.querySelector("input, textarea, [role=combobox]")?.focus();
  return dialog;
}

/**
 * A labeled field for forms.
 * @param {string} label
 * @param {any} control
 * @param {{required?: boolean, hint?: string}} options
 */
export function field(label, control, { required = false, hint } = {}) {
  control.id ||= `field-${crypto.randomUUID()}`;
  const star = required && el("span", { class: "required", "aria-hidden": "true" }, " *");
  return el(
    "div",
    { class: "field" },
    el("label", { for: control.id }, label, star),
    hint && el("p", { class: "hint" }, hint),
    control,
  );
}

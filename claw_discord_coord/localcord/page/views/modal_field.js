/** One field of a modal. */

import { el } from "../dom.js";
import { field } from "./dialog.js";
import { selectMenu } from "./select_menu.js";

const TEXT_INPUT = 4;
const FILE_UPLOAD = 19;
const RADIO_GROUP = 21;
const CHECKBOX_GROUP = 22;
const CHECKBOX = 23;
const PARAGRAPH = 2;

/**
 * {element, collect(files)}; collect gives the component as it is sent, and throws what is missing.
 * @param {any} app
 * @param {any} component
 * @param {{label?: string, description?: string}} texts
 */
export function modalField(app, component, { label, description }) {
  const required = component.required ?? true;
  const { control, answer, count } = (MAKERS[component.type] ?? select)(app, component, required);
  const element = field(label ?? component.label ?? "", control, {
    required: required && component.type !== CHECKBOX,
    hint: description,
  });
  const collect = (files) => {
    if (required && count && count() < Math.max(1, component.min_values ?? 1))
      throw new Error(`“${label}” is required.`);
    return { type: component.type, id: component.id, custom_id: component.custom_id, ...answer(files) };
  };
  return { element, collect };
}

function select(app, component, required) {
  const control = selectMenu(app, { ...component, min_values: required ? component.min_values : 0 });
  return { control, count: () => control.values.length, answer: () => ({ values: control.values }) };
}

const MAKERS = {
  [TEXT_INPUT](_app, component, required) {
    const props = {
      placeholder: component.placeholder,
      minlength: component.min_length,
      maxlength: component.max_length,
      required,
      value: component.value ?? "",
      data: { customId: component.custom_id },
    };
    const control =
      component.style === PARAGRAPH ? el("textarea", { rows: "4", ...props }) : el("input", { type: "text", ...props });
    return { control, answer: () => ({ value: control.value }) };
  },

  [FILE_UPLOAD](_app, component) {
    const control = el("input", {
      type: "file",
      multiple: (component.max_values ?? 1) > 1,
      data: { customId: component.custom_id },
    });
    const answer = (files) => ({ values: [...control.files].map((file) => String(files.push(file) - 1)) });
    return { control, count: () => control.files.length, answer };
  },

  [RADIO_GROUP](_app, component) {
    const { control, picked } = choices(component, "radio");
    return { control, count: () => picked().length, answer: () => ({ value: picked()[0] ?? null }) };
  },

  [CHECKBOX_GROUP](_app, component) {
    const { control, picked } = choices(component, "checkbox");
    return { control, count: () => picked().length, answer: () => ({ values: picked() }) };
  },

  [CHECKBOX](_app, component) {
    const control = el("input", {
      type: "checkbox",
      checked: Boolean(component.default),
      data: { customId: component.custom_id },
    });
    return { control, answer: () => ({ value: control.checked }) };
  },
};

function choices(component, type) {
  const group = `group-${crypto.randomUUID()}`;
  const inputs = component.options.map((option) =>
    el("input", { type, name: group, checked: Boolean(option.default), data: { value: option.value } }),
  );
  const rows = component.options.map((option, index) =>
    el(
      "label",
      { class: "choice" },
      inputs[index],
      el(
        "span",
        {},
        el("span", {}, option.label),
        option.description && el("span", { class: "muted" }, option.description),
      ),
    ),
  );
  const picked = () => inputs.filter((input) => input.checked).map((input) => input.dataset.value);
  return {
    control: el(
      "div",
      { class: "choices", role: type === "radio" ? "radiogroup" : "group", data: { customId: component.custom_id } },
      rows,
    ),
    picked,
  };
}

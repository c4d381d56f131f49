/** Select menus: given options, or users, roles and channels of the guild; one value or several. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { isThread } from "../state/channel_types.js";
import { avatar } from "./avatar.js";
import { componentEmoji } from "./component_face.js";
import { closePopover, openPopover } from "./popover.js";

const USER = 5;
const ROLE = 6;
const MENTIONABLE = 7;
const CHANNEL = 8;
/** Longer lists get a field to search in. */
const SEARCH_FROM = 8;

/**
 * The closed menu as a button. With `instant`, one choice is sent at once (messages); otherwise the choice is kept in
 * `element.values` (modals). `onChoose(values, element)` runs after each finished choice.
 * @param {any} app
 * @param {any} component
 * @param {{onChoose?: (values: any[], element: any) => void, instant?: boolean}} options
 */
export function selectMenu(app, component, { onChoose = () => {}, instant = false } = {}) {
  const given = optionsOf(app, component);
  const preset = (component.default_values ?? []).map((value) => value.id);
  const chosen = new Set(
    given.filter((option) => option.default || preset.includes(option.value)).map((option) => option.value),
  );
  const shown = el("span", { class: "select-shown" });
  const element = el(
    "button",
    {
      class: "select",
      type: "button",
      role: "combobox",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-label": component.placeholder || "Make a selection",
      disabled: Boolean(component.disabled),
      data: { focus: `component:${component.custom_id}`, customId: component.custom_id },
    },
    shown,
    icon("chevron"),
  );
  const show = () => {
    const picked = given.filter((option) => chosen.has(option.value));
    shown.replaceChildren(
      ...(picked.length > 0
        ? picked.flatMap((option) => [el("span", { class: "select-value" }, option.face?.(), option.label)])
        : [el("span", { class: "placeholder" }, component.placeholder || "Make a selection")]),
    );
    element.values = [...chosen];
  };
  const single = (component.max_values ?? 1) === 1;
  const before = () => [...chosen].sort().join();
  const open = () => {
    const start = before();
    const finish = () => {
      show();
      const enough = chosen.size >= (component.min_values ?? 1);
      if (before() !== start && (enough || !instant)) onChoose([...chosen], element);
    };
    openList({ element, component, options: optionsOf(app, component), chosen, single, changed: show, finish });
  };
  element.addEventListener("click", open);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    open();
  });
  show();
  return element;
}

function openList({ element, component, options, chosen, single, changed, finish }) {
  const list = el("div", {
    class: "options",
    role: "listbox",
    "aria-multiselectable": String(!single),
    "aria-label": component.placeholder || "Options",
  });
  const search =
    options.length >= SEARCH_FROM
      ? el("input", { type: "search", placeholder: "Search", "aria-label": "Search options" })
      : null;
  const pick = (option) => {
    if (single) {
      chosen.clear();
      chosen.add(option.value);
      closePopover({ refocus: true });
      return;
    }
    if (chosen.has(option.value)) chosen.delete(option.value);
    else if (chosen.size < (component.max_values ?? 1)) chosen.add(option.value);
    changed();
    draw(option.value);
  };
  const draw = (focused) => {
    const wanted = (search?.value ?? "").toLowerCase();
    const fitting = options.filter((option) => option.label.toLowerCase().includes(wanted));
    list.replaceChildren(
      ...fitting.map((option) => optionRow(option, chosen.has(option.value), single, () => pick(option))),
    );
    if (fitting.length === 0) list.append(el("p", { class: "muted" }, "No options"));
    if (focused) [...list.children].find((row) => row.dataset.value === focused)?.focus();
  };
  search?.addEventListener("input", () => draw());
  draw();
  const layer = openPopover(element, [search, list], {
    className: "select-list",
    label: "Options",
    onClose: finish,
    focus: false,
  });
  if (!layer) return;
  layer.style.setProperty("min-width", `${element.offsetWidth}px`);
  layer.addEventListener("keydown", (event) => moveAmong(event, [...list.querySelectorAll("[role=option]")], search));
  (search ?? list.querySelector("[aria-selected=true]") ?? list.firstElementChild)?.focus();
}

function moveAmong(event, rows, search) {
  const index = rows.indexOf(document.activeElement);
  if (event.key === "ArrowDown") (rows[index + 1] ?? rows[0])?.focus();
  else if (event.key === "ArrowUp") (index <= 0 ? (search ?? rows.at(-1)) : rows[index - 1])?.focus();
  else if (event.key === "Enter" && document.activeElement === search) rows[0]?.click();
  else if (event.key === "Tab") closePopover();
  else return;
  event.preventDefault();
}

function optionRow(option, selected, single, pick) {
  return el(
    "button",
    {
      class: "option",
      type: "button",
      role: "option",
      "aria-selected": String(selected),
      data: { value: option.value },
      on: { click: pick },
    },
    option.face?.(),
    el(
      "span",
      { class: "option-words" },
      el("span", {}, option.label),
      option.description && el("span", { class: "muted" }, option.description),
    ),
    single
      ? selected && icon("check")
      : el("span", { class: ["box", selected && "checked"] }, selected && icon("check")),
  );
}

/** [{value, label, description, face, default}] */
function optionsOf({ store }, component) {
  const users = () =>
    [...store.members.values()].map(({ user }) => ({
      value: user.id,
      label: store.nameOf(user),
      description: user.username,
      face: () => avatar(user, 24),
    }));
  const roles = () =>
    [...store.roles.values()]
      .filter((role) => role.id !== store.guild.id)
      .map((role) => ({ value: role.id, label: role.name, face: () => icon("at") }));
  if (component.type === USER) return users();
  if (component.type === ROLE) return roles();
  if (component.type === MENTIONABLE) return [...users(), ...roles()];
  if (component.type === CHANNEL) return channels(store, component.channel_types);
  return (component.options ?? []).map((option) => ({ ...option, face: () => componentEmoji(option.emoji) }));
}

function channels(store, types) {
  const fitting = [...store.channels.values()].filter(
    (channel) => (types?.length ? types.includes(channel.type) : !isThread(channel)) && store.canSee(channel),
  );
  return fitting.map((channel) => ({
    value: channel.id,
    label: channel.name,
    face: () => icon(isThread(channel) ? "thread" : "hash"),
  }));
}

/** One option of a slash command as a field (https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-option-type). */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { isThread } from "../state/channel_types.js";
import { avatar } from "./avatar.js";

const TYPE = { INTEGER: 4, BOOLEAN: 5, USER: 6, CHANNEL: 7, ROLE: 8, MENTIONABLE: 9, NUMBER: 10, ATTACHMENT: 11 };
const CHOSEN_ONLY = new Set([TYPE.BOOLEAN, TYPE.USER, TYPE.CHANNEL, TYPE.ROLE, TYPE.MENTIONABLE]);
const AUTOCOMPLETE_AFTER_MS = 120;
const MOST = 15;

/** {element, focus, value(), shown(), problem(), fail()}; value() is undefined while nothing is given. */
export function optionField(app, option, { suggestions, complete, explain }) {
  return option.type === TYPE.ATTACHMENT
    ? fileField(option, explain)
    : textField(app, option, { suggestions, complete, explain });
}

function frame(option, control) {
  const problem = el("span", { class: "problem", role: "alert" });
  const element = el(
    "label",
    { class: "option-field" },
    el("span", { class: "option-name" }, option.name),
    control,
    problem,
  );
  const fail = (text) => {
    element.classList.add("invalid");
    problem.textContent = text;
    control.focus();
  };
  const clear = () => {
    element.classList.remove("invalid");
    problem.textContent = "";
  };
  return { element, fail, clear };
}

function fileField(option, explain) {
  const input = el("input", { type: "file", "aria-label": option.name });
  const { element, fail, clear } = frame(option, input);
  input.addEventListener("change", clear);
  input.addEventListener("focus", explain);
  return {
    element,
    fail,
    focus: () => input.focus(),
    value: () => input.files[0],
    shown: () => input.files[0]?.name,
    problem: () => null,
  };
}

function textField(app, option, { suggestions, complete, explain }) {
  const numeric = option.type === TYPE.INTEGER || option.type === TYPE.NUMBER;
  const fixed = CHOSEN_ONLY.has(option.type) || option.choices?.length > 0;
  const input = el("input", {
    type: "text",
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-label": `${option.name}: ${option.description}`,
    inputmode: numeric ? "decimal" : null,
    placeholder: option.required ? "" : "optional",
  });
  const { element, fail, clear } = frame(option, input);
  let picked = null;
  let waiting = 0;

  const offer = async () => {
    const typed = input.value;
    const items = option.autocomplete ? await choicesFrom(complete, typed) : known(app, option, typed);
    if (document.activeElement === input && input.value === typed)
      suggestions.show(input, option.name, items.slice(0, MOST), take);
  };
  const take = (item) => {
    picked = item;
    input.value = item.label;
    size();
    clear();
  };
  const size = () => input.style.setProperty("width", `${Math.min(46, Math.max(6, input.value.length + 2))}ch`);
  const typed = () => {
    picked = null;
    clear();
    size();
    clearTimeout(waiting);
    if (option.autocomplete) waiting = setTimeout(offer, AUTOCOMPLETE_AFTER_MS);
    else offer();
  };
  input.addEventListener("input", typed);
  input.addEventListener("focus", () => {
    explain();
    offer();
  });
  input.addEventListener("blur", () => suggestions.hide());

  const exact = () =>
    picked ??
    (fixed
      ? known(app, option, input.value).find((item) => item.label.toLowerCase() === input.value.toLowerCase())
      : null);
  const value = () => {
    if (input.value === "") return undefined;
    if (exact()) return exact().value;
    return numeric ? Number(input.value) : input.value;
  };
  const problem = () => {
    if (input.value === "") return null;
    if (fixed && !exact()) return "Choose one of the list";
    if (numeric && Number.isNaN(Number(value()))) return "Type a number";
    return null;
  };
  size();
  return { element, fail, value, problem, focus: () => input.focus(), shown: () => input.value };
}

async function choicesFrom(complete, typed) {
  const choices = await complete(typed);
  return choices.map((choice) => ({ label: choice.name, value: choice.value }));
}

/** The values this page knows for an option: [{label, value, detail, face}]. */
function known({ store }, option, typed) {
  const part = typed.toLowerCase().replace(/^[@#]/, "");
  return candidates(store, option).filter(
    (item) => item.label.toLowerCase().includes(part) || item.detail?.toLowerCase().includes(part),
  );
}

function candidates(store, option) {
  const users = () =>
    [...store.members.values()].map(({ user }) => ({
      label: store.nameOf(user),
      detail: user.username,
      value: user.id,
      face: () => avatar(user, 24),
    }));
  const roles = () =>
    [...store.roles.values()].map((role) => ({ label: role.name, value: role.id, face: () => icon("at") }));
  if (option.choices?.length) return option.choices.map((choice) => ({ label: choice.name, value: choice.value }));
  if (option.type === TYPE.BOOLEAN)
    return [
      { label: "True", value: true },
      { label: "False", value: false },
    ];
  if (option.type === TYPE.USER) return users();
  if (option.type === TYPE.ROLE) return roles();
  if (option.type === TYPE.MENTIONABLE) return [...users(), ...roles()];
  if (option.type === TYPE.CHANNEL) return channels(store, option.channel_types);
  return [];
}

function channels(store, types) {
  return [...store.channels.values()]
    .filter((channel) => (types?.length ? types.includes(channel.type) : true) && store.canSee(channel))
    .map((channel) => ({
      label: channel.name,
      value: channel.id,
      face: () => icon(isThread(channel) ? "thread" : "hash"),
    }));
}

/** A slash command being filled in: one field per option, with completion. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { optionField } from "./option_field.js";

/** `path` leads to a subcommand; `onDone` runs when the command was sent or given up. */
export class CommandForm {
  constructor(app, channelId, { command, path, suggestions, onDone }) {
    this.app = app;
    this.channelId = channelId;
    this.command = command;
    this.path = path;
    this.suggestions = suggestions;
    this.onDone = onDone;
    this.options = (path.at(-1) ?? command).options ?? [];
    this.name = [command.name, ...path.map((option) => option.name)].join(" ");
    this.fields = new Map();
    this.fieldBox = el("div", { class: "option-fields" });
    this.more = el("div", { class: "option-more" });
    const cancel = el(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Cancel command",
        title: "Cancel (Escape)",
        on: { click: onDone },
      },
      icon("close"),
    );
    const send = el(
      "button",
      {
        type: "button",
        class: "icon-button send",
        "aria-label": "Run command",
        title: "Run command (Enter)",
        on: { click: () => this.submit() },
      },
      icon("send"),
    );
    this.hint = el("p", { class: "command-hint" }, (path.at(-1) ?? command).description ?? "");
    this.element = el(
      "div",
      { class: "command-form", role: "group", "aria-label": `Command /${this.name}`, tabindex: "-1" },
      this.hint,
      el(
        "div",
        { class: "command-line" },
        el("strong", { class: "command-name" }, `/${this.name}`),
        this.fieldBox,
        this.more,
        cancel,
        send,
      ),
    );
    this.element.addEventListener("keydown", (event) => this.key(event));
    for (const option of this.options.filter((one) => one.required)) this.add(option);
    this.drawMore();
  }

  focus() {
    const first = [...this.fields.values()][0];
    if (first) first.focus();
    else this.element.focus();
  }

  add(option) {
    const field = optionField(this.app, option, {
      suggestions: this.suggestions,
      complete: (value) => this.complete(option, value),
      explain: () => (this.hint.textContent = option.description),
    });
    this.fields.set(option.name, field);
    this.fieldBox.append(field.element);
    this.drawMore();
    return field;
  }

  drop(name) {
    this.fields.get(name).element.remove();
    this.fields.delete(name);
    this.drawMore();
    ([...this.fields.values()].at(-1) ?? this).focus();
  }

  drawMore() {
    const left = this.options.filter((option) => !this.fields.has(option.name));
    this.more.replaceChildren(
      ...left.map((option) =>
        el(
          "button",
          {
            type: "button",
            class: "option-chip",
            title: option.description,
            on: { click: () => this.add(option).focus() },
          },
          `+ ${option.name}`,
        ),
      ),
    );
  }

  key(event) {
    if (event.target.matches?.("input") && this.suggestions.handleKey(event)) return;
    if (event.key === "Enter" && !event.target.matches("button")) this.submit();
    else if (event.key === "Escape") this.onDone();
    else if (event.key === "Backspace" && this.isEmptyField(event.target)) this.backspace(event.target);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  isEmptyField(target) {
    return target === this.element || (target.matches("input") && target.value === "");
  }

  /** Backspace in an empty field takes an optional field away, and the command when none is left to take. */
  backspace(target) {
    const entry = [...this.fields].find(([, field]) => field.element.contains(target));
    const option = entry && this.options.find((one) => one.name === entry[0]);
    if (option && !option.required) this.drop(option.name);
    else this.onDone();
  }

  /** Wraps options into the subcommand they belong to. */
  nested(options) {
    return this.path.reduceRight((inner, step) => [{ type: step.type, name: step.name, options: inner }], options);
  }

  complete(focused, value) {
    const options = [...this.fields].flatMap(([name, field]) => {
      const option = this.options.find((one) => one.name === name);
      if (name === focused.name) return [{ type: option.type, name, value, focused: true }];
      const given = field.value();
      return given === undefined ? [] : [{ type: option.type, name, value: given }];
    });
    return this.app.client.interactions.autocomplete(this.channelId, this.command, this.nested(options));
  }

  submit() {
    const options = [];
    const files = [];
    for (const [name, field] of this.fields) {
      const option = this.options.find((one) => one.name === name);
      const value = field.value();
      const missing = value === undefined && option.required;
      if (field.problem() || missing) return field.fail(field.problem() ?? "This option is required");
      if (value === undefined) continue;
      if (value instanceof File) options.push({ type: option.type, name, value: String(files.push(value) - 1) });
      else options.push({ type: option.type, name, value });
    }
    const shown = [
      `/${this.name}`,
      ...[...this.fields].map(([name, field]) => field.shown() && `${name}: ${field.shown()}`),
    ]
      .filter(Boolean)
      .join(" ");
    const attachments = files.map((file, id) => ({ id: String(id), filename: file.name }));
    this.app.client.runCommand(this.channelId, this.command, shown, {
      options: this.nested(options),
      files,
      attachments,
    });
    return this.onDone();
  }
}

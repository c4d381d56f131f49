/** Where one writes: text with completion, files, answers, slash commands. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { isArchived, isLocked, isThread } from "../state/channel_types.js";
import { PERMISSION, may, mayWrite } from "../state/permissions.js";
import { CommandForm } from "./command_form.js";
import { findCommands } from "./command_search.js";
import { completionsAt } from "./completions.js";
import { pickEmoji } from "./emoji_picker.js";
import { growing } from "./growing_text.js";
import { wireText } from "./mention_text.js";
import { Suggestions } from "./suggestions.js";
import { Uploads } from "./uploads.js";

const LONGEST_CHARS = 2000;

/** Unsent text by channel, so that looking elsewhere loses nothing. */
const drafts = new Map();

/** `list` is the message list that this composer belongs to. */
export class Composer {
  /** @type {() => void} */
  fit = () => undefined;
  /** @type {CommandForm | null} */
  form = null;

  constructor(app, channelId, list) {
    this.app = app;
    this.channelId = channelId;
    this.list = list;
    this.replyTo = null;
    this.mention = true;
    this.suggestions = new Suggestions();
    this.uploads = new Uploads(() => this.changed());
    this.element = el("form", { class: "composer", autocomplete: "off" });
    this.build();
    this.stop = ["channels", "members"].map((topic) => app.store.on(topic, () => this.updateState()));
    this.updateState();
    this.changed();
  }

  get channel() {
    return this.app.store.channels.get(this.channelId);
  }

  destroy() {
    drafts.set(this.channelId, this.area.value);
    for (const stop of this.stop) stop();
  }

  build() {
    this.area = el("textarea", {
      rows: "1",
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      value: drafts.get(this.channelId) ?? "",
    });
    this.fit = growing(this.area);
    this.counter = el("span", { class: "counter", "aria-live": "polite" });
    const tool = (name, label, click) =>
      el(
        "button",
        { type: "button", class: "icon-button", "aria-label": label, title: label, on: { click } },
        icon(name),
      );
    this.attach = tool("plusCircle", "Upload a file", () => this.uploads.choose());
    const smile = tool("smile", "Select emoji", (event) =>
      pickEmoji(this.app, event.currentTarget, (emoji) => this.insert(emoji.id ? `:${emoji.name}: ` : emoji.name)),
    );
    this.send = el(
      "button",
      { type: "submit", class: "icon-button send", "aria-label": "Send message", title: "Send message" },
      icon("send"),
    );
    this.row = el("div", { class: "composer-row" }, this.attach, this.area, this.counter, smile, this.send);
    this.replyBar = el("div", { class: "reply-bar", hidden: true });
    this.closed = el("div", { class: "composer-closed", hidden: true });
    this.box = el("div", { class: "composer-box" }, this.replyBar, this.uploads.element, this.row);
    this.element.append(this.suggestions.element, this.box, this.closed);
    this.area.addEventListener("input", () => this.typed());
    this.area.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("blur", () => this.suggestions.hide());
    this.area.addEventListener(
      "paste",
      (event) => this.uploads.take(event.clipboardData.files) && event.preventDefault(),
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
  }

  focus() {
    (this.form?.element.querySelector("input") ?? this.area).focus({ preventScroll: true });
  }

  /** Shows whether this person may write here, and if not, why. */
  updateState() {
    const { channel, app } = this;
    if (!channel) return;
    const locked = isLocked(channel) && !may(app.store, channel, PERMISSION.MANAGE_THREADS);
    const reason = locked
      ? "This thread is locked."
      : mayWrite(app.store, channel)
        ? ""
        : "You do not have permission to send messages in this channel.";
    this.box.hidden = Boolean(reason);
    this.closed.hidden = !reason;
    this.closed.textContent = reason;
    this.attach.hidden = !may(app.store, channel, PERMISSION.ATTACH_FILES);
    const name = isThread(channel) ? `"${channel.name}"` : `#${channel.name}`;
    const words = isArchived(channel) ? `Message ${name} (reopens the archived thread)` : `Message ${name}`;
    this.area.placeholder = words;
    this.area.setAttribute("aria-label", words);
  }

  typed() {
    this.changed();
    if (this.area.value && !this.area.value.startsWith("/")) this.app.client.typing(this.channelId);
    this.suggest();
  }

  changed() {
    const left = LONGEST_CHARS - this.area.value.length;
    this.counter.textContent = left < 200 ? String(left) : "";
    this.counter.classList.toggle("over", left < 0);
    this.send.disabled = !this.area.value.trim() && this.uploads.files.length === 0;
  }

  async suggest() {
    const before = this.area.value.slice(0, this.area.selectionStart);
    const asked = (this.asked = {});
    if (/^\/[^\n]*$/.test(before)) {
      const items = await findCommands(this.app, before.slice(1)).catch(() => []);
      if (this.asked === asked) this.suggestions.show(this.area, "Commands", items, (item) => this.startCommand(item));
      return;
    }
    const found = completionsAt(this.app, this.channelId, before);
    if (found)
      this.suggestions.show(this.area, found.title, found.items, (item) => this.insert(item.insert, found.length));
    else this.suggestions.hide();
  }

  /** Puts text at the caret in place of the `length` characters before it. */
  insert(text, length = 0) {
    const { selectionStart, selectionEnd } = this.area;
    this.area.setRangeText(text, selectionStart - length, selectionEnd, "end");
    this.area.focus();
    this.fit();
    this.changed();
  }

  key(event) {
    if (this.suggestions.handleKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === "ArrowUp" && !this.area.value) {
      event.preventDefault();
      this.list.editLast();
    } else if (event.key === "Escape") {
      if (!this.replyTo) return;
      this.setReply(null);
      event.stopPropagation();
    }
  }

  setReply(message) {
    this.replyTo = message;
    this.mention = true;
    this.drawReply();
    this.focus();
  }

  drawReply() {
    const message = this.replyTo;
    this.replyBar.hidden = !message;
    if (!message) return;
    const toggle = el(
      "button",
      {
        type: "button",
        class: "text-link strong",
        "aria-pressed": String(this.mention),
        title: "Whether the author is pinged",
        on: { click: () => ((this.mention = !this.mention), this.drawReply()) },
      },
      this.mention ? "@ ON" : "@ OFF",
    );
    const cancel = el(
      "button",
      { type: "button", class: "icon-button", "aria-label": "Cancel reply", on: { click: () => this.setReply(null) } },
      icon("close"),
    );
    this.replyBar.replaceChildren(
      el("span", {}, "Replying to ", el("strong", {}, this.app.store.nameOf(message.author))),
      toggle,
      cancel,
    );
  }

  submit() {
    const text = this.area.value.trim();
    const files = this.uploads.files;
    if ((!text && files.length === 0) || text.length > LONGEST_CHARS) return;
    if (text.startsWith("/") && files.length === 0) this.submitCommand(text);
    else this.sendMessage(text, files);
  }

  /** A command typed to its end starts as one; what only looks like a command is sent as it is. */
  async submitCommand(text) {
    const items = await findCommands(this.app, text.slice(1)).catch(() => []);
    const exact = items.find((item) => item.label === text);
    if (exact) this.startCommand(exact);
    else this.sendMessage(text, []);
  }

  /** Starts the command that a mention of it names. */
  async startNamed(name) {
    const items = await findCommands(this.app, name).catch(() => []);
    const exact = items.find((item) => item.name === name);
    if (exact) this.startCommand(exact);
  }

  sendMessage(text, files) {
    this.app.client.send(this.channelId, {
      content: wireText(this.app, text),
      replyTo: this.replyTo,
      files,
      mention: this.mention,
    });
    this.area.value = "";
    this.uploads.clear();
    this.setReply(null);
    this.suggestions.hide();
    this.fit();
    this.changed();
    this.list.toPresent();
  }

  startCommand({ command, path }) {
    this.form?.element.remove();
    this.area.value = "";
    this.form = new CommandForm(this.app, this.channelId, {
      command,
      path,
      suggestions: this.suggestions,
      onDone: () => this.endCommand(),
    });
    this.row.hidden = true;
    this.box.append(this.form.element);
    this.form.focus();
  }

  endCommand() {
    this.form?.element.remove();
    this.form = null;
    this.row.hidden = false;
    this.fit();
    this.changed();
    this.focus();
    this.list.toPresent();
  }
}

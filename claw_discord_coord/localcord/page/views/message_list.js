/** The log of one channel: draws what changed, keeps the place while reading, loads more at both ends. */

import { el, oncePerFrame, reconcile } from "../dom.js";
import { icon } from "../icons.js";
import { loadAround, loadLatest, loadNewer, loadOlder } from "../state/history.js";
import { dayOf, sameDay } from "../text/dates.js";
import { compareIds } from "../wire/snowflake.js";
import { channelStart } from "./channel_start.js";
import { continues, messageRow } from "./message.js";

const LOAD_WITHIN_PX = 400;
const BOTTOM_WITHIN_PX = 40;
const JUMP_BUTTON_FROM_PX = 700;

/** `onReply(message)` starts an answer; `prefix` keeps ids apart when two lists are on the page. */
export class MessageList {
  /** Nodes that are made once, by name. */
  made = new Map();

  constructor(app, channelId, { prefix, onReply }) {
    this.app = app;
    this.channelId = channelId;
    this.prefix = prefix;
    this.reply = onReply;
    this.editing = null;
    this.rows = new Map();
    this.atBottom = true;
    this.loads = 0;
    /** @type {Promise<unknown>} */
    this.loading = Promise.resolve();
    const channel = app.store.channels.get(channelId);
    this.newSince = channel && app.store.isUnread(channel) ? app.store.marks.lastRead(channelId) : null;
    const label = `Messages in ${channel?.name ?? "channel"}`;
    // The log is around the list: a role on the list itself would replace "list", which its items need.
    this.list = el("ol", { class: "messages" });
    this.scroller = el("div", { class: "scroller", role: "log", "aria-label": label, tabindex: "-1" }, this.list);
    this.jump = el("button", {
      class: "jump-to-present",
      type: "button",
      hidden: true,
      on: { click: () => this.toPresent() },
    });
    this.element = el("div", { class: "message-list" }, this.scroller, this.jump);
    this.render = oncePerFrame(() => this.draw());
    this.stop = [app.store.on(`log:${channelId}`, this.render), app.store.on("members", () => this.redraw())];
    this.listen();
  }

  get log() {
    return this.app.store.log(this.channelId);
  }

  listen() {
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.list.addEventListener("keydown", (event) => this.moveFocus(event));
    this.observer = new ResizeObserver(() => this.atBottom && this.toBottom());
    this.observer.observe(this.list);
    this.observer.observe(this.scroller);
  }

  destroy() {
    this.observer?.disconnect();
    for (const stop of this.stop) stop();
  }

  /**
   * Loads the newest messages, or those around `messageId` which is then shown.
   * @param {{messageId?: string}} where
   */
  async open({ messageId } = {}) {
    if (messageId) return this.jumpTo(messageId);
    if (this.log.loaded && !this.log.hasNewer) return this.draw();
    return this.load(loadLatest);
  }

  /** Loads a page of history once those under way are here, so that a jump is never lost to the filling of an end. */
  load(loader, ...rest) {
    this.loads += 1;
    this.loading = this.loading
      .then(() => loader(this.app, this.channelId, ...rest))
      .then(
        () => (this.failure = null),
        (error) => (this.failure = error.message),
      )
      .then(() => (this.loads -= 1));
    return this.loading.then(() => this.draw());
  }

  async jumpTo(messageId) {
    this.atBottom = false;
    if (!this.log.get(messageId)) await this.load(loadAround, messageId);
    else this.draw();
    const row = this.rows.get(messageId)?.row;
    if (!row) return;
    row.scrollIntoView({ block: "center" });
    row.classList.remove("flash");
    void row.offsetWidth;
    row.classList.add("flash");
    row.focus({ preventScroll: true });
  }

  async toPresent() {
    this.atBottom = true;
    if (this.log.hasNewer) await this.load(loadLatest);
    this.toBottom();
  }

  toBottom() {
    this.atBottom = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.markRead();
  }

  /** Shows a message as an editor, or none. */
  edit(messageId) {
    const before = this.editing;
    this.editing = messageId;
    for (const id of [before, messageId]) this.rows.delete(id);
    this.draw();
    if (!messageId) this.app.focusComposer();
  }

  /** Edits this person's newest message. */
  editLast() {
    const mine = this.log.messages.findLast(
      (message) =>
        message.author.id === this.app.store.me.id && !message.local && (message.type === 0 || message.type === 19),
    );
    if (mine) this.edit(mine.id);
  }

  redraw() {
    this.rows.clear();
    this.render();
  }

  draw() {
    const keep = this.place();
    const focus = this.focused();
    reconcile(this.list, this.nodes());
    this.restore(keep);
    this.refocus(focus);
    this.updateJump();
    if (this.atBottom) {
      this.log.prune();
      this.markRead();
    }
    this.fill();
  }

  nodes() {
    const { log } = this;
    const nodes = [];
    if (this.failure && !log.loaded) return [el("li", { class: "notice problem" }, this.failure)];
    if (!log.loaded) return [el("li", { class: "notice" }, "Loading messages…")];
    nodes.push(
      log.hasOlder
        ? this.once("older", () => el("li", { class: "notice" }, "Loading earlier messages…"))
        : this.once("start", () => channelStart(this.app, this.channelId)),
    );
    /** @type {any} */
    let before = null;
    let newShown = false;
    const seen = new Set();
    for (const message of log.messages) {
      const date = new Date(message.timestamp);
      const newDay = !before || !sameDay(new Date(before.timestamp), date);
      const fresh = !newShown && this.isNew(message);
      if (newDay || fresh) nodes.push(this.divider(newDay ? date : null, fresh));
      newShown ||= fresh;
      const grouped = !newDay && !fresh && continues(message, before);
      nodes.push(this.row(message, grouped));
      seen.add(message.id);
      before = message;
    }
    for (const id of this.rows.keys()) if (!seen.has(id)) this.rows.delete(id);
    this.offerFocus(this.rows.get(before?.id)?.row);
    return nodes;
  }

  /** Tab reaches the last message; from there the arrow keys lead on. */
  offerFocus(row) {
    if (row === this.tabStop) return;
    this.tabStop?.setAttribute("tabindex", "-1");
    row?.setAttribute("tabindex", "0");
    this.tabStop = row;
  }

  isNew(message) {
    return (
      this.newSince &&
      !message.local &&
      message.author.id !== this.app.store.me.id &&
      compareIds(message.id, this.newSince) > 0
    );
  }

  /** A node that is made once per list. */
  once(key, make) {
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key);
  }

  divider(date, fresh) {
    const text = date ? dayOf(date) : "";
    return this.once(`divider:${text}:${fresh}`, () =>
      el(
        "li",
        { class: ["divider", fresh && "new"], role: "separator" },
        el("span", { class: "line" }),
        text && el("span", { class: "day" }, text),
        text && el("span", { class: "line" }),
        fresh && el("span", { class: "new-badge" }, "NEW"),
      ),
    );
  }

  row(message, grouped) {
    const known = this.rows.get(message.id);
    if (known && known.message === message && known.grouped === grouped) return known.row;
    const row = messageRow(this.app, message, { grouped, view: this });
    this.rows.set(message.id, { message, grouped, row });
    return row;
  }

  /** Remembers a row in sight and where it stands, so that changes above it don't move it. */
  place() {
    if (this.atBottom) return null;
    const top = this.scroller.getBoundingClientRect().top;
    for (const [id, { row }] of this.rows) {
      const box = row.getBoundingClientRect();
      if (box.bottom > top && row.isConnected) return { id, offset: box.top - top };
    }
    return null;
  }

  restore(keep) {
    if (this.atBottom) {
      this.scroller.scrollTop = this.scroller.scrollHeight;
      return;
    }
    const row = keep && this.rows.get(keep.id)?.row;
    if (!row) return;
    const offset = row.getBoundingClientRect().top - this.scroller.getBoundingClientRect().top;
    this.scroller.scrollTop += offset - keep.offset;
  }

  focused() {
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    const row = /** @type {HTMLElement | null | undefined} */ (
      this.list.contains(active) ? active?.closest(".message") : null
    );
    return row && { row, id: row.dataset.id, key: active === row ? null : active?.dataset.focus };
  }

  /** Gives the focus back to the same control of a row that was drawn anew. */
  refocus(focus) {
    if (!focus || focus.row.isConnected) return;
    const row = this.rows.get(focus.id)?.row;
    const control = focus.key
      ? [...(row?.querySelectorAll("[data-focus]") ?? [])].find((one) => one.dataset.focus === focus.key)
      : row;
    control?.focus({ preventScroll: true });
  }

  moveFocus(event) {
    if (!event.target.classList.contains("message")) return;
    const rows = [...this.list.querySelectorAll(":scope > .message")];
    const index = rows.indexOf(event.target);
    const target = { ArrowUp: rows[index - 1], ArrowDown: rows[index + 1], Home: rows[0], End: rows.at(-1) }[event.key];
    if (event.key === "Escape") this.app.focusComposer();
    else if (target) target.focus();
    else return;
    event.preventDefault();
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.atBottom = !this.log.hasNewer && scrollHeight - scrollTop - clientHeight < BOTTOM_WITHIN_PX;
    if (this.atBottom) this.markRead();
    this.updateJump();
    this.fill();
  }

  /** Loads more when an end comes near. */
  fill() {
    const { log } = this;
    if (this.loads > 0 || !log.loaded || !this.scroller.isConnected || this.failure) return;
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    if (log.hasOlder && scrollTop < LOAD_WITHIN_PX) this.load(loadOlder);
    else if (log.hasNewer && scrollHeight - scrollTop - clientHeight < LOAD_WITHIN_PX) this.load(loadNewer);
  }

  updateJump() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const far = scrollHeight - scrollTop - clientHeight > JUMP_BUTTON_FROM_PX;
    const unseen = this.countUnseen();
    const words =
      unseen > 0 ? `${unseen} new ${unseen === 1 ? "message" : "messages"}` : "You're viewing older messages";
    this.jump.hidden = !far && !this.log.hasNewer && unseen === 0;
    if (words === this.jump.dataset.words) return;
    this.jump.dataset.words = words;
    this.jump.replaceChildren(el("span", {}, words), el("strong", {}, "Jump To Present ", icon("down")));
  }

  /** How many messages have come below what is in sight. */
  countUnseen() {
    const { newest } = this.log;
    if (this.atBottom) this.seenUpTo = newest?.id;
    if (!this.seenUpTo || this.log.hasNewer) return 0;
    return this.log.messages.filter((message) => !message.local && compareIds(message.id, this.seenUpTo) > 0).length;
  }

  markRead() {
    if (!document.hidden && this.element.isConnected && this.log.loaded) this.app.store.markRead(this.channelId);
  }
}

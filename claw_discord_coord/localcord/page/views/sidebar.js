/** The list of channels with their threads, and who sits here. */

import { el, oncePerFrame, reconcile } from "../dom.js";
import { icon } from "../icons.js";
import { isForum } from "../state/channel_types.js";
import { avatar } from "./avatar.js";
import { channelIcon } from "./channel_head.js";
import { moveFocus, openMenu } from "./menu.js";
import { openSwitcher } from "./quick_switcher.js";
import { applyTheme, chosenTheme } from "./theme.js";

const COLLAPSED_KEY = "localcord.collapsed";
/** More active threads than this hide behind a line that lists them all. */
const THREADS_SHOWN = 8;

export class Sidebar {
  constructor(app) {
    this.app = app;
    this.collapsed = new Set(JSON.parse(localStorage.getItem(COLLAPSED_KEY) ?? "[]"));
    this.rows = new Map();
    this.title = el("button", {
      class: "guild-name",
      type: "button",
      "aria-haspopup": "menu",
      on: { click: (event) => this.guildMenu(event.currentTarget) },
    });
    this.list = el("div", { class: "channel-list" });
    this.user = el("div", { class: "user-panel" });
    this.element = el(
      "nav",
      { class: "sidebar", "aria-label": "Channels" },
      el("header", { class: "guild-head" }, this.title),
      this.list,
      this.user,
    );
    this.listen();
    this.render = oncePerFrame(() => this.draw());
    app.store.on("channels", this.render);
    app.store.on("members", this.render);
  }

  /** Marks the open channel, and the thread beside it. */
  select(channelId, threadId = null) {
    this.selected = threadId ?? channelId;
    this.render();
  }

  /** Opens the next or the previous channel of the list. */
  step(by) {
    const all = [...this.list.querySelectorAll(".channel")];
    const index = all.findIndex((row) => row.dataset.id === this.selected);
    all[(index + by + all.length) % all.length]?.click();
  }

  draw() {
    const { store } = this.app;
    if (!store.guild) return;
    this.title.replaceChildren(el("span", {}, store.guild.name), icon("chevron"));
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    const focus = this.list.contains(active) ? active?.dataset.id : null;
    reconcile(
      this.list,
      store.tree().map((group) => this.group(group)),
    );
    if (focus && !this.list.contains(document.activeElement)) this.list.querySelector(`[data-id="${focus}"]`)?.focus();
    this.drawUser();
  }

  group({ category, channels }) {
    const closed = category && this.collapsed.has(category.id);
    const shown = closed ? channels.filter((channel) => this.isOpenHere(channel) || this.isLoud(channel)) : channels;
    const items = el(
      "ul",
      {},
      shown.map((channel) => this.channel(channel)),
    );
    if (!category) return this.keep("none", items);
    const toggle = el(
      "button",
      { class: "category", type: "button", "aria-expanded": String(!closed), data: { id: category.id } },
      icon("chevron"),
      el("span", {}, category.name),
    );
    return this.keep(category.id, el("section", { "aria-label": category.name }, toggle, items));
  }

  /** Keeps the node that is on the page when the new one says the same. */
  keep(key, node) {
    const old = this.rows.get(key);
    if (old?.isEqualNode(node)) return old;
    this.rows.set(key, node);
    return node;
  }

  toggle(id) {
    if (!this.collapsed.delete(id)) this.collapsed.add(id);
    localStorage.setItem(COLLAPSED_KEY, JSON.stringify([...this.collapsed]));
    this.draw();
  }

  isOpenHere(channel) {
    return channel.id === this.selected || this.app.store.channels.get(this.selected)?.parent_id === channel.id;
  }

  isLoud(channel) {
    return this.app.store.isUnread(channel) || this.app.store.mentionsIn(channel.id) > 0;
  }

  channel(channel) {
    const { store } = this.app;
    const threads = store.threadsOf(channel.id).filter((thread) => store.canSee(thread));
    const selected = store.channels.get(this.selected);
    if (selected?.parent_id === channel.id && !threads.includes(selected)) threads.unshift(selected);
    const shown = threads.slice(0, THREADS_SHOWN);
    if (threads.includes(selected) && !shown.includes(selected)) shown[THREADS_SHOWN - 1] = selected;
    const rest = threads.length - shown.length;
    const more =
      rest > 0 &&
      el(
        "li",
        {},
        el(
          "button",
          {
            class: "channel thread more-threads",
            type: "button",
            data: { id: `more-${channel.id}`, parent: channel.id },
          },
          `${rest} more…`,
        ),
      );
    const nested =
      threads.length > 0 &&
      el(
        "ul",
        { class: "threads", "aria-label": `Threads in ${channel.name}` },
        shown.map((thread) => el("li", {}, this.row(thread, true))),
        more,
      );
    return el("li", {}, this.row(channel, false), nested);
  }

  row(channel, nested) {
    const mentions = this.app.store.mentionsIn(channel.id);
    const current = channel.id === this.selected;
    const unread = this.isLoud(channel) && !current;
    const label = [
      channel.name,
      nested ? "thread" : isForum(channel) ? "forum" : "text channel",
      unread && "unread",
      mentions > 0 && `${mentions} mentions`,
    ]
      .filter(Boolean)
      .join(", ");
    return el(
      "button",
      {
        class: ["channel", nested && "thread", unread && "unread"],
        type: "button",
        "aria-label": label,
        "aria-current": current ? "page" : null,
        data: { id: channel.id },
        title: channel.name,
      },
      !nested && icon(channelIcon(channel)),
      el("span", { class: "name" }, channel.name),
      mentions > 0 && el("span", { class: "badge" }, String(mentions)),
    );
  }

  key(event) {
    const rows = [...this.list.querySelectorAll("button")];
    moveFocus(event, rows);
    const category = /** @type {HTMLElement | null | undefined} */ (document.activeElement?.closest(".category"));
    if (!category) return;
    const closed = category.getAttribute("aria-expanded") === "false";
    if ((event.key === "ArrowRight" && closed) || (event.key === "ArrowLeft" && !closed))
      this.toggle(category.dataset.id);
  }

  /** Clicks are heard here, since rows that say the same are kept. */
  listen() {
    this.list.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest(".channel, .category");
      if (!row) return;
      if (row.classList.contains("category")) this.toggle(row.dataset.id);
      else if (row.dataset.parent) this.app.showThreads(row.dataset.parent, row);
      else this.app.open(row.dataset.id);
    });
  }

  guildMenu(anchor) {
    const { store } = this.app;
    openMenu(
      anchor,
      [
        { label: "Find a channel (Ctrl+K)", icon: "search", run: () => openSwitcher(this.app) },
        { label: "Copy Server ID", icon: "copy", run: () => navigator.clipboard?.writeText(store.guild.id) },
      ],
      { label: "Server" },
    );
  }

  drawUser() {
    const { me } = this.app.store;
    if (!me) return;
    const face = el(
      "button",
      {
        class: "user-face",
        type: "button",
        title: "Switch person",
        on: { click: (event) => this.userMenu(event.currentTarget) },
      },
      avatar(me, 32),
      el("span", {}, el("strong", {}, this.app.store.nameOf(me)), el("span", { class: "muted" }, me.username)),
    );
    const theme = el(
      "button",
      {
        class: "icon-button",
        type: "button",
        "aria-label": "Theme",
        title: "Theme",
        "aria-haspopup": "menu",
        on: { click: (event) => this.themeMenu(event.currentTarget) },
      },
      icon("sun"),
    );
    if (this.userKey === me.id + this.app.store.nameOf(me)) return;
    this.userKey = me.id + this.app.store.nameOf(me);
    this.user.replaceChildren(face, theme);
  }

  userMenu(anchor) {
    openMenu(
      anchor,
      [
        { label: "Switch person", icon: "switch", run: () => this.app.onSwitch() },
        { label: "Copy User ID", icon: "copy", run: () => navigator.clipboard?.writeText(this.app.store.me.id) },
      ],
      { label: "You", side: "above" },
    );
  }

  themeMenu(anchor) {
    const now = chosenTheme();
    const item = (theme, label) => ({ label, checked: now === theme, run: () => applyTheme(theme) });
    openMenu(anchor, [item("system", "As the system"), item("dark", "Dark"), item("light", "Light")], {
      label: "Theme",
      side: "above",
      align: "end",
    });
  }
}

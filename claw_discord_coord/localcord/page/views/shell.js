/** The page as a whole: sidebar, the open channel, a thread beside it; and where the address leads. */

import { el } from "../dom.js";
import { TEXT, isForum, isThread } from "../state/channel_types.js";
import { ChannelView } from "./channel_view.js";
import { ForumView } from "./forum.js";
import { interactionModal } from "./interaction_modal.js";
import { MembersPanel } from "./members.js";
import { showPins } from "./pins.js";
import { closePopover } from "./popover.js";
import { showProfile } from "./profile.js";
import { openSwitcher } from "./quick_switcher.js";
import { Sidebar } from "./sidebar.js";
import { showThreads } from "./threads.js";
import { toast } from "./toast.js";

const ROUTE = /^#\/channels\/\d+\/(\d+)(?:\/threads\/(\d+)|\/(\d+))?$/;

/** What the views call `app`: the client's parts, and the ways to move about. */
export class Shell {
  constructor(root, client, { onSwitch }) {
    this.root = root;
    this.client = client;
    this.store = client.store;
    this.api = client.api;
    this.onSwitch = onSwitch;
    /** @type {any} */
    this.main = null;
    /** @type {any} */
    this.side = null;
    this.started = false;
    this.showMembers = false;
    this.sidebar = new Sidebar(this);
    this.banner = el("div", { class: "connection", role: "status", hidden: true });
    this.mainBox = el("main", { class: "main" });
    this.sideBox = el("aside", { class: "side", hidden: true, "aria-label": "Thread" });
    this.memberBox = el("aside", { class: "members-box", hidden: true, "aria-label": "Members" });
    this.scrim = el("div", { class: "scrim", on: { click: () => this.drawer(false) } });
    this.store.on("channels", () => {
      this.leaveLost();
      this.drawTitle();
    });
    addEventListener("hashchange", () => this.follow());
    addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("visibilitychange", () =>
      [this.main, this.side].forEach((view) => view?.list?.atBottom && view.list.markRead()),
    );
  }

  /** The guild is known, for the first time or anew after a lost session. */
  ready() {
    if (!this.started) {
      this.started = true;
      this.root.className = "app";
      this.root.replaceChildren(
        this.banner,
        this.sidebar.element,
        this.scrim,
        this.mainBox,
        this.sideBox,
        this.memberBox,
      );
    }
    this.main?.destroy();
    this.side?.destroy();
    this.main = this.side = null;
    this.follow();
  }

  connectionIs(state) {
    if (state === "failed" && !this.started) this.root.replaceChildren(this.banner);
    const words = {
      connecting: "Reconnecting…",
      failed: "The server refused this person. Switch to another one or reload.",
    };
    this.banner.textContent = words[state] ?? "";
    this.banner.hidden = state === "ready" || (!this.started && state !== "failed");
  }

  get guildId() {
    return this.store.guild.id;
  }

  /** Shows what the address names, or the first text channel. */
  async follow() {
    const [, channelId, threadId, messageId] = ROUTE.exec(location.hash) ?? [];
    const wanted = channelId && (await this.known(channelId)) ? channelId : this.firstChannel();
    if (!wanted) return;
    this.showMain(wanted, { messageId });
    if (threadId && (await this.known(threadId))) this.showSide(threadId);
    else this.hideSide();
  }

  firstChannel() {
    const all = this.store.tree().flatMap(({ channels }) => channels);
    return (all.find((channel) => channel.type === TEXT) ?? all[0])?.id;
  }

  /** Whether a channel exists; asks the server for threads that are not active. */
  async known(channelId) {
    if (this.store.channels.has(channelId)) return true;
    try {
      const channel = await this.api.get(`/channels/${channelId}`);
      if (channel.guild_id && channel.guild_id !== this.guildId) return false;
      this.store.channels.set(channelId, channel);
      this.store.emit("channels");
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Opens a channel in the middle, or jumps within the one that shows the message already.
   * @param {string} channelId
   * @param {{messageId?: string}} where
   */
  open(channelId, { messageId } = {}) {
    const shown = [this.main, this.side].find((view) => view?.channelId === channelId && view.list);
    if (messageId && shown) return shown.list.jumpTo(messageId);
    this.drawer(false);
    return this.go(`${channelId}${messageId ? `/${messageId}` : ""}`);
  }

  /** Opens a thread beside the channel it belongs to. */
  openBeside(threadId, thread = null) {
    if (thread && !this.store.channels.has(threadId)) this.store.channels.set(threadId, thread);
    const parent = this.store.channels.get(threadId)?.parent_id ?? this.main?.channelId;
    this.drawer(false);
    return this.go(`${parent}/threads/${threadId}`);
  }

  closeBeside() {
    return this.go(this.main.channelId);
  }

  go(path) {
    closePopover();
    const hash = `#/channels/${this.guildId}/${path}`;
    if (location.hash === hash) return this.follow();
    location.hash = hash;
    return undefined;
  }

  /**
   * @param {string} channelId
   * @param {{messageId?: string}} where
   */
  showMain(channelId, { messageId } = {}) {
    if (this.main?.channelId === channelId) {
      if (messageId) this.main.list?.jumpTo(messageId);
      return;
    }
    this.main?.destroy();
    const channel = this.store.channels.get(channelId);
    this.main = isForum(channel) ? new ForumView(this, channelId) : new ChannelView(this, channelId, { side: false });
    this.mainBox.replaceChildren(this.main.element);
    this.main.open({ messageId });
    this.drawTitle();
    this.sidebar.select(channelId);
    this.drawMembers();
  }

  /** The open channel, and how often this person was called elsewhere. */
  drawTitle() {
    const channel = this.store.channels.get(this.main?.channelId);
    if (!channel) return;
    const calls = [...(this.store.marks?.mentions.values() ?? [])].reduce((sum, count) => sum + count, 0);
    document.title = `${calls > 0 ? `(${calls}) ` : ""}${isThread(channel) ? "" : "#"}${channel.name} — ${this.store.guild.name}`;
  }

  showSide(threadId) {
    if (this.side?.channelId === threadId) return;
    this.side?.destroy();
    this.side = new ChannelView(this, threadId, { side: true });
    this.sideBox.replaceChildren(this.side.element);
    this.sideBox.hidden = false;
    this.root.classList.add("with-side");
    this.side.open();
    this.sidebar.select(this.main.channelId, threadId);
    this.drawMembers();
  }

  hideSide() {
    this.root.classList.remove("with-side");
    this.sideBox.hidden = true;
    this.sideBox.replaceChildren();
    this.side?.destroy();
    this.side = null;
    if (this.main) this.sidebar.select(this.main.channelId);
    this.drawMembers();
  }

  toggleMembers() {
    this.showMembers = !this.showMembers;
    this.drawMembers();
  }

  drawMembers() {
    const visible = this.showMembers && !this.side;
    this.memberBox.hidden = !visible;
    if (visible && !this.members) {
      this.members = new MembersPanel(this);
      this.memberBox.append(this.members.element);
    }
  }

  /** Leaves a channel or thread that was deleted, or that may no longer be seen. */
  leaveLost() {
    if (!this.started || !this.main) return;
    const gone = (view) =>
      view && (!this.store.channels.has(view.channelId) || !this.store.canSee(this.store.channels.get(view.channelId)));
    if (gone(this.main)) this.go(this.firstChannel() ?? "0");
    else if (gone(this.side)) this.closeBeside();
  }

  drawer(open) {
    this.root.classList.toggle("drawer-open", open);
  }

  /** The channel or thread that holds an element. */
  viewOf(element) {
    return this.side?.element.contains(element) ? this.side : this.main;
  }

  focusComposer() {
    this.viewOf(document.activeElement)?.composer?.focus();
  }

  /** Begins a slash command by its name, where the element that was clicked stands. */
  startCommand(name, element) {
    this.viewOf(element)?.composer?.startNamed(name);
  }

  key(event) {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openSwitcher(this);
    } else if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) {
      if (this.root.classList.contains("drawer-open")) this.drawer(false);
      else if (this.side) this.closeBeside();
    } else if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      this.sidebar.step(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  /** Shows the error of something that was tried; resolves to its result, or undefined. */
  async attempt(promise) {
    try {
      return await promise;
    } catch (error) {
      toast(error.message);
      return undefined;
    }
  }

  showModal(modal) {
    interactionModal(this, modal);
  }

  showProfile(user, anchor) {
    showProfile(this, user, anchor);
  }

  showPins(channelId, anchor = this.anchorFor(channelId, "pins")) {
    showPins(this, channelId, anchor);
  }

  showThreads(channelId, anchor = this.anchorFor(channelId, "threads")) {
    showThreads(this, channelId, anchor);
  }

  anchorFor(channelId, name) {
    const view = [this.side, this.main].find((one) => one?.channelId === channelId) ?? this.main;
    return view.element.querySelector(`[data-tool=${name}]`) ?? view.element;
  }
}

/** A forum: its posts as cards, newest activity first, and archived ones below. */

import { el, oncePerFrame, reconcile } from "../dom.js";
import { icon } from "../icons.js";
import { mayWrite } from "../state/permissions.js";
import { channelHead } from "./channel_head.js";
import { forumCard } from "./forum_card.js";
import { newPost } from "./new_post.js";
import { tagFace } from "./forum_tags.js";
import { richText } from "./rich_text.js";

export class ForumView {
  constructor(app, channelId) {
    this.app = app;
    this.channelId = channelId;
    this.cards = new Map();
    this.tags = new Set();
    this.order = this.channel.default_sort_order === 1 ? "created" : "active";
    this.head = el("header", { class: "channel-head" });
    this.search = el("input", { type: "search", placeholder: "Search posts by title", "aria-label": "Search posts" });
    this.search.addEventListener("input", () => this.draw());
    this.filters = el("div", { class: "forum-tags", role: "group", "aria-label": "Filter by tag" });
    this.list = el("ul", { class: "forum-cards", "aria-label": "Posts" });
    this.older = el(
      "button",
      { class: "button secondary", type: "button", on: { click: () => this.loadArchived() } },
      "Load older posts",
    );
    this.bar = el("div", { class: "forum-bar" });
    this.guide = el("div", { class: "forum-guide markup" });
    this.element = el(
      "section",
      { class: "channel-view forum", "aria-label": this.channel.name },
      this.head,
      el(
        "div",
        { class: "scroller" },
        el("div", { class: "forum-body" }, this.bar, this.guide, this.filters, this.list, this.older),
      ),
    );
    this.render = oncePerFrame(() => this.draw());
    this.stop = app.store.on("channels", this.render);
  }

  get channel() {
    return this.app.store.channels.get(this.channelId);
  }

  open() {
    this.draw();
    return this.loadArchived();
  }

  destroy() {
    this.stop();
  }

  draw() {
    const { app, channel } = this;
    if (!channel) return;
    const key = JSON.stringify([channel.name, channel.topic, channel.available_tags, [...this.tags], this.order]);
    if (key !== this.drawnKey) this.drawHead(key);
    const posts = [...app.store.threadsOf(channel.id), ...app.store.threadsOf(channel.id, { archived: true })];
    const wanted = this.search.value.toLowerCase();
    const shown = posts.filter(
      (post) =>
        post.name.toLowerCase().includes(wanted) && [...this.tags].every((tag) => post.applied_tags?.includes(tag)),
    );
    if (this.order === "created") shown.sort((a, b) => (BigInt(b.id) > BigInt(a.id) ? 1 : -1));
    shown.sort((a, b) => this.rank(b) - this.rank(a));
    reconcile(
      this.list,
      shown.length > 0
        ? shown.map((post) => this.card(post))
        : [el("li", { class: "muted" }, "There are no posts here.")],
    );
  }

  /** Pinned posts first (flag 1 << 1), archived ones last. */
  rank(post) {
    return (post.flags & 2 ? 2 : 0) - (post.thread_metadata?.archived ? 1 : 0);
  }

  drawHead(key) {
    const { app, channel } = this;
    this.drawnKey = key;
    this.head.replaceChildren(...channelHead(app, channel, { side: false }));
    const create =
      mayWrite(app.store, channel) &&
      el(
        "button",
        { class: "button primary", type: "button", on: { click: () => newPost(app, channel) } },
        icon("plus"),
        "New Post",
      );
    const order = el(
      "select",
      { "aria-label": "Sort by", on: { change: (event) => this.sortBy(event.target.value) } },
      option("active", "Recent activity", this.order),
      option("created", "Date posted", this.order),
    );
    this.bar.replaceChildren(...[this.search, order, create].filter(Boolean));
    this.guide.hidden = !channel.topic;
    this.guide.replaceChildren(...richText(app, channel.topic ?? ""));
    const tags = channel.available_tags ?? [];
    this.filters.hidden = tags.length === 0;
    this.filters.replaceChildren(...tags.map((tag) => this.tagButton(tag)));
  }

  sortBy(order) {
    this.order = order;
    this.draw();
  }

  tagButton(tag) {
    const on = this.tags.has(tag.id);
    const toggle = () => {
      if (!this.tags.delete(tag.id)) this.tags.add(tag.id);
      this.draw();
    };
    return el(
      "button",
      { class: ["tag", on && "on"], type: "button", "aria-pressed": String(on), on: { click: toggle } },
      tagFace(tag),
    );
  }

  card(post) {
    const known = this.cards.get(post.id);
    if (known?.post === post) return known.element;
    const element = forumCard(this.app, this.channel, post);
    this.cards.set(post.id, { post, element });
    return element;
  }

  async loadArchived() {
    const path = `/channels/${this.channelId}/threads/archived/public?limit=25${this.before ? `&before=${encodeURIComponent(this.before)}` : ""}`;
    const page = await this.app.attempt(this.app.api.get(path));
    if (!page) return;
    for (const thread of page.threads) this.app.store.channels.set(thread.id, thread);
    this.before = page.threads.at(-1)?.thread_metadata.archive_timestamp ?? this.before;
    this.older.hidden = !page.has_more;
    this.draw();
  }
}

function option(value, label, now) {
  const element = el("option", { value }, label);
  element.selected = value === now;
  return element;
}

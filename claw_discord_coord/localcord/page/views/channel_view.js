/** One open channel or thread: head, log, who is typing, and where one writes. */

import { el } from "../dom.js";
import { isThread } from "../state/channel_types.js";
import { channelHead } from "./channel_head.js";
import { Composer } from "./composer.js";
import { MessageList } from "./message_list.js";
import { TypingLine } from "./typing_line.js";
import { acceptDrops } from "./uploads.js";

/** `side` is true for the thread that stands beside its channel. */
export class ChannelView {
  constructor(app, channelId, { side }) {
    this.app = app;
    this.channelId = channelId;
    this.side = side;
    this.list = new MessageList(app, channelId, {
      prefix: side ? "side" : "main",
      onReply: (message) => this.composer.setReply(message),
    });
    this.composer = new Composer(app, channelId, this.list);
    this.typing = new TypingLine(app, channelId);
    this.head = el("header", { class: "channel-head" });
    this.element = el(
      "section",
      { class: "channel-view", "aria-label": this.name },
      this.head,
      this.list.element,
      el("div", { class: "foot" }, this.composer.element, this.typing.element),
    );
    acceptDrops(this.element, this.composer.uploads, `Upload to ${this.name}`);
    this.stop = app.store.on("channels", () => this.drawHead());
    this.drawHead();
  }

  get channel() {
    return this.app.store.channels.get(this.channelId);
  }

  get name() {
    return `${isThread(this.channel) ? "" : "#"}${this.channel?.name ?? ""}`;
  }

  /** @param {{messageId?: string}} where */
  open({ messageId } = {}) {
    const opened = this.list.open({ messageId });
    if (matchMedia("(pointer: fine)").matches && !messageId) this.composer.focus();
    return opened;
  }

  drawHead() {
    if (!this.channel) return;
    const key = JSON.stringify([
      this.channel.name,
      this.channel.topic,
      this.channel.thread_metadata,
      this.app.store.channels.get(this.channel.parent_id)?.name,
    ]);
    if (key === this.headKey) return;
    this.headKey = key;
    this.head.replaceChildren(...channelHead(this.app, this.channel, { side: this.side }));
  }

  destroy() {
    this.stop();
    this.list.destroy();
    this.composer.destroy();
    this.typing.destroy();
  }
}

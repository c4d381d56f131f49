/** The stretch of one channel's messages that this page holds, oldest first. */

import { compareIds } from "../wire/snowflake.js";

const EPHEMERAL = 1 << 6;
/** Past this many messages the oldest are let go while the reader is at the newest. */
const KEPT = 300;
const KEPT_AFTER_PRUNING = 150;

/** Message objects are replaced, never changed, so a view can tell by identity what to draw again. */
export class MessageLog {
  constructor() {
    this.messages = [];
    this.loaded = false;
    this.hasOlder = true;
    this.hasNewer = false;
    this.requests = 0;
    this.waiting = [];
    this.whispers = [];
  }

  /** Asks for a page of history; what happens until it is here is applied after it, so that nothing is lost or undone. */
  async during(request) {
    this.requests += 1;
    try {
      return await request();
    } finally {
      this.requests -= 1;
      if (this.requests === 0) for (const work of this.waiting.splice(0)) work();
    }
  }

  /** Runs a change of this log now, or when the page that is under way has come. */
  change(work) {
    if (this.requests > 0) this.waiting.push(work);
    else work();
  }

  get newest() {
    return this.messages.findLast((message) => !message.local) ?? null;
  }

  get oldest() {
    return this.messages.find((message) => !message.local) ?? null;
  }

  get(id) {
    return this.messages.find((message) => message.id === id);
  }

  /** Puts a message in its place, over one with the same id or over the unsent one with the same nonce. */
  add(message) {
    const same = this.messages.findIndex(
      (other) =>
        other.id === message.id || (other.local && message.nonce != null && other.nonce === String(message.nonce)),
    );
    if (same >= 0) this.messages.splice(same, 1);
    let index = this.messages.length;
    while (index > 0 && compareIds(this.messages[index - 1].id, message.id) > 0) index -= 1;
    this.messages.splice(index, 0, message);
  }

  update(id, update) {
    const index = this.messages.findIndex((message) => message.id === id);
    if (index < 0) return false;
    this.messages[index] = update(this.messages[index]);
    return true;
  }

  remove(id) {
    const before = this.messages.length;
    this.messages = this.messages.filter((message) => message.id !== id);
    return this.messages.length !== before;
  }

  /**
   * Takes a page of history (any order). `replace` forgets what was held before, but for what no history tells:
   * unsent messages, and whispers, which come back when the newest messages are shown.
   */
  merge(page, { replace = false, hasOlder = this.hasOlder, hasNewer = this.hasNewer }) {
    if (replace) {
      this.whispers.push(...this.messages.filter((message) => message.flags & EPHEMERAL));
      this.messages = this.messages.filter((message) => message.local);
    }
    for (const message of page) this.add(message);
    if (!hasNewer) for (const message of this.whispers.splice(0)) this.add(message);
    Object.assign(this, { loaded: true, hasOlder, hasNewer });
  }

  prune() {
    if (this.messages.length <= KEPT || this.hasNewer) return;
    this.messages = this.messages.slice(-KEPT_AFTER_PRUNING);
    this.hasOlder = true;
  }
}

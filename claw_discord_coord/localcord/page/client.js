/** One person at this page: the API, the gateway and the store joined, and what the person can do with them. */

import { apply } from "./state/events.js";
import { Store } from "./state/store.js";
import { Api } from "./wire/api.js";
import { Gateway } from "./wire/gateway.js";
import { Interactions } from "./wire/interactions.js";
import { compareIds, freshId } from "./wire/snowflake.js";

/** Message flags (https://discord.com/developers/docs/resources/message#message-object-message-flags). */
export const FLAG = {
  SUPPRESS_EMBEDS: 1 << 2,
  HAS_THREAD: 1 << 5,
  EPHEMERAL: 1 << 6,
  LOADING: 1 << 7,
  COMPONENTS_V2: 1 << 15,
};

const TYPING_EVERY_MS = 8000;

/** `onState` gets the gateway's state; `onReady` runs when the guild is first known and after every lost session. */
export class Client {
  constructor(person, { onState, onReady, onModal }) {
    this.person = person;
    this.api = new Api(person.token);
    this.store = new Store();
    this.interactions = new Interactions(this.api, null);
    this.onModal = onModal;
    this.typedAt = new Map();
    const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/gateway`;
    this.gateway = new Gateway(url, person.token, { onDispatch: (type, data) => this.receive(type, data), onState });
    this.store.on("guild", () => {
      this.interactions.guildId = this.store.guild.id;
      this.commands = null;
      onReady();
    });
  }

  start() {
    this.gateway.connect();
  }

  receive(type, data) {
    if (type === "INTERACTION_MODAL_CREATE") this.onModal(data);
    if (this.interactions.receive(type, data)) return;
    apply(this.store, type, data);
  }

  /**
   * Sends a message; it shows at once as unsent, and keeps its error there if Discord refuses it.
   * @param {string} channelId
   * @param {{content?: string, replyTo?: any, files?: File[], mention?: boolean}} draft
   */
  async send(channelId, { content = "", replyTo = null, files = [], mention = true }) {
    const nonce = freshId();
    const draft = { content, replyTo, files, mention };
    const shown = this.putLocal(channelId, nonce, { content, replyTo, draft, files });
    const body = { content, nonce, enforce_nonce: true };
    if (files.length > 0) body.attachments = files.map((file, id) => ({ id, filename: file.name }));
    if (replyTo) {
      body.message_reference = { channel_id: channelId, message_id: replyTo.id };
      body.allowed_mentions = { parse: ["users", "roles", "everyone"], replied_user: mention };
    }
    try {
      const message = await this.api.post(`/channels/${channelId}/messages`, body, files);
      const log = this.store.log(channelId);
      log.remove(shown.id);
      if (log.loaded && !log.hasNewer && !log.get(message.id)) log.add(message);
      this.store.emit(`log:${channelId}`);
    } catch (error) {
      this.failLocal(channelId, nonce, error.message);
    }
  }

  /** Shows something in a channel that the server does not know of: an unsent message or a command under way. */
  /**
   * @param {string} channelId
   * @param {string} id
   * @param {{content: string, replyTo?: any, draft?: any, files?: File[], notice?: string}} shown
   */
  putLocal(channelId, id, { content, replyTo, draft, files = [], notice }) {
    const log = this.store.log(channelId);
    const newest = log.newest?.id ?? "0";
    const message = {
      id: compareIds(id, newest) > 0 ? id : String(BigInt(newest) + 1n),
      nonce: id,
      local: { state: "sending", draft, files: files.map((file) => file.name), notice },
      channel_id: channelId,
      type: replyTo ? 19 : 0,
      author: this.store.me,
      content,
      timestamp: new Date().toISOString(),
      referenced_message: replyTo,
      mentions: [],
      attachments: [],
      embeds: [],
    };
    log.add(message);
    this.store.emit(`log:${channelId}`);
    return message;
  }

  failLocal(channelId, nonce, reason) {
    const log = this.store.log(channelId);
    const message = log.messages.find((other) => other.local && other.nonce === nonce);
    if (message) log.update(message.id, (old) => ({ ...old, local: { ...old.local, state: "failed", reason } }));
    this.store.emit(`log:${channelId}`);
  }

  dropLocal(channelId, id) {
    if (this.store.log(channelId).remove(id)) this.store.emit(`log:${channelId}`);
  }

  /** Runs a command and shows how it goes in the channel until the application answers. */
  async runCommand(channelId, command, shownAs, input = {}) {
    const nonce = freshId();
    const shown = this.putLocal(channelId, nonce, { content: shownAs, notice: "Sending command…" });
    try {
      await this.interactions.command(channelId, command, input);
      this.dropLocal(channelId, shown.id);
    } catch (error) {
      const silent = error.message === "failed";
      this.failLocal(channelId, nonce, silent ? "The application did not respond" : error.message);
    }
  }

  /** Tells the others that this person types, at most every few seconds. */
  typing(channelId) {
    const now = Date.now();
    if (now - (this.typedAt.get(channelId) ?? 0) < TYPING_EVERY_MS) return;
    this.typedAt.set(channelId, now);
    this.api.post(`/channels/${channelId}/typing`).catch(() => {});
  }

  /** Adds this person's reaction, or takes it back. */
  react(message, emoji, on) {
    const name = encodeURIComponent(emoji.id ? `${emoji.name}:${emoji.id}` : emoji.name);
    const path = `/channels/${message.channel_id}/messages/${message.id}/reactions/${name}/@me`;
    return on ? this.api.put(path) : this.api.delete(path);
  }

  edit(message, content) {
    return this.api.patch(`/channels/${message.channel_id}/messages/${message.id}`, { content });
  }

  remove(message) {
    return this.api.delete(`/channels/${message.channel_id}/messages/${message.id}`);
  }

  /** All commands of this guild as {applications, application_commands}; asked for once per session. */
  commandIndex() {
    this.commands ??= this.api.get(`/guilds/${this.store.guild.id}/application-command-index`).catch((error) => {
      this.commands = null;
      throw error;
    });
    return this.commands;
  }

  /** Forgets the commands, so that those a bot has registered meanwhile are seen. */
  refreshCommands() {
    this.commands = null;
  }
}

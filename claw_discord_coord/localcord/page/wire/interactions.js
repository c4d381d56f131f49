/** What a person does to an application: commands, clicks, choices, modals; and how the application answered. */

import { freshId } from "./snowflake.js";

/** Interaction types (https://discord.com/developers/docs/interactions/receiving-and-responding). */
const TYPE = { COMMAND: 2, COMPONENT: 3, AUTOCOMPLETE: 4, MODAL_SUBMIT: 5 };
/** Discord gives an application 3 s; a little more passes before its verdict arrives here. */
const VERDICT_MS = 6000;

/** The application refused, failed or stayed silent. */
export class InteractionFailed extends Error {}

/** Posts interactions and matches the gateway's verdicts to them by nonce. */
export class Interactions {
  constructor(api, guildId) {
    this.api = api;
    this.guildId = guildId;
    this.sessionId = null;
    this.waiting = new Map();
  }

  /**
   * Runs a slash or context-menu command; `options` as Discord nests them.
   * @param {string} channelId
   * @param {any} command
   * @param {{options?: any[], targetId?: string, attachments?: any[], files?: File[]}} input
   */
  command(channelId, command, { options = [], targetId, attachments = [], files = [] } = {}) {
    const data = { version: command.version, id: command.id, name: command.name, type: command.type ?? 1, options };
    data.attachments = attachments;
    if (targetId) data.target_id = targetId;
    return this.submit(
      { type: TYPE.COMMAND, application_id: command.application_id, channel_id: channelId, data },
      files,
    );
  }

  /** Clicks a button or sends a select's values; `channelId` is where the person sees the message and gets the reply. */
  component(channelId, message, component, values) {
    const data = { component_type: component.type, custom_id: component.custom_id };
    if (values) data.values = values;
    return this.submit({
      type: TYPE.COMPONENT,
      application_id: message.application_id ?? message.author.id,
      channel_id: channelId,
      message_id: message.id,
      message_flags: message.flags ?? 0,
      data,
    });
  }

  /** Sends a filled modal; `modal` is the INTERACTION_MODAL_CREATE event. */
  modal(modal, components, files = [], attachments = []) {
    const data = { id: modal.id, custom_id: modal.custom_id, components, attachments };
    const application_id = modal.application?.id ?? modal.application_id;
    return this.submit({ type: TYPE.MODAL_SUBMIT, application_id, channel_id: modal.channel_id, data }, files);
  }

  /** Asks the application for choices; resolves to [{name, value}], empty when it stays silent. */
  autocomplete(channelId, command, options) {
    const data = { version: command.version, id: command.id, name: command.name, type: command.type ?? 1, options };
    const body = { type: TYPE.AUTOCOMPLETE, application_id: command.application_id, channel_id: channelId, data };
    return this.submit(body).then(
      (event) => event?.choices ?? [],
      () => [],
    );
  }

  async submit(body, files = []) {
    const nonce = freshId();
    const verdict = new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.settle(nonce, null, "failed"), VERDICT_MS);
      this.waiting.set(nonce, { resolve, reject, timer });
    });
    const request = { ...body, guild_id: this.guildId, session_id: this.sessionId, nonce };
    this.api.post("/interactions", request, files).catch((error) => this.settle(nonce, null, error.message));
    return verdict;
  }

  settle(nonce, event, failure) {
    const entry = this.waiting.get(nonce);
    if (!entry) return;
    this.waiting.delete(nonce);
    clearTimeout(entry.timer);
    if (failure) entry.reject(new InteractionFailed(failure));
    else entry.resolve(event);
  }

  /** Takes a dispatch; true when it was a verdict. */
  receive(type, data) {
    if (type === "READY") this.sessionId = data.session_id;
    else if (type === "INTERACTION_SUCCESS") this.settle(data.nonce, data);
    else if (type === "INTERACTION_MODAL_CREATE") this.settle(data.nonce, data);
    else if (type === "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE") this.settle(data.nonce, data);
    else if (type === "INTERACTION_FAILURE") this.settle(data.nonce, null, "failed");
    else return false;
    return type !== "READY";
  }
}

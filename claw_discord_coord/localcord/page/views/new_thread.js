/** Starts a thread, from a message or on its own. */

import { el } from "../dom.js";
import { preview } from "./rich_text.js";
import { field, formDialog } from "./dialog.js";

const PUBLIC_THREAD = 11;
const NAME_CHARS = 100;

/**
 * Asks for a name; with `message` the thread grows from it. Opens the thread when it is made.
 * @param {any} app
 * @param {any} channel
 * @param {any} message
 */
export function startThread(app, channel, message = null) {
  const suggestion = message ? preview(app, message.content).split("\n")[0].slice(0, 40) : "";
  const name = el("input", {
    type: "text",
    maxlength: String(NAME_CHARS),
    required: true,
    placeholder: "New Thread",
    value: suggestion,
  });
  formDialog({
    title: "Create Thread",
    subtitle: message ? "It starts from this message." : `In #${channel.name}`,
    fields: field("Thread Name", name, { required: true }),
    confirm: "Create Thread",
    async submit() {
      const path = message
        ? `/channels/${channel.id}/messages/${message.id}/threads`
        : `/channels/${channel.id}/threads`;
      const body = message ? { name: name.value } : { name: name.value, type: PUBLIC_THREAD };
      const thread = await app.api.post(path, body);
      app.openBeside(thread.id, thread);
    },
  });
}

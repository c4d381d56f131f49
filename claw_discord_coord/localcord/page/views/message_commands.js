/** An application's commands for one message or one user, offered as a menu. */

import { openMenu } from "./menu.js";

/** Command types (https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-types). */
const USER = 2;
const MESSAGE = 3;

/** Offers the context-menu commands for a message. */
export function messageCommands(app, message, anchor) {
  return offer(app, MESSAGE, message.id, message.channel_id, anchor);
}

/** Offers the context-menu commands for a user, to be answered in `channelId`. */
export function userCommands(app, user, channelId, anchor) {
  return offer(app, USER, user.id, channelId, anchor);
}

async function offer(app, type, targetId, channelId, anchor) {
  const { applications, application_commands: commands } = await app.client.commandIndex();
  const fitting = commands.filter((command) => command.type === type);
  const items = fitting.map((command) => ({
    label: `${command.name} — ${applications.find((one) => one.id === command.application_id)?.name ?? "app"}`,
    run: () => app.client.runCommand(channelId, command, command.name, { targetId }),
  }));
  openMenu(anchor, items.length > 0 ? items : [{ label: "No commands here", run: () => {} }], { label: "Apps" });
}

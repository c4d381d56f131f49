/** Finds slash commands by what has been typed; subcommands stand on their own, as in Discord. */

import { avatar } from "./avatar.js";

const SUBCOMMAND = 1;
const GROUP = 2;
const MOST = 12;

/** Items for the completion list: {command, path, label, detail, source}. */
export async function findCommands(app, typed) {
  const { applications, application_commands: commands } = await app.client.commandIndex();
  const wanted = typed.trim().toLowerCase();
  const items = commands
    .filter((command) => (command.type ?? 1) === 1)
    .flatMap((command) => leaves(command, applications));
  const fitting = items.filter((item) => item.name.includes(wanted) || wanted.startsWith(`${item.name} `));
  return fitting
    .sort((a, b) => b.name.startsWith(wanted) - a.name.startsWith(wanted) || a.name.localeCompare(b.name))
    .slice(0, MOST);
}

/** A command, or each of its subcommands; `path` is the chain of options that leads to one. */
function leaves(command, applications) {
  const application = applications.find((one) => one.id === command.application_id);
  const make = (path) => ({
    command,
    path,
    name: [command.name, ...path.map((option) => option.name)].join(" "),
    label: `/${[command.name, ...path.map((option) => option.name)].join(" ")}`,
    detail: (path.at(-1) ?? command).description,
    source: application?.name,
    face: () => avatar(application?.bot ?? { username: application?.name ?? "app" }, 24),
  });
  const children = (command.options ?? []).filter((option) => option.type === SUBCOMMAND || option.type === GROUP);
  if (children.length === 0) return [make([])];
  return children.flatMap((option) =>
    option.type === GROUP ? (option.options ?? []).map((sub) => make([option, sub])) : [make([option])],
  );
}

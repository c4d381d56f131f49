/** The start of the page: chooses a person, connects, and shows the guild. */

import { Client } from "./client.js";
import { choosePerson, forgetPerson, rememberedPerson } from "./views/people.js";
import { Shell } from "./views/shell.js";
import { applyTheme } from "./views/theme.js";

const RELOAD_KEY = "localcord.reloaded";
const RELOAD_AGAIN_MS = 10_000;

const root = document.getElementById("app");
/** @type {Shell} */
let shell;

async function start() {
  applyTheme();
  const person = (await rememberedPerson()) ?? (await choosePerson());
  const client = new Client(person, {
    onState: (state) => (state === "failed" && mayReload() ? location.reload() : shell.connectionIs(state)),
    onReady: () => shell.ready(),
    onModal: (modal) => shell.showModal(modal),
  });
  shell = new Shell(root, client, { onSwitch });
  client.start();
}

/** A server that was started anew has new tokens: one reload fetches them, a second refusal is shown. */
function mayReload() {
  const last = Number(sessionStorage.getItem(RELOAD_KEY) ?? 0);
  sessionStorage.setItem(RELOAD_KEY, String(Date.now()));
  return Date.now() - last > RELOAD_AGAIN_MS;
}

function onSwitch() {
  forgetPerson();
  location.reload();
}

await start();

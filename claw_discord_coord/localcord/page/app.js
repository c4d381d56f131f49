/** The start of the page: chooses a person, connects, and shows the guild. */

import { Client } from "./client.js";
import { choosePerson, forgetPerson, rememberedPerson } from "./views/people.js";
import { Shell } from "./views/shell.js";
import { applyTheme } from "./views/theme.js";

const root = document.getElementById("app");
let shell = null;

async function start() {
  applyTheme();
  const person = (await rememberedPerson()) ?? (await choosePerson());
  const client = new Client(person, {
    onState: (state) => shell.connectionIs(state),
    onReady: () => shell.ready(),
    onModal: (modal) => shell.showModal(modal),
  });
  shell = new Shell(root, client, { onSwitch });
  client.start();
}

function onSwitch() {
  forgetPerson();
  location.reload();
}

await start();

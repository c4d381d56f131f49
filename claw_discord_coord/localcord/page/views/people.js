/** Who sits at this page: chosen once, remembered by the browser; each tab may be another person. */

import { el } from "../dom.js";
import { avatar } from "./avatar.js";
import { openDialog } from "./dialog.js";

const KEY = "localcord.person";

/** The people of this server as [{name, token, user_id, username, global_name}]. */
async function people() {
  const response = await fetch("/localcord/people");
  if (!response.ok) throw new Error(`The list of people was refused (${response.status})`);
  return response.json();
}

/** The person named by `?as=`, by this tab, or by an earlier visit; null when none of them is known here. */
export async function rememberedPerson() {
  const asked = new URLSearchParams(location.search).get("as");
  const name = asked ?? sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);
  const person = name ? (await people()).find((one) => one.name === name) : null;
  if (person) remember(person);
  return person ?? null;
}

function remember(person) {
  sessionStorage.setItem(KEY, person.name);
  localStorage.setItem(KEY, person.name);
}

/** Forgets the choice, so that the next start asks again. */
export function forgetPerson() {
  sessionStorage.removeItem(KEY);
  localStorage.removeItem(KEY);
  const address = new URL(location.href);
  address.searchParams.delete("as");
  history.replaceState(null, "", address);
}

/** Asks who is here. */
export async function choosePerson() {
  const known = await people();
  return new Promise((resolve) => {
    const choose = (person) => {
      remember(person);
      dialog.close();
      resolve(person);
    };
    const buttons = known.map((person) =>
      el(
        "button",
        { class: "person", type: "button", on: { click: () => choose(person) } },
        avatar({ username: person.username ?? person.name, global_name: person.global_name ?? person.name }, 48),
        el(
          "span",
          {},
          el("strong", {}, person.global_name ?? person.name),
          el("span", { class: "muted" }, person.username ?? person.name),
        ),
      ),
    );
    const content = el("div", { class: "dialog-body people" }, buttons);
    const dialog = openDialog({
      title: "Welcome!",
      subtitle: "Who are you on this local Discord?",
      content,
      className: "small",
      closable: false,
    });
  });
}

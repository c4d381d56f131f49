/** The people and applications of the guild, by their highest shown role. */

import { el, oncePerFrame } from "../dom.js";
import { avatar } from "./avatar.js";
import { appTag } from "./author.js";

export class MembersPanel {
  constructor(app) {
    this.app = app;
    this.element = el("div", { class: "members" });
    app.store.on(
      "members",
      oncePerFrame(() => this.draw()),
    );
    this.draw();
  }

  draw() {
    const { store } = this.app;
    const groups = new Map();
    const members = [...store.members.values()].sort((a, b) =>
      store.nameOf(a.user).localeCompare(store.nameOf(b.user)),
    );
    for (const { user } of members) {
      const role = store.rolesOf(user.id).find((one) => one.hoist);
      const key = role?.name ?? (user.bot ? "Apps" : "Members");
      if (!groups.has(key)) groups.set(key, { position: role?.position ?? (user.bot ? -2 : -1), users: [] });
      groups.get(key).users.push(user);
    }
    const sorted = [...groups].sort(([, a], [, b]) => b.position - a.position);
    this.element.replaceChildren(
      ...sorted.map(([name, { users }]) =>
        el(
          "section",
          {},
          el("h2", {}, `${name} — ${users.length}`),
          users.map((user) => this.row(user)),
        ),
      ),
    );
  }

  row(user) {
    const color = this.app.store.colorOf(user.id);
    const style = color ? { color: `#${color.toString(16).padStart(6, "0")}` } : {};
    return el(
      "button",
      { class: "member", type: "button", on: { click: (event) => this.app.showProfile(user, event.currentTarget) } },
      avatar(user, 32),
      el("span", { style }, this.app.store.nameOf(user)),
      appTag(user),
    );
  }
}

/** "Ada is typing…" */

import { el } from "../dom.js";

export class TypingLine {
  constructor(app, channelId) {
    this.app = app;
    this.channelId = channelId;
    this.element = el("div", { class: "typing", role: "status", "aria-live": "polite" });
    this.stop = app.store.on(`typing:${channelId}`, () => this.draw());
    this.draw();
  }

  destroy() {
    this.stop();
  }

  draw() {
    const { store } = this.app;
    const now = Date.now();
    const typing = [...(store.typing.get(this.channelId) ?? [])].filter(([, until]) => until > now).map(([id]) => id);
    const names = typing.map((id) => el("strong", {}, store.user(id) ? store.nameOf(store.user(id)) : "Someone"));
    this.element.replaceChildren(...words(names));
  }
}

function words(names) {
  if (names.length === 0) return [];
  const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
  if (names.length > 3) return [dots, "Several people are typing…"];
  const joined = names
    .flatMap((name, index) => [index === 0 ? "" : index === names.length - 1 ? " and " : ", ", name])
    .filter(Boolean);
  return [dots, el("span", {}, joined, names.length === 1 ? " is typing…" : " are typing…")];
}

/** A small card about a user or a webhook. */

import { el } from "../dom.js";
import { fullDate } from "../text/dates.js";
import { dateOf } from "../wire/snowflake.js";
import { appTag } from "./author.js";
import { avatar, colorFor } from "./avatar.js";
import { userCommands } from "./message_commands.js";
import { openPopover } from "./popover.js";

/** Opens the card beside `anchor`. */
export function showProfile(app, user, anchor) {
  const { store } = app;
  const roles = store.rolesOf(user.id);
  const mention = () => {
    app.viewOf(anchor)?.composer?.insert(`@${user.username} `);
  };
  const known = store.members.has(user.id);
  const card = [
    el("div", { class: "profile-banner", style: { "--face": colorFor(user.username ?? "?") } }),
    el("div", { class: "profile-face" }, avatar(user, 72)),
    el(
      "div",
      { class: "profile-body" },
      el("h2", {}, store.nameOf(user), appTag(user)),
      el("p", { class: "muted" }, known ? user.username : "Webhook or former member"),
      roles.length > 0 && [
        el("h3", {}, "Roles"),
        el(
          "div",
          { class: "role-chips" },
          roles.map((role) =>
            el(
              "span",
              {
                class: "role-chip",
                style: { "--role": role.color ? `#${role.color.toString(16).padStart(6, "0")}` : "var(--muted)" },
              },
              role.name,
            ),
          ),
        ),
      ],
      el("h3", {}, "Created"),
      el("p", {}, fullDate(dateOf(user.id))),
      known &&
        el(
          "div",
          { class: "profile-tools" },
          el("button", { class: "button secondary small", type: "button", on: { click: mention } }, "Mention"),
          el(
            "button",
            {
              class: "button secondary small",
              type: "button",
              on: { click: () => userCommands(app, user, app.viewOf(anchor).channelId, anchor) },
            },
            "Apps",
          ),
        ),
    ),
  ];
  openPopover(anchor, card, {
    className: "profile",
    label: `Profile of ${store.nameOf(user)}`,
    side: "right",
    focus: true,
  });
}

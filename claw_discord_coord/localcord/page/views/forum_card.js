/** One post of a forum as a card: tags, title, the first words, how much was said and when. */

import { el } from "../dom.js";
import { icon } from "../icons.js";
import { isArchived } from "../state/channel_types.js";
import { dateOf } from "../wire/snowflake.js";
import { age } from "./age.js";
import { avatar } from "./avatar.js";
import { tagFace, tagsOf } from "./forum_tags.js";
import { ownUrl } from "./links.js";
import { preview } from "./rich_text.js";
import { whenSeen } from "./when_seen.js";

/** First messages by post; null when the author has deleted it. */
const starters = new Map();

/** The card; its first message is asked for when the card comes into sight. */
export function forumCard(app, forum, post) {
  const owner = app.store.user(post.owner_id);
  const words = el("span", { class: "card-words" });
  const face = el("span", { class: "card-picture", hidden: true });
  const unread = app.store.isUnread(post);
  const open = () => app.openBeside(post.id, post);
  const tags = tagsOf(forum, post);
  const card = el(
    "button",
    { class: ["forum-card", unread && "unread"], type: "button", data: { id: post.id }, on: { click: open } },
    el(
      "span",
      { class: "card-main" },
      (tags.length > 0 || post.flags & 2 || isArchived(post)) &&
        el(
          "span",
          { class: "card-tags" },
          post.flags & 2 ? el("span", { class: "tag on" }, icon("pin"), "Pinned") : null,
          isArchived(post) && el("span", { class: "tag" }, icon("archive"), "Closed"),
          tags.map((tag) => el("span", { class: "tag" }, tagFace(tag))),
        ),
      el("strong", { class: "card-title" }, post.name),
      words,
      el(
        "span",
        { class: "card-foot" },
        owner && avatar(owner, 18),
        owner && el("span", {}, app.store.nameOf(owner)),
        icon("forum"),
        el("span", {}, String(post.message_count ?? 0)),
        el("span", {}, "•"),
        age(dateOf(post.last_message_id ?? post.id), "short"),
      ),
    ),
    face,
  );
  const show = (message) => fill(app, message, words, face);
  if (starters.has(post.id)) show(starters.get(post.id));
  else whenSeen(card, async () => show(await starter(app, post.id)));
  return el("li", {}, card);
}

/** The first message of a post has the post's id. */
async function starter(app, postId) {
  const message = await app.api.get(`/channels/${postId}/messages/${postId}`).catch(() => null);
  starters.set(postId, message);
  return message;
}

function fill(app, message, words, face) {
  words.textContent = message ? preview(app, message.content) || "(no text)" : "The first message was deleted";
  const media = message?.attachments?.find(
    (file) => file.content_type?.startsWith("image/") && file.content_type !== "image/svg+xml",
  );
  const url = media && ownUrl(media.url);
  if (!url) return;
  face.hidden = false;
  face.append(el("img", { src: url, alt: "" }));
}

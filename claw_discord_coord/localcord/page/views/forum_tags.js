/** The tags of a forum and of its posts. */

import { el } from "../dom.js";
import { componentEmoji } from "./component_face.js";

/** What is written on a tag. */
export function tagFace(tag) {
  return [componentEmoji({ name: tag.emoji_name, id: tag.emoji_id }), tag.name];
}

/** The tags that `forum` has and `post` bears. */
export function tagsOf(forum, post) {
  return (post.applied_tags ?? []).map((id) => forum?.available_tags?.find((tag) => tag.id === id)).filter(Boolean);
}

/** The tags of a post in a row, or null. */
export function tagChips(forum, post) {
  const tags = tagsOf(forum, post);
  return tags.length > 0
    ? el(
        "div",
        { class: "card-tags" },
        tags.map((tag) => el("span", { class: "tag" }, tagFace(tag))),
      )
    : null;
}

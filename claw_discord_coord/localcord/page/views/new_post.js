/** Writes a new post in a forum. */

import { el } from "../dom.js";
import { field, formDialog } from "./dialog.js";
import { tagFace } from "./forum_tags.js";
import { wireText } from "./mention_text.js";
import { Uploads } from "./uploads.js";

const MOST_TAGS = 5;
/** The forum insists on a tag (https://discord.com/developers/docs/resources/channel#channel-object-channel-flags). */
const REQUIRE_TAG = 1 << 4;

/** Asks for title, text, tags and files, and opens the post when it is made. */
export function newPost(app, forum) {
  const title = el("input", { type: "text", maxlength: "100", required: true });
  const text = el("textarea", { rows: "6", maxlength: "2000" });
  const uploads = new Uploads(() => {});
  const chosen = new Set();
  const tags = el(
    "div",
    { class: "forum-tags", role: "group", "aria-label": "Tags" },
    (forum.available_tags ?? []).map((tag) => tagButton(tag, chosen)),
  );
  const attach = el(
    "button",
    { class: "button secondary small", type: "button", on: { click: () => uploads.choose() } },
    "Add files",
  );
  formDialog({
    title: "New Post",
    subtitle: `In ${forum.name}`,
    className: "form",
    fields: [
      field("Title", title, { required: true }),
      field("Message", text),
      uploads.element,
      attach,
      forum.available_tags?.length > 0 &&
        field(`Tags (up to ${MOST_TAGS})`, tags, { required: Boolean(forum.flags & REQUIRE_TAG) }),
    ],
    confirm: "Post",
    async submit() {
      if (!text.value.trim() && uploads.files.length === 0) throw new Error("Write a message or add a file.");
      const message = { content: wireText(app, text.value) };
      if (uploads.files.length > 0)
        message.attachments = uploads.files.map((file, id) => ({ id, filename: file.name }));
      const post = await app.api.post(
        `/channels/${forum.id}/threads`,
        { name: title.value, applied_tags: [...chosen], message },
        uploads.files,
      );
      app.openBeside(post.id, post);
    },
  });
}

function tagButton(tag, chosen) {
  const button = el("button", { class: "tag", type: "button", "aria-pressed": "false" }, tagFace(tag));
  button.addEventListener("click", () => {
    if (!chosen.delete(tag.id) && chosen.size < MOST_TAGS) chosen.add(tag.id);
    button.classList.toggle("on", chosen.has(tag.id));
    button.setAttribute("aria-pressed", String(chosen.has(tag.id)));
  });
  return button;
}

/** Faces: the picture a user has here, or initials on a color of their own. */

import { el } from "../dom.js";

const COLORS = [
  "#5865f2",
  "#3ba55c",
  "#c27c0e",
  "#ed4245",
  "#eb459e",
  "#1abc9c",
  "#9b59b6",
  "#3498db",
  "#e67e22",
  "#607d8b",
  "#206694",
  "#ad1457",
];

/** A stable color for a name (the hash is FNV-1a). */
export function colorFor(text) {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193) >>> 0;
  return COLORS[((hash ^ (hash >>> 15)) >>> 0) % COLORS.length];
}

function initials(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const letters =
    words.length > 1 ? [...words[0]][0] + [...words.at(-1)][0] : [...(words[0] ?? "?")].slice(0, 2).join("");
  return letters.toUpperCase();
}

/** `user` is a Discord user, or a webhook's author; decorative, the name stands beside it. */
export function avatar(user, size = 40) {
  const name = user?.global_name ?? user?.username ?? "?";
  const face = el("span", {
    class: "avatar",
    "aria-hidden": "true",
    style: { "--size": `${size}px`, "--face": colorFor(user?.username ?? name) },
  });
  face.append(initials(name));
  if (user?.avatar) {
    const image = el("img", {
      src: `/avatars/${user.id}/${encodeURIComponent(user.avatar)}.png`,
      alt: "",
      loading: "lazy",
    });
    image.addEventListener("error", () => image.remove());
    face.append(image);
  }
  return face;
}

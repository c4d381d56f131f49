/** A picture over the whole page. */

import { el } from "../dom.js";

/** Shows a picture of this server until it is clicked or Escape is pressed. */
export function openLightbox(url, description) {
  const dialog = el(
    "dialog",
    { class: "lightbox", "aria-label": description || "Image" },
    el("img", { src: url, alt: description || "" }),
    el("a", { href: url, target: "_blank", rel: "noopener noreferrer", autofocus: true }, "Open in Browser"),
  );
  dialog.addEventListener("click", (event) => event.target.tagName !== "A" && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** A small layer beside a control: one at a time, closed by Escape, by a click elsewhere, or when the control goes. */

import { el } from "../dom.js";

/** @type {any} */
let current = null;

/** Closes the open layer, if any, and gives the focus back. */
export function closePopover({ refocus = false } = {}) {
  const closing = current;
  if (!closing) return;
  current = null;
  closing.layer.remove();
  removeEventListener("pointerdown", closing.outside, true);
  removeEventListener("resize", closing.leave);
  closing.anchor?.setAttribute?.("aria-expanded", "false");
  closing.onClose?.();
  if (refocus) closing.opener?.focus?.();
}

export const isPopoverOpen = () => current !== null;

/**
 * Shows `content` beside `anchor` (an element, or {x, y} for a context menu).
 * `side` is "below", "above" or "right"; the layer is moved so that it stays on the screen.
 * @param {any} anchor
 * @param {any} content
 * @param {{side?: string, align?: string, label?: string, role?: string, className?: string, onClose?: () => void, focus?: boolean}} options
 */
export function openPopover(
  anchor,
  content,
  { side = "below", align = "start", label, role = "dialog", className = "", onClose, focus = true } = {},
) {
  const again = current && current.anchor === anchor && anchor instanceof Element && current.className === className;
  closePopover();
  if (again) return null;
  const layer = el("div", { class: `popover ${className}`, role, "aria-label": label, tabindex: "-1" }, content);
  const outside = (event) => {
    if (!layer.contains(event.target) && !(anchor instanceof Element && anchor.contains(event.target))) closePopover();
  };
  const leave = () => closePopover();
  layer.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    event.preventDefault();
    closePopover({ refocus: true });
  });
  const host = (anchor instanceof Element && anchor.closest("dialog")) || document.body;
  host.append(layer);
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", leave);
  current = {
    layer,
    anchor,
    className,
    outside,
    leave,
    onClose,
    opener: anchor instanceof Element ? anchor : document.activeElement,
  };
  if (anchor instanceof Element) anchor.setAttribute("aria-expanded", "true");
  place(layer, anchor, side, align);
  if (focus)
    (layer.querySelector("[autofocus], [role=menuitem], input, button") ?? layer).focus({ preventScroll: true });
  return layer;
}

/** Moves the open layer again after its size has changed. */
export function place(layer, anchor, side, align) {
  const box =
    anchor instanceof Element
      ? anchor.getBoundingClientRect()
      : { left: anchor.x, right: anchor.x, top: anchor.y, bottom: anchor.y };
  const { offsetWidth: width, offsetHeight: height } = layer;
  const gap = anchor instanceof Element ? 6 : 2;
  let left = align === "end" ? box.right - width : box.left;
  let top = box.bottom + gap;
  if (side === "above" || (side === "below" && top + height > innerHeight && box.top - gap - height > 0))
    top = box.top - gap - height;
  if (side === "right") {
    left = box.right + gap;
    top = box.top;
    if (left + width > innerWidth) left = box.left - gap - width;
  }
  layer.style.setProperty("left", `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`);
  layer.style.setProperty("top", `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`);
}

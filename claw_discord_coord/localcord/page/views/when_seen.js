/** Work that waits until an element comes into sight. */

/** Runs `work` once, when `element` is first on the screen. */
export function whenSeen(element, work) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    work();
  });
  observer.observe(element);
}

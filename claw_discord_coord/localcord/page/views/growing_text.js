/** A text field that grows with its text. */

const TALLEST = 0.45;

/** Keeps a textarea as high as its text, up to about half of the window; returns the function that measures again. */
export function growing(area) {
  const fit = () => {
    area.style.setProperty("height", "auto");
    const height = Math.min(area.scrollHeight, innerHeight * TALLEST);
    area.style.setProperty("height", `${height}px`);
    area.style.setProperty("overflow-y", area.scrollHeight > height ? "auto" : "hidden");
  };
  area.addEventListener("input", fit);
  requestAnimationFrame(fit);
  return fit;
}

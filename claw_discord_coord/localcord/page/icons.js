/** Line icons of this page, drawn on a grid of 24. */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  hash: "M5 9h15M4 15h15M10 4 8 20M16 4l-2 16",
  announcement: "M4 10v4h3l8 5V5l-8 5H4zM18.5 9a4 4 0 0 1 0 6",
  voice: "M4 10v4h3l5 4V6l-5 4H4zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
  forum: "M4 5h12v9H9l-4 3v-3H4zM19 9h1v9h-1v3l-4-3h-5",
  thread: "M5 5v7a4 4 0 0 0 4 4h10M14 11l5 5-5 5",
  threads: "M4 6h12M4 11h9M4 16h6M14 15h6M17 12v6",
  pin: "M9 4h6l-1 6 4 4H6l4-4zM12 14v6",
  members:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 3-6 6.500-6s6.500 2 6.500 6zM16 11a3 3 0 1 0-1-5.800M17.500 14c2.500.500 4 2.500 4 6",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  plusCircle: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 8v8M8 12h8",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8 14c1 2 2.500 3 4 3s3-1 4-3M9 9.500v.5M15 9.500v.5",
  react:
    "M19 12a8 8 0 1 1-7-8M7.500 14c1 2 2.200 2.500 3.500 2.500s2.500-.5 3.500-2.500M8.500 9.500v.5M13.500 9.500v.5M19 2v6M16 5h6",
  reply: "M10 6 4 12l6 6M4 12h10a6 6 0 0 1 6 6",
  edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  more: "M4.500 12a.7.7 0 1 0 1.400 0 .7.7 0 1 0-1.400 0M11.300 12a.7.7 0 1 0 1.400 0 .7.7 0 1 0-1.400 0M18.100 12a.7.7 0 1 0 1.400 0 .7.7 0 1 0-1.400 0",
  down: "M12 5v14M6 13l6 6 6-6",
  back: "M19 12H5M11 6l-6 6 6 6",
  menu: "M4 7h16M4 12h16M4 17h16",
  chevron: "M6 9l6 6 6-6",
  right: "M9 6l6 6-6 6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  file: "M6 3h8l5 5v13H6zM14 3v5h5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
  moon: "M20 14.500A8.500 8.500 0 1 1 9.500 4a7 7 0 0 0 10.500 10.500z",
  screen: "M3 5h18v11H3zM9 20h6M12 16v4",
  check: "M5 12l5 5 9-10",
  send: "M4 12 20 4l-5 16-4-6z",
  copy: "M8 8h11v12H8zM5 16V4h11",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  eye: "M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  archive: "M4 4h16v5H4zM5 9v11h14V9M10 13h4",
  switch: "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
  slash: "M5 4h14v16H5zM14 8l-4 8",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l5 5",
  at: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM16 8v5.500a2.500 2.500 0 0 0 5 0V12a9 9 0 1 0-4 7.500",
  warning: "M12 4 2.500 20h19zM12 10v5M12 17.500v.5",
  join: "M13 5h6v14h-6M4 12h11M11 8l4 4-4 4",
};

/** An icon as an element; decorative, so name the control that holds it. */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon ${className}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Dark or light: as the system says, or as chosen here. */

const KEY = "localcord.theme";

/** "system", "dark" or "light". */
export function chosenTheme() {
  return localStorage.getItem(KEY) ?? "system";
}

/** Sets the chosen theme on the document. */
export function applyTheme(theme = chosenTheme()) {
  if (theme === "system") {
    localStorage.removeItem(KEY);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(KEY, theme);
    document.documentElement.dataset.theme = theme;
  }
}

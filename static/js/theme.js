// Runs in <head>, before anything is painted. The server already rendered the theme from the cookie; this only
// repairs a lost cookie from localStorage, so that the choice survives "clear cookies on exit".
"use strict";

(() => {
  const root = document.documentElement;
  root.classList.add("js");
  let theme = null;
  try {
    theme = localStorage.getItem("portal_theme");
  } catch {
    return; // storage may be forbidden: the cookie alone then decides
  }
  if (theme === "light" || theme === "dark") root.dataset.bsTheme = theme;
  else if (theme === "system") delete root.dataset.bsTheme;
})();

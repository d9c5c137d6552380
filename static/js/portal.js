// The page's own behaviour. Everything here is a convenience: each page works without it.
// Tabler's script is not loaded: menus are <details>, the phone's rail is a popover, dialogs are <dialog>.
"use strict";

const THEME_KEY = "portal_theme";
const TOAST_MS = 8000;
const YEAR_S = 31536000;

// --- theme: remembered here for the next visit and in a cookie, so that the server paints it right at once

const readTheme = () => {
  try {
    return localStorage.getItem(THEME_KEY) ?? document.documentElement.dataset.bsTheme ?? "system";
  } catch {
    return document.documentElement.dataset.bsTheme ?? "system";
  }
};

const showTheme = (theme) => {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset.bsTheme;
  else root.dataset.bsTheme = theme;
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
};

const keepTheme = (theme) => {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${THEME_KEY}=${theme}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`;
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // storage forbidden: the cookie will do
  }
  showTheme(theme);
};

// --- toasts

const toasts = () => document.getElementById("toasts");

const leaveLater = (note) => {
  // An error stays until it is dismissed; anything else waits while it is being read.
  if (note.dataset.level === "error") return;
  const leave = () => {
    if (note.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else note.remove();
  };
  setTimeout(leave, TOAST_MS);
};

const toast = (level, text) => {
  const pattern = document.getElementById("toast_template");
  if (!pattern || !text) return;
  const note = pattern.content.firstElementChild.cloneNode(true);
  note.dataset.level = level;
  note.querySelector(".toast-text").textContent = text;
  toasts().append(note);
  leaveLater(note);
};

// --- clicks, by delegation: fragments that arrive later need no wiring

const copy = async (button) => {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Plain http has no clipboard API: copy by way of a selection.
    const area = document.createElement("textarea");
    area.value = button.dataset.copy;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  button.dataset.done = "";
  announce(toasts()?.dataset.textCopied);
  setTimeout(() => delete button.dataset.done, 1500);
};

const announce = (text) => {
  const line = document.getElementById("announcer");
  if (line && text) line.textContent = text;
};

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-copy], [data-dismiss], [data-help], [data-theme-choice]");
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  if (!target) return;
  if ("copy" in target.dataset) copy(target);
  else if ("dismiss" in target.dataset) target.closest("[data-toast]").remove();
  else if ("help" in target.dataset) document.getElementById("help")?.showModal();
  else keepTheme(target.dataset.themeChoice);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-select-all]")) {
    const place = event.target.dataset.selectAll; // beside a list that is no table
    const list = place ? document.querySelector(place) : event.target.closest("table");
    const boxes = list?.querySelectorAll(".row-select") ?? [];
    for (const box of boxes) box.checked = event.target.checked;
  }
});

// --- keys

const isTyping = (element) => element.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

const moveRow = (step) => {
  const rows = [...document.querySelectorAll("[data-rows] > tr, [data-rows] > li")];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
};

const currentRow = () => document.activeElement.closest("[data-rows] > tr, [data-rows] > li");

const KEYS = {
  "/": () => document.getElementById("search_box")?.focus(),
  "?": () => document.getElementById("help")?.showModal(),
  j: () => moveRow(1),
  k: () => moveRow(-1),
  x: () => currentRow()?.querySelector(".row-select")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = document.querySelector("details[data-menu][open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target === currentRow()) {
    event.target.querySelector("a")?.click();
  } else if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault(); // or the "/" would be typed into the search box
    KEYS[event.key]();
  }
});

// --- htmx: an address people keep and send on holds only what was chosen

document.addEventListener("htmx:configRequest", (event) => {
  const { verb, formData } = event.detail;
  if (verb !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});

// --- htmx: say what happened, also to those who cannot see it

document.addEventListener("toast", (event) => toast(event.detail.level ?? "info", event.detail.text));
document.addEventListener("htmx:afterSettle", () => announce(document.querySelector("[data-announce]")?.textContent.trim()));
document.addEventListener("htmx:sendError", (event) => {
  if (!isPolling(event)) toast("error", toasts()?.dataset.textOffline);
});
document.addEventListener("htmx:responseError", (event) => {
  if (isPolling(event)) return;
  const isForbidden = [401, 403].includes(event.detail.xhr.status);
  toast("error", isForbidden ? toasts()?.dataset.textForbidden : toasts()?.dataset.textFailed);
});

// A poll that fails will come again by itself; a toast every 15 seconds helps nobody.
const isPolling = (event) => Boolean(event.detail.elt?.getAttribute("hx-trigger")?.startsWith("every"));

// --- ages on a page that stays open must not lie

const ageText = (seconds, language) => {
  const format = new Intl.RelativeTimeFormat(language, { style: "narrow", numeric: "auto" });
  const minutes = Math.trunc(seconds / 60);
  if (Math.abs(minutes) < 60) return format.format(minutes, "minute");
  if (Math.abs(minutes) < 48 * 60) return format.format(Math.trunc(minutes / 60), "hour");
  return format.format(Math.trunc(minutes / 1440), "day");
};

const refreshAges = () => {
  const language = document.documentElement.lang;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    // Months and years keep the server's words: they do not change while one looks.
    if (Math.abs(seconds) < 60 * 86400) time.textContent = ageText(seconds, language);
  }
};

// On a phone the tabs scroll sideways: bring today's into view (scrollIntoView would move the page as well).
for (const tab of document.querySelectorAll(".tab[aria-current]")) tab.closest(".tab-list").scrollLeft = tab.offsetLeft - 48;

showTheme(readTheme());
toasts()?.querySelectorAll("[data-toast]").forEach(leaveLater);
setInterval(refreshAges, 60000);

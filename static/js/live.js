// Pages that change while they are open. An element with data-live-poll asks for news (templates/components/live_poll.html);
// the answer's parts (data-live-part) are put in by their ids, but never where somebody is at work: those wait for the next
// look. Lists (data-live-list) are merged line by line, so that nothing jumps. What differs is marked and read out.
"use strict";

const LIVE_FLASH_MS = 2500;
const LIVE_SOON_MS = 500; // where something is under way, the next look comes sooner
const LIVE_READ_OUT = 5; // no more lines at once
const LIVE_LONGEST = 200; // lines of a list, before the page is taken anew
const liveWaiting = new Map(); // id of a part -> what is to stand there once nobody is at work in it
let liveSpoken = [];

// --- what somebody is doing: a field, a menu, a marked text

const liveIsBusy = (part) => {
  const focus = document.activeElement;
  const marked = getSelection();
  return (
    (focus !== part && part.contains(focus)) ||
    part.querySelector("details[open]") !== null ||
    (marked !== null && !marked.isCollapsed && part.contains(marked.anchorNode))
  );
};

// --- what is new

const liveText = (element) => element.dataset.liveValue ?? element.textContent.replace(/\s+/g, " ").trim();

const liveMarked = (part) => [...part.querySelectorAll("[data-live]"), ...(part.matches("[data-live]") ? [part] : [])];

const liveTexts = (part) => new Map(liveMarked(part).map((element) => [element.dataset.live, liveText(element)]));

const liveTell = (before, part) => {
  for (const element of liveMarked(part)) {
    const text = liveText(element);
    if (before.get(element.dataset.live) === text) continue;
    element.classList.add("live-flash");
    setTimeout(() => element.classList.remove("live-flash"), LIVE_FLASH_MS);
    if (element.dataset.liveSay) liveSpoken.push(`${element.dataset.liveSay}: ${text}`);
  }
};

// --- putting in. Each of these says whether everything could be put in.

const liveReplace = (old, fresh) => {
  if (liveIsBusy(old)) return false;
  old.replaceWith(fresh);
  htmx.process(fresh);
  return true;
};

const liveLists = (part) => (part.matches("[data-live-list]") ? [part] : [...part.querySelectorAll("[data-live-list]")]);

const liveMergeAll = (old, fresh) => {
  const known = new Map(liveLists(old).map((list) => [list.id, list]));
  return liveLists(fresh).map((list) => !known.has(list.id) || liveMerge(known.get(list.id), list)).every(Boolean);
};

const liveMergeLine = (old, fresh) => {
  if (liveLists(old).length && liveLists(fresh).length) return liveMergeAll(old, fresh);
  if (liveText(old) === liveText(fresh)) return true;
  const box = fresh.querySelector(".row-select");
  if (box) box.checked = old.querySelector(".row-select")?.checked ?? false;
  return liveReplace(old, fresh);
};

// The newest lines, in order. Those of the list below them stay; those between that are no longer among them go.
const liveMerge = (list, fresh) => {
  const lines = [...fresh.children];
  const ids = new Set(lines.map((line) => line.id));
  const shown = [...list.children];
  const last = shown.findLast((line) => ids.has(line.id));
  let next = last ? last.nextElementSibling : list.firstElementChild;
  let isWhole = true;
  for (const line of shown.slice(0, Math.max(shown.indexOf(last), 0))) {
    if (ids.has(line.id)) continue;
    if (liveIsBusy(line)) isWhole = false;
    else line.remove();
  }
  for (const line of lines.reverse()) {
    const old = shown.find((other) => other.id === line.id);
    if (old) isWhole = liveMergeLine(old, line) && isWhole;
    else for (const elsewhere of document.querySelectorAll(`#${CSS.escape(line.id)}`)) elsewhere.remove();
    const place = old?.isConnected ? old : line;
    if (place.parentElement !== list || place.nextElementSibling !== next) list.insertBefore(place, next);
    if (!old) htmx.process(line);
    next = place;
  }
  return isWhole;
};

const livePut = (part, fresh) => {
  const before = liveTexts(part);
  const isMerged = liveLists(part).length > 0 && liveLists(fresh).length > 0;
  const spare = fresh.cloneNode(true); // merging takes it to pieces
  const isWhole = isMerged ? liveMergeAll(part, fresh) : liveReplace(part, fresh);
  liveTell(before, isMerged || !isWhole ? part : fresh);
  if (isWhole) liveWaiting.delete(part.id);
  else liveWaiting.set(part.id, spare);
};

const liveTryAgain = () => {
  for (const [id, fresh] of [...liveWaiting]) {
    const part = document.getElementById(id);
    if (part) livePut(part, fresh);
    else liveWaiting.delete(id);
  }
};

// A list that has grown for hours is taken anew, unless somebody reads further down.
const liveShorten = () => {
  for (const list of document.querySelectorAll("[data-live-list][data-live-anew]")) {
    const whole = document.querySelector(list.dataset.liveAnew);
    const isRead = liveIsBusy(whole) || scrollY > 0 || (list.closest(".table-frame")?.scrollTop ?? 0) > 0;
    if (list.children.length > LIVE_LONGEST && !isRead) htmx.ajax("GET", location.href, { target: whole, swap: "outerHTML" });
  }
};

// --- asking

const isLivePoll = (event) => event.detail.elt?.hasAttribute?.("data-live-poll") ?? false;

const liveStop = (element, text) => {
  element.remove();
  toast("error", text);
};

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isLivePoll(event) && document.hidden) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const element of document.querySelectorAll("[data-live-poll]")) htmx.trigger(element, "live-look");
});
// Whoever is not signed in any more is led to another page: that is no answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isLivePoll(event)) return;
  const asked = new URL(event.detail.pathInfo.finalRequestPath, location.href);
  if (new URL(event.detail.xhr.responseURL).pathname === asked.pathname) return;
  event.detail.shouldSwap = false;
  liveStop(event.detail.elt, toasts()?.dataset.textEnded);
});
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const part = event.detail.target;
  if (!part.hasAttribute("data-live-part")) return;
  event.detail.shouldSwap = false;
  livePut(part, event.detail.fragment.firstElementChild);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isLivePoll(event)) return;
  liveTryAgain();
  liveShorten();
  if (liveSpoken.length) announce([...new Set(liveSpoken)].slice(0, LIVE_READ_OUT).join(". "));
  liveSpoken = [];
  if (document.querySelector("[data-live-soon]")) setTimeout(() => htmx.trigger(event.detail.elt, "live-look"), LIVE_SOON_MS);
});

// The sheet beside a page: what a link with hx-target="#sheet_body" brings is shown in a dialog. Without this script such
// links are plain pages. Escape and the focus trap are the dialog's own.
"use strict";

const SHEET_FIELDS = "input:not([type=hidden]):not([disabled]), select, textarea, .is-invalid";
let sheetOpener = null;

const theSheet = () => document.getElementById("sheet");

const rememberOpener = (element) => {
  const menu = element.closest("details[data-menu]");
  sheetOpener = menu ? menu.querySelector("summary") : element;
  if (menu) menu.open = false;
};

const showSheet = (body) => {
  const sheet = theSheet();
  if (!sheet.open) sheet.showModal();
  sheet.scrollTop = 0;
  const title = body.querySelector("#plan_title"); // a plan is read first, from its top
  if (title) title.tabIndex = -1;
  (title ?? body.querySelector(".is-invalid") ?? body.querySelector(SHEET_FIELDS) ?? body.querySelector("a, button") ?? sheet).focus();
};

document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target.id === "sheet_body" && !theSheet()?.open) rememberOpener(event.detail.elt);
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "sheet_body") showSheet(event.detail.target);
});
// Forms of what is shown, such as the plan's, stay in the sheet too; what they complain about comes as a whole page.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const isOurs = form.closest("#sheet_body") && form.method === "post" && !form.hasAttribute("hx-post");
  if (!isOurs || event.defaultPrevented) return;
  event.preventDefault();
  if (form.hasAttribute("data-busy")) return;
  form.setAttribute("data-busy", "");
  const address = event.submitter?.getAttribute("formaction") ?? form.action;
  const values = Object.fromEntries(new FormData(form, event.submitter));
  htmx.ajax("POST", address, { source: "#sheet_body", target: "#sheet_body", values }).finally(() => form.removeAttribute("data-busy"));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "sheet_body" || event.detail.xhr.status !== 422) return;
  event.detail.shouldSwap = true;
  event.detail.isError = false;
  event.detail.selectOverride = "#plan, #manage";
});
document.addEventListener("click", (event) => {
  const sheet = theSheet();
  if (!sheet?.open) return;
  const isBeside = event.target === sheet; // its padding is none: a click on the dialog itself hit the backdrop
  const closer = event.target.closest("[data-sheet-close]");
  if (closer && sheet.contains(closer)) event.preventDefault();
  if (isBeside || closer) sheet.close();
});
// "close" does not bubble. What the plan changed shows on the page below: the strip asks.
document.addEventListener(
  "close",
  (event) => {
    if (event.target !== theSheet()) return;
    document.getElementById("sheet_body").replaceChildren();
    (sheetOpener?.isConnected ? sheetOpener : document.getElementById("manage_menu"))?.focus();
    document.body.dispatchEvent(new CustomEvent("sheet-closed"));
  },
  true,
);

// The bar above the list: says how many rows are ticked and what would be done with them. Everything works without it.
"use strict";

const CALL_SIZE = 100; // SIMs the platform tells in one call

const bulkFill = (text, values) => text.replace(/\{(\w+)\}/g, (_whole, name) => values[name].toLocaleString(document.documentElement.lang));

const bulkHead = (boxes, ticked) => {
  const head = document.querySelector("[data-select-all]");
  if (!head) return;
  head.checked = ticked > 0 && ticked === boxes.length;
  head.indeterminate = ticked > 0 && ticked < boxes.length;
};

const bulkWords = (bar, ticked) => {
  const count = bar.querySelector(".bulk-count");
  count.textContent = ticked ? bulkFill(count.dataset.ticked, { n: ticked }) : count.dataset.none;
  for (const word of bar.querySelectorAll("[data-word]")) {
    word.dataset.plain ??= word.textContent;
    word.textContent = ticked ? bulkFill(word.dataset.ticked, { n: ticked }) : word.dataset.plain;
  }
  const price = bar.querySelector("[data-price]");
  const n = ticked || Number(bar.dataset.selection ?? 0);
  const text = n === 0 ? "idle" : n === 1 ? "one" : n <= CALL_SIZE ? "few" : "many";
  if (price) price.textContent = bulkFill(price.dataset[text], { n, calls: Math.ceil(n / CALL_SIZE) });
};

const showTicked = () => {
  const bar = document.getElementById("bulk_form");
  if (!bar) return;
  const boxes = [...document.querySelectorAll(".row-select")];
  const ticked = boxes.filter((box) => box.checked).length;
  const hasSims = ticked > 0 || "selection" in bar.dataset;
  bulkHead(boxes, ticked);
  bulkWords(bar, ticked);
  bar.classList.toggle("has-ticks", ticked > 0);
  for (const button of bar.querySelectorAll("[data-needs-ticks]")) button.disabled = ticked === 0;
  for (const button of bar.querySelectorAll("button[data-needs-sims]")) button.disabled = !hasSims;
};

document.addEventListener("change", (event) => {
  if (event.target.matches(".row-select, [data-select-all]")) showTicked();
});
document.addEventListener("htmx:afterSettle", showTicked);
// A browser that goes back restores the ticks after this script has run.
addEventListener("pageshow", showTicked);
showTicked();

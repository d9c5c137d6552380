// The bar above the list: says how many rows are ticked and what would be done with them. Everything works without it.
"use strict";

const bulkBoxes = () => [...document.querySelectorAll(".row-select")];

const showTicked = () => {
  const bar = document.getElementById("bulk_form");
  if (!bar) return;
  const boxes = bulkBoxes();
  const ticked = boxes.filter((box) => box.checked).length;
  const head = document.querySelector("[data-select-all]");
  if (head) {
    head.checked = ticked > 0 && ticked === boxes.length;
    head.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  bar.classList.toggle("has-ticks", ticked > 0);
  const text = bar.querySelector("[data-ticked]");
  text.textContent = ticked ? text.dataset.ticked.replace("{n}", ticked.toLocaleString(document.documentElement.lang)) : text.dataset.none;
  for (const button of bar.querySelectorAll("[data-needs-ticks]")) button.disabled = ticked === 0;
};

document.addEventListener("change", (event) => {
  if (event.target.matches(".row-select, [data-select-all]")) showTicked();
});
document.addEventListener("htmx:afterSettle", showTicked);
// A browser that goes back restores the ticks after this script has run.
addEventListener("pageshow", showTicked);
showTicked();

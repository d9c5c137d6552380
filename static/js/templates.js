// Taking a kept text into the field (templates/messaging/_template_choice.html).
"use strict";

document.addEventListener("change", (event) => {
  const select = event.target.closest("select[data-fills]");
  const area = select && document.getElementById(select.dataset.fills);
  const text = select?.selectedOptions[0]?.dataset.text;
  if (!area || text === undefined) return;
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
});

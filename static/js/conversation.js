// Conversations: Ctrl+Enter sends, and the list beside an open one shows where one is. Without this script both are a click away.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  if (!event.target.matches("[data-submit-keys]")) return;
  event.preventDefault();
  if (!event.target.form.querySelector("button[type=submit]").disabled) event.target.form.requestSubmit();
});
// Who has sent a message goes on writing.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "sms_compose") document.getElementById("sms_text")?.focus();
});

const theOpenOne = document.querySelector(".sms-aside [aria-current=page]");
const theList = theOpenOne?.closest(".sms-results");
if (theList) theList.scrollTop = theOpenOne.closest("li").offsetTop - theList.clientHeight / 2;

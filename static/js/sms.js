// How long a message is, counted as one types: <textarea data-sms-count="ID" data-sms-parts="1"> with templates/messaging/_counter.html
// at that id, which brings the sentences. Counts as messaging/texts.py does; a test holds both together.
"use strict";

const SMS_BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const SMS_EXTENDED = "\f^{}\\[~]|€";
const SMS_SINGLE = { "GSM-7": 160, "UCS-2": 70 };
const SMS_JOINED = { "GSM-7": 153, "UCS-2": 67 };
const SMS_SEPTETS = new Map([...[...SMS_BASIC].map((letter) => [letter, 1]), ...[...SMS_EXTENDED].map((letter) => [letter, 2])]);
const SMS_PAUSE_MS = 1000; // read out when the typing pauses, and only what has changed its kind

const smsFillParts = (sizes, room) => {
  let [parts, used] = [1, 0];
  for (const size of sizes) {
    if (used + size > room) [parts, used] = [parts + 1, 0]; // an escape or a surrogate pair is never torn apart
    used += size;
  }
  return [parts, room - used];
};

const smsMeasure = (raw) => {
  const letters = [...raw.replace(/\r\n?/g, "\n")];
  const foreign = letters.find((letter) => !SMS_SEPTETS.has(letter)) ?? "";
  const encoding = foreign ? "UCS-2" : "GSM-7";
  const sizes = letters.map((letter) => (foreign ? letter.length : SMS_SEPTETS.get(letter)));
  const wide = letters[sizes.indexOf(2)] ?? "";
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const fits = units <= SMS_SINGLE[encoding];
  const [parts, left] = fits ? [Math.min(letters.length, 1), SMS_SINGLE[encoding] - units] : smsFillParts(sizes, SMS_JOINED[encoding]);
  return { encoding, characters: letters.length, units, parts, left, foreign, wide };
};

const smsShown = (letter) =>
  /^[\p{Z}\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Co}]$/u.test(letter) ? `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` : letter;

// --- the page. What is said aloud is remembered for each counter, so that no key press repeats it.

const smsSaid = new WeakMap();

const smsWords = (text, values) =>
  text.replace(/\{(\w+)\}/g, (_whole, name) =>
    typeof values[name] === "number" ? values[name].toLocaleString(document.documentElement.lang) : values[name],
  );

const smsLevel = (length, most) => {
  if (length.parts > most) return "over";
  return length.parts === most && length.left * 10 < SMS_SINGLE[length.encoding] ? "near" : "fine";
};

const smsTexts = (words, length, level, most) => {
  const single = SMS_SINGLE[length.encoding];
  const limit = most === 1 ? single : SMS_JOINED[length.encoding] * most;
  const values = {
    ...length,
    n: length.parts,
    room: single,
    over: length.units - single,
    most,
  };
  const say = (name, isSaid, letter = "") => (isSaid ? smsWords(words[name], { ...values, letter: smsShown(letter) }) : "");
  return {
    units: smsWords("{units}", values),
    room: smsWords("{limit}", { limit: level === "over" ? limit : length.units + length.left }),
    parts: say(length.parts === 1 ? "one" : "many", length.parts > 0),
    encoding: length.encoding,
    left: say("left", level !== "over"),
    over: say(most === 1 ? "over" : "overParts", level === "over"),
    foreign: say("foreign", length.foreign, length.foreign),
    wide: say("wide", length.wide, length.wide),
  };
};

const smsSay = (box, texts, kind) => {
  const said = smsSaid.get(box);
  if (said) clearTimeout(said.timer);
  if (!said || said.kind === kind) {
    smsSaid.set(box, { kind });
    return;
  }
  const line = document.getElementById(`${box.id}_said`);
  const speak = () => {
    smsSaid.set(box, { kind });
    if (line) line.textContent = [texts.parts, texts.encoding, texts.over || texts.left, texts.foreign].filter(Boolean).join(" · ");
  };
  smsSaid.set(box, { kind: said.kind, timer: setTimeout(speak, SMS_PAUSE_MS) });
};

const smsShow = (area) => {
  const box = document.getElementById(area.dataset.smsCount);
  if (!box) return;
  const most = Number(area.dataset.smsParts ?? 1);
  const length = smsMeasure(area.value);
  const level = smsLevel(length, most);
  const texts = smsTexts(box.dataset, length, level, most);
  box.dataset.level = level;
  box.dataset.encoding = length.encoding;
  for (const place of box.querySelectorAll("[data-sms]")) {
    place.textContent = texts[place.dataset.sms];
    (place.closest("[data-sms-note]") ?? place).hidden = !place.textContent;
  }
  const meter = box.querySelector("progress");
  meter.max = level === "over" ? length.units : length.units + length.left;
  meter.value = length.units;
  smsSay(box, texts, [level, length.encoding, length.parts].join());
};

const smsShowAll = () => document.querySelectorAll("textarea[data-sms-count]").forEach(smsShow);

if (typeof document !== "undefined") {
  document.addEventListener("input", (event) => {
    if (event.target.matches("textarea[data-sms-count]")) smsShow(event.target);
  });
  document.addEventListener("reset", () => setTimeout(smsShowAll)); // the fields are emptied after the event
  document.addEventListener("htmx:afterSettle", smsShowAll);
  // A browser that goes back restores the text after this script has run.
  addEventListener("pageshow", smsShowAll);
  smsShowAll();
}

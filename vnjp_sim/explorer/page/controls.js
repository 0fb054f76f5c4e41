// The controls: what they say is read into moves, and what the server knows is shown in them.

import { showRows } from "./lists.js";

const STEPS = 100; // of a slider on each side of its neutral place
let send = () => {};
const known = new Map(JSON.parse(document.getElementById("levers").textContent).map((lever) => [lever.id, lever]));

export function bindControls(move) {
  send = move;
  byId("preset").addEventListener("change", (event) => send("choose", { scenario: event.target.value }));
  byId("against").addEventListener("change", (event) => send("against", { scenario: event.target.value }));
  byId("indicator").addEventListener("change", (event) => send("show", { indicator: event.target.value }));
  bindYear();
  document.querySelectorAll("[name=view]").forEach((choice) =>
    choice.addEventListener("change", () => send("show", { view: choice.value })),
  );
  document.querySelectorAll(".lever").forEach(bindLever);
  byId("events").addEventListener("change", ({ target }) => {
    if (target.value) send("move_event", { number: Number(target.dataset.number), on: target.value });
  });
  bindNewEvent();
}

/** Show the state that the server holds; what a hand is just moving stays as it is. */
export function showControls(state) {
  setValue(byId("preset"), state.preset);
  setValue(byId("against"), state.against);
  setValue(byId("indicator"), state.indicator);
  showYear(state);
  document.querySelectorAll("[name=view]").forEach((choice) => (choice.checked = choice.value === state.view));
  document.querySelectorAll(".lever").forEach((place) => showLever(place, state.levers[place.dataset.lever]));
  document.querySelectorAll(".sector[data-sector]").forEach(countSet);
  showEvents(state.events);
}

/** Open the sector of a lever or event, and go there. */
export function openLever(id) {
  const place = byId(`lever-${id}`) || byId(id);
  if (!place) return;
  for (let outer = place.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
  place.scrollIntoView({ block: "center" });
  place.querySelector("input, select, button")?.focus({ preventScroll: true });
}

const byId = (id) => document.getElementById(id);
const part = (place, name) => place.querySelector(`[data-part=${name}]`);

function setValue(control, value) {
  if (value == null) return;
  if (control.tagName === "SELECT" && ![...control.options].some((option) => option.value === value)) return;
  control.value = value;
}

// The year: a slider and a number that say the same.

function bindYear() {
  const [slide, number] = [byId("year-slide"), byId("year")];
  slide.addEventListener("input", () => {
    number.value = slide.value;
    send("show", { year: Number(slide.value) }, drawn(slide));
  });
  slide.addEventListener("change", () => letGo(slide, slide));
  guard(number, () => send("show", { year: Number(number.value) }));
}

function showYear(state) {
  for (const control of [byId("year-slide"), byId("year")]) {
    [control.min, control.max] = state.years;
    control.value = state.year;
  }
}

// A lever: operation, amount, slider, and the path by which it gets there.

function bindLever(place) {
  const lever = known.get(place.dataset.lever);
  const amount = part(place, "amount");
  const slide = part(place, "slide");
  slide.addEventListener("input", () => {
    amount.value = amountAt(lever, part(place, "operation").value, Number(slide.value));
    sayAmount(place, lever);
    overFrame(place, () => sendLever(place, drawn(slide)));
  });
  slide.addEventListener("change", () => letGo(place, slide));
  amount.addEventListener("input", () => (amount.dataset.changed = "yes"));
  guard(amount, () => {
    delete amount.dataset.changed;
    sendLever(place);
  });
  part(place, "operation").addEventListener("change", () => {
    fitOperation(place, lever);
    sayAmount(place, lever);
    place.dataset.begun = "yes"; // an amount that changes nothing is no move: it is still to come
  });
  part(place, "reset").addEventListener("click", () => send("reset", { key: place.dataset.key }));
  const refit = () => {
    fitForm(place);
    if (place.classList.contains("set") && !place.dataset.begun) sendLever(place);
  };
  part(place, "form").addEventListener("change", refit);
  for (const name of ["first", "last"]) guard(part(place, name), refit);
}

// Numbers that cannot be: they are put back, and the range is told beside the control.

/** Do something when a number changes to one of its range; put any other back, and say why. */
function guard(number, act) {
  let before = number.value;
  number.addEventListener("focus", () => (before = number.value));
  number.addEventListener("change", () => {
    const wrong = amiss(number);
    hint(number, wrong && `${wrong} It is as before.`);
    if (wrong) {
      number.value = before;
      delete number.dataset.changed;
    } else {
      before = number.value;
      act();
    }
  });
}

/** Return what is wrong with a number in words; empty if it can be taken. */
function amiss(number) {
  const written = (text) => (number.classList.contains("year") ? text : Number(text).toLocaleString("en", { maximumFractionDigits: 6 })).replace("-", "−");
  const give = `give ${number.step === "1" ? "a whole number from " : ""}${written(number.min)} to ${written(number.max)}.`;
  if (number.value === "") return `No number was given: ${give}`;
  const { rangeUnderflow, rangeOverflow, stepMismatch } = number.validity;
  if (!rangeUnderflow && !rangeOverflow && !stepMismatch) return "";
  return `${written(number.value)} cannot be taken: ${give}`;
}

function hint(control, words) {
  const place = control.closest(".lever, .field, #new-event")?.querySelector(".hint") ?? control.closest("#new-event").querySelector(".hint");
  place.textContent = words;
}

const frames = new Map();
/** Do something once in the next frame, however often it is asked for. */
function overFrame(key, act) {
  if (!frames.has(key)) requestAnimationFrame(() => actNow(key));
  frames.set(key, act);
}

function actNow(key) {
  const act = frames.get(key);
  frames.delete(key);
  act?.();
}

/** Whether a slider has moved before since it was taken: all its moves are one step back. */
const slid = new Set();
function drawn(slide) {
  const before = slid.has(slide);
  slid.add(slide);
  return before;
}

function letGo(key, slide) {
  actNow(key);
  slid.delete(slide);
}

const touched = new Set(); // levers whose controls may say something else than the state
function sendLever(place, held = false) {
  touched.add(place);
  delete place.dataset.begun;
  const said = (name) => part(place, name).value;
  if (said("amount") === "") return;
  place.querySelector(".hint").textContent = "";
  const path = { path: said("form"), from: Number(said("first")), [said("operation")]: Number(said("amount")) };
  if (said("last") !== "") path.to = Number(said("last"));
  send("set_lever", { lever: place.dataset.lever, path }, held);
}

function showLever(place, set) {
  const lever = known.get(place.dataset.lever);
  const told = JSON.stringify(set ?? null);
  if (place.dataset.told === told && !touched.has(place)) return;
  place.dataset.told = told;
  touched.delete(place);
  place.classList.toggle("set", Boolean(set));
  place.dataset.key = set?.key ?? "";
  part(place, "reset").hidden = !set?.key;
  const words = place.querySelector(".words");
  words.textContent = set ? set.words : "";
  words.hidden = !set;
  const now = set?.simple ? set : { ...lever.usual, ...(set ? {} : { amount: null }) };
  const put = (name, value) => (part(place, name).value = value ?? "");
  put("operation", now.operation);
  fitOperation(place, lever, now.amount);
  put("form", now.form);
  put("first", now.first);
  put("last", now.last);
  fitForm(place);
  if (!frames.has(place)) { // a slider that moves on since this move keeps its place
    const [amount, slide] = [part(place, "amount"), part(place, "slide")];
    amount.value = now.amount ?? neutral(lever, now.operation) ?? "";
    const there = amountAt(lever, now.operation, Number(slide.value)) === Number(amount.value);
    if (!there) slide.value = placeOf(lever, now.operation, Number(amount.value));
  }
  sayAmount(place, lever);
}

function fitForm(place) {
  const step = part(place, "form").value === "step";
  part(place, "last").disabled = step;
  if (step) part(place, "last").value = "";
  else if (part(place, "last").value === "") part(place, "last").value = Number(part(place, "first").value) + 4;
}

function fitOperation(place, lever, amount) {
  const name = part(place, "operation").value;
  const operation = lever.operations[name];
  const number = part(place, "amount");
  [number.min, number.max] = [operation.low, operation.high];
  part(place, "slide").min = neutral(lever, name) === operation.low ? 0 : -STEPS;
  place.querySelector(".ends").replaceChildren(...[operation.low, operation.high].map(endWords(name)));
  if (amount === undefined) {
    number.value = neutral(lever, name) ?? "";
    part(place, "slide").value = placeOf(lever, name, Number(number.value));
  }
  place.querySelector(".amount-unit").textContent = name === "multiply" ? "" : lever.unit;
}

const endWords = (name) => (value) => {
  const span = document.createElement("span");
  span.textContent = amountWords(name, value);
  return span;
};

const amountWords = (operation, value) => {
  const number = Math.abs(value).toLocaleString("en");
  const sign = value < 0 ? "−" : operation === "add" ? "+" : "";
  return operation === "multiply" ? `× ${number}` : `${sign}${number}`;
};

function sayAmount(place, lever) {
  const operation = part(place, "operation").value;
  const value = part(place, "amount").value;
  const words = value === "" ? "not set" : amountWords(operation, Number(value));
  part(place, "slide").setAttribute("aria-valuetext", operation === "multiply" ? words : `${words} ${lever.unit}`);
}

/** Where the slider of a lever begins: what leaves it as it is, or the lowest amount. */
function neutral(lever, operation) {
  const { low, high, neutral: still } = lever.operations[operation];
  return Math.min(high, Math.max(low, still ?? low));
}

/** A slider is finest about its neutral place, where each of its steps still changes the amount. */
const BEND = 1.5;
function amountAt(lever, operation, place) {
  const { low, high, step } = lever.operations[operation];
  const middle = neutral(lever, operation);
  const end = place < 0 ? low : high;
  const away = (end - middle) * Math.abs(place / STEPS) ** BEND;
  const fine = Math.abs(away) < 20 * step ? step / 10 : step;
  const rounded = middle + Math.round(away / fine) * fine;
  return Number(Math.min(high, Math.max(low, rounded)).toPrecision(6));
}

function placeOf(lever, operation, value) {
  const { low, high } = lever.operations[operation];
  const middle = neutral(lever, operation);
  const end = value < middle ? low : high;
  if (end === middle) return 0;
  const share = Math.min(1, Math.max(0, (value - middle) / (end - middle))) ** (1 / BEND);
  return Math.round(STEPS * share) * (value < middle ? -1 : 1);
}

function countSet(sector) {
  const count = sector.querySelectorAll(".lever.set").length;
  sector.querySelector(".count").textContent = count ? `${count} set` : "";
}

// Events: those of the scenario, and a form for another one.

function bindNewEvent() {
  const kind = byId("event-type");
  const fit = () => document.querySelectorAll("[data-fields]").forEach((fields) => {
    fields.hidden = fields.dataset.fields !== kind.value;
    if (!fields.hidden) byId("event-date").value = fields.dataset.on;
  });
  kind.addEventListener("change", fit);
  fit();
  byId("event-add").addEventListener("click", () => {
    const fields = {};
    const controls = [...document.querySelectorAll(`[data-fields="${CSS.escape(kind.value)}"] [data-field]`)];
    const wrong = controls.find((control) => control.type === "number" && (control.value || control.validity.badInput) && amiss(control));
    const date = byId("event-date");
    const late = !date.validity.valid || !date.value;
    const dates = `Give a date from ${date.min.slice(0, 4)} to ${date.max.slice(0, 4)}.`;
    hint(kind, wrong ? `${wrong.labels[0].textContent}: ${amiss(wrong)}` : late ? dates : "");
    if (wrong || late) return;
    controls.forEach((control) => {
      if (control.value !== "") fields[control.dataset.field] = control.type === "number" ? Number(control.value) : control.value;
    });
    send("add_event", { event: { on: byId("event-date").value, type: kind.value, ...fields } });
  });
}

function showEvents(events) {
  showRows(byId("events"), events.map(eventItem));
}

function eventItem(event) {
  const item = document.createElement("li");
  item.className = "event";
  item.id = `event-${event.number}`;
  const words = document.createElement("p");
  words.textContent = event.words;
  const row = document.createElement("div");
  row.className = "row";
  const label = document.createElement("label");
  label.textContent = "on ";
  const date = document.createElement("input");
  Object.assign(date, { type: "date", value: event.on, id: `date-${event.number}` });
  date.dataset.number = event.number;
  date.setAttribute("aria-label", `Date of: ${event.words}`);
  label.append(date);
  const away = document.createElement("button");
  away.className = "plain";
  away.type = "button";
  away.textContent = "Remove";
  away.setAttribute("aria-label", `Remove: ${event.words}`);
  away.dataset.move = "remove_event";
  away.dataset.with = JSON.stringify({ number: event.number });
  row.append(label, away);
  item.append(words, row);
  return item;
}

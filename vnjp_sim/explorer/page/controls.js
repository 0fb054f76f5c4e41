// The controls: what they say is read into moves, and what the server knows is shown in them.

import { bindEvents, showEvents } from "./events.js";
import { amiss, hint } from "./numbers.js";

export const NARROW = 740; // px below which all sectors are closed at first
let begun = ""; // the scenario that the page began with last
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
  bindName();
  bindEvents(move);
}

/** Show the state that the server holds; what a hand is just moving stays as it is. */
export function showControls(state) {
  setValue(byId("preset"), state.preset);
  setValue(byId("against"), state.against);
  setValue(byId("indicator"), state.indicator);
  showYear(state);
  showName(state);
  document.querySelectorAll("[name=view]").forEach((choice) => (choice.checked = choice.value === state.view));
  document.querySelectorAll(".lever").forEach((place) => showLever(place, state.levers[place.dataset.lever]));
  document.querySelectorAll(".sector[data-sector]").forEach(countSet);
  if (state.preset !== begun && innerWidth >= NARROW) openSet(begun === "");
  begun = state.preset;
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

// The name of what the user made.

function bindName() {
  const name = byId("name");
  name.addEventListener("change", () => {
    name.dataset.sent = "yes";
    send("rename", { title: name.value });
  });
}

function showName({ own, given_title: given, title }) {
  const name = byId("name");
  byId("naming").hidden = !own;
  name.placeholder = title;
  if (name !== document.activeElement || name.dataset.sent) name.value = given;
  delete name.dataset.sent;
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
  const reset = part(place, "reset");
  if (!set?.key && reset === document.activeElement) part(place, "slide").focus({ preventScroll: true });
  reset.hidden = !set?.key;
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

/** Open the sectors in which a scenario moves levers; at first, if it moves any, no others. */
function openSet(first) {
  const sectors = [...document.querySelectorAll(".sector[data-sector]")];
  const set = sectors.filter((sector) => sector.querySelector(".lever.set"));
  if (set.length && first) sectors.forEach((sector) => (sector.open = false));
  set.forEach((sector) => (sector.open = true));
}

function countSet(sector) {
  const count = sector.querySelectorAll(".lever.set").length;
  sector.querySelector(".count").textContent = count ? `${count} set` : "";
}

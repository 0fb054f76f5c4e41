// Events: those of the scenario, each with a form of its own, and a form for another one.

import { showRows } from "./lists.js";
import { amiss, hint } from "./numbers.js";

const byId = (id) => document.getElementById(id);
const list = byId("events");
let send = () => {};

export function bindEvents(move) {
  send = move;
  list.addEventListener("change", ({ target }) => target.dataset.key && change(target));
  list.addEventListener("focusin", ({ target }) => (typed = target.id === typed ? typed : null));
  list.addEventListener("focusout", ({ target }) => putDateBack(target));
  list.addEventListener("toggle", ({ target }) => remember(target), true);
  bindNewEvent();
}

// What a form says, and whether it can be taken.

/** Return what is wrong with a control of a form; empty if it can be taken. */
function wrong(control) {
  if (control.type === "date") {
    const years = `Give a date from ${control.min.slice(0, 4)} to ${control.max.slice(0, 4)}.`;
    return control.value && control.validity.valid ? "" : years;
  }
  if (control.validity.patternMismatch) return "Write it as 2 years until 2034, or 6 months.";
  if (control.type !== "number") return "";
  const left = control.value === "" && !control.validity.badInput && !control.required;
  return left ? "" : amiss(control);
}

/** Return what a control says as a scenario file has it; null for nothing. */
function said({ type, value, dataset }) {
  if (value.trim() === "") return null;
  if (type !== "number") return value;
  return dataset.key === "chance" ? Number(value) / 100 : Number(value);
}

const labelOf = (control) => control.labels[0].firstChild.textContent.trim();

// Events of the scenario.

let typed = null; // the date that was changed since it has the focus: its digits are one step back
function change(control) {
  const words = wrong(control);
  if (words) {
    hint(control, `${words}${control.type === "date" ? "" : " It is as before."}`);
    if (control.type !== "date") control.value = control.defaultValue;
    return;
  }
  control.dataset.sent = "yes";
  const held = typed === control.id;
  if (control.type === "date") typed = control.id;
  const changes = { [control.dataset.key]: said(control) };
  if (going) return void (next = { changes: { ...next?.changes, ...changes }, held });
  sendChange(Number(control.closest(".event").dataset.number), changes, held);
}

let going = null; // the event of which a change is under way: it may get another number by that
let next = null; // what was changed of it since
function sendChange(number, changes, held) {
  going = shown[number];
  next = null;
  send("change_event", { number, changes }, held);
}

/** A date that is left half typed is as before. */
function putDateBack(control) {
  if (control.type !== "date" || !wrong(control)) return;
  control.value = control.defaultValue;
  hint(control, "");
}

let shown = []; // what tells the events apart, in their order
const opened = new Set(); // those whose form is open
const keyOf = ({ type, values }) => JSON.stringify([type, values]);

function remember(form) {
  const key = shown[[...list.children].indexOf(form.closest(".event"))];
  if (!form.matches(".edit") || key === undefined) return;
  if (form.open) opened.add(key);
  else opened.delete(key);
}

/** Show the events; the one that a hand is at keeps it, also where its date gives it another place. */
export function showEvents(events) {
  const keys = events.map(keyOf);
  const gone = shown.filter((key) => !keys.includes(key));
  const come = keys.filter((key) => !shown.includes(key));
  const active = document.activeElement;
  const place = [...list.children].indexOf(active.closest("#events > .event"));
  let held = shown[place];
  if (gone.length === 1 && come.length === 1) {
    if (opened.delete(gone[0])) opened.add(come[0]);
    if (held === gone[0]) held = come[0];
    if (going === gone[0]) going = come[0];
  }
  shown = keys;
  byId("no-events").hidden = events.length > 0;
  showRows(list, events.map(eventItem));
  if (place >= 0) follow(active, keys.indexOf(held), Math.min(place, keys.length - 1));
  const number = keys.indexOf(going);
  going = null;
  if (next && number >= 0) sendChange(number, next.changes, next.held);
}

/** Let the focus be where it was: at the same control of the event, or of what has its place. */
function follow(active, number, place) {
  const there = list.children[number] ?? list.children[place];
  const bare = (id) => id.replace(/\d+/, "");
  const same = there && [...there.querySelectorAll("[id]")].find((one) => active.id && bare(one.id) === bare(active.id));
  const control = same ?? document.querySelector("#new-event > summary");
  if (control === document.activeElement) return;
  if (typed === active.id) typed = control.id;
  control.focus({ preventScroll: true });
}

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function eventItem(event) {
  const { number, words } = event;
  const away = make("button", { className: "plain", type: "button", id: `away-${number}`, textContent: "Remove", ariaLabel: `Remove: ${words}` });
  away.dataset.move = "remove_event";
  away.dataset.with = JSON.stringify({ number });
  const item = make("li", { className: "event", id: `event-${number}` }, make("p", {}, words));
  item.dataset.number = number;
  const form = make("details", { className: "edit" }, make("summary", { textContent: "Change it, and why it is so", id: `edit-${number}` }));
  form.querySelector("summary").setAttribute("aria-label", `Change: ${words}`);
  if (opened.has(keyOf(event))) form.setAttribute("open", "");
  if (event.why) form.append(make("p", { className: "note" }, event.why));
  form.append(...controlsOf(event));
  item.append(form, make("p", { className: "hint", role: "status" }), make("div", { className: "row" }, away));
  return item;
}

/** Return the controls of an event: those of its type, as the form for another one has them. */
function controlsOf({ number, type, values }) {
  const copy = byId("event-form").cloneNode(true);
  const own = copy.querySelector(`[data-fields="${CSS.escape(type)}"]`);
  copy.querySelectorAll("[data-fields]").forEach((fields) => fields !== own && fields.remove());
  own.replaceWith(...own.childNodes);
  copy.querySelectorAll("[data-key]").forEach((control) => {
    const value = values[control.dataset.key] ?? "";
    const id = `at-${number}-${control.dataset.key}`;
    copy.querySelector(`label[for="${CSS.escape(control.id)}"]`).htmlFor = id;
    control.id = id;
    if (control.type === "number" && typeof value === "string" && value) control.type = "text"; // money of another currency
    if (control.tagName === "SELECT") [...control.options].forEach((option) => option.toggleAttribute("selected", option.value === value));
    else {
      control.setAttribute("value", value);
      control.value = value;
    }
  });
  return copy.childNodes;
}

// Another event.

function bindNewEvent() {
  const kind = byId("event-type");
  const fields = () => document.querySelector(`#event-form [data-fields="${CSS.escape(kind.value)}"]`);
  const fit = () => {
    document.querySelectorAll("#event-form [data-fields]").forEach((one) => (one.hidden = one !== fields()));
    byId("event-on").value = fields().dataset.on;
    hint(kind, "");
  };
  kind.addEventListener("change", fit);
  fit();
  byId("event-add").addEventListener("click", () => {
    const controls = [...document.querySelectorAll("#event-form > .field [data-key]"), ...fields().querySelectorAll("[data-key]")];
    const first = controls.find(wrong);
    hint(kind, first ? `${labelOf(first)}: ${wrong(first)}` : "");
    if (first) return first.focus();
    const told = controls.map((control) => [control.dataset.key, said(control)]).filter(([, value]) => value !== null);
    send("add_event", { event: { type: kind.value, ...Object.fromEntries(told) } });
  });
}

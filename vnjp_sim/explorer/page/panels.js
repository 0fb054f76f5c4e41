// Words, lists and tables: whatever of a message is read rather than drawn.

import { showRows } from "./lists.js";

const byId = (id) => document.getElementById(id);

/** Make an element of a tag, with properties, and children that are elements or text. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter((child) => child !== "" && child != null));
  return element;
}

const pair = (left, right) => make("div", { className: "pair" }, make("span", {}, left), make("span", {}, right));
const grade = (word) => (word ? make("span", { className: "grade" }, word) : "");

export function showState(content) {
  disable("undo", !content.can_undo);
  disable("redo", !content.can_redo);
  disable("clear", !content.departures.length);
  byId("narrative").textContent = content.narrative;
  byId("narrative").closest("details").hidden = !content.narrative;
  document.querySelectorAll("#downloads a").forEach((link) => {
    link.href = `download/${link.dataset.form}?${content.query}`;
  });
  byId("results").dataset.view = content.view;
  document.title = `${content.title} – Explorer, Vietnam–Japan partnership`;
  showDepartures(content.departures);
  showSteps(content.steps);
}

/** Let a button do nothing; it keeps the focus, unlike one with the attribute `disabled`. */
const disable = (id, nothing) => byId(id).setAttribute("aria-disabled", nothing);

function showDepartures(departures) {
  const rows = departures.map((one) => {
    const title = one.open
      ? make("button", { className: "plain", type: "button", title: "Go to its control" }, one.what)
      : make("strong", {}, one.what);
    if (one.open) title.dataset.open = one.open;
    const reset = make("button", { className: "plain", type: "button", ariaLabel: `Reset: ${one.what}, ${one.size}` }, "Reset");
    reset.dataset.move = "reset";
    reset.dataset.with = JSON.stringify({ key: one.key });
    return make("li", {}, pair(title, reset), make("div", {}, one.size));
  });
  fill("departures", rows, "None: this is the baseline. Move a lever, add an event, or begin with another scenario.");
}

function showSteps(steps) {
  const rows = steps.map((step, index) => {
    const button = make("button", { className: "plain", type: "button" }, step.words);
    button.dataset.move = "jump";
    button.dataset.with = JSON.stringify({ to: index });
    const row = make("li", { className: step.undone ? "undone" : "" }, button);
    if (step.shown) row.setAttribute("aria-current", "step");
    return row;
  });
  fill("steps", rows.reverse(), "");
}

export function showAnswer(content) {
  byId("answer").textContent = content.words;
  byId("citation").textContent = `${content.cite}\n${location.href}`;
  showMovers(content);
  const [own, other] = content.names;
  byId("basis").textContent = content.alone ? `${own}. Nothing differs yet: choose a scenario or move a lever.` : `${own}, against: ${other}`;
  for (const [id, picture] of Object.entries(content.pictures)) showWords(id, picture);
  showTargets(content);
  showSources(content);
}

function showMovers({ movers, reached, alone, year }) {
  byId("card-movers").hidden = alone;
  const title = movers.length ? `What moves most in ${year}` : `Nothing differs in ${year}`;
  byId("movers-title").textContent = reached || !movers.length ? title : `It moves most, in ${year}:`;
  const rows = movers.map((one) => {
    const button = make("button", { className: "plain", type: "button" }, one.label);
    button.dataset.move = "show";
    button.dataset.with = JSON.stringify({ indicator: one.indicator });
    return make("li", {}, pair(button, one.size), make("div", { className: "note" }, one.sure));
  });
  fill("movers", rows, "Choose another year: some changes take time.");
}

/** Show no result: what was asked for cannot be computed. */
export function clearWords() {
  byId("answer").textContent = "No result.";
  byId("basis").textContent = "";
  byId("card-movers").hidden = true;
  for (const id of ["reasons", "routes", "links", "sources", "about"]) byId(id).replaceChildren();
  for (const id of ["targets", "settled"]) byId(id).replaceChildren();
  for (const id of ["middles", "routes-note", "decides"]) byId(id).textContent = "";
}

const NOTHING = { title: "", words: "", table: { columns: [], rows: [] } };

function showWords(id, picture) {
  picture ??= NOTHING;
  byId(`${id}-title`).textContent = picture.title;
  byId(`${id}-text`).textContent = picture.words;
  byId(id).setAttribute("aria-label", `${picture.title}. ${picture.words}`);
  showTable(byId(`${id}-table`), picture.title, picture.table.columns, picture.table.rows);
}

function showTable(table, caption, columns, rows, right = "n") {
  const head = make("tr", {}, ...columns.map((name, i) => make("th", { scope: "col", className: i ? right : "" }, name)));
  const body = rows.map((row) =>
    make("tr", {}, ...row.map((cell, i) => make(i ? "td" : "th", i ? { className: right } : { scope: "row" }, cell))),
  );
  table.replaceChildren(make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body));
}

function showTargets({ targets, names, alone }) {
  const open = targets.filter((one) => one.scenario);
  const rows = open.map((one) => [`${one.title}, by ${one.by}`, one.scenario, one.against]);
  const heads = ["Target", alone ? "Chance" : "Here", ...(alone ? [] : ["Compared"])];
  const caption = alone ? "Share of futures that meet it." : `Share of futures that meet it. Here: ${names[0]}. Compared: ${names[1]}.`;
  showTable(byId("targets"), caption, heads, rows.map((row) => row.slice(0, heads.length)));
  const rest = targets.filter((one) => !one.scenario).map((one) => [`${one.title}, by ${one.by}`, one.note]);
  byId("settled-count").textContent = rest.length;
  byId("settled").closest("details").hidden = !rest.length;
  showTable(byId("settled"), "These have no chance to tell.", ["Target", "Why"], rest, "");
}

function showSources(content) {
  const rows = content.figures.map((one) => {
    const where = [one.title, one.line && `line ${one.line}`, one.place].filter(Boolean).join(", ");
    const said = one.reported === "exact" ? one.figure : `${one.reported} ${one.figure}`;
    const row = make("li", {}, pair(make("strong", {}, one.period), said), make("div", { className: "note" }, where), one.use === "used" ? "" : make("div", { className: "note" }, one.use));
    row.dataset.period = one.period;
    row.dataset.figure = one.figure;
    return row;
  });
  fill("sources", rows, "No document gives a figure of this indicator.");
  byId("about").replaceChildren(...content.about.map((line) => make("li", {}, line)));
}

export function showWhy(content) {
  byId("because").classList.remove("waiting");
  fill("reasons", content.words.map((line) => make("li", {}, line)), "");
  const rows = content.links.map((one) =>
    make("li", {}, pair(one.words, one.lost), make("div", {}, grade(one.grade), " ", make("span", { className: "note" }, one.reference))),
  );
  fill("links", rows, "");
  fill("routes", content.routes.map(route), "");
  byId("routes-note").textContent = content.routes_note;
  byId("decides").textContent = content.decides;
  byId("middles").textContent = content.middles;
  showWords("contributions", content.pictures.contributions);
}

/** Return the way of an effect: what it goes over, and in a quieter colour by how much and when. */
function route(line) {
  const steps = line.split(" → ").flatMap((step, index) => {
    const [, name, aside] = step.match(/^(.*?)( \([^()]*\))?$/s);
    const arrow = index ? " → " : "";
    return [arrow, index ? name : make("strong", {}, name), aside ? make("span", { className: "note" }, aside) : ""];
  });
  return make("li", {}, ...steps);
}

/** Show what is not known any more as being computed. */
export function awaitWhy() {
  byId("because").classList.add("waiting");
}

function fill(id, rows, nothing) {
  const list = byId(id);
  const held = list.contains(document.activeElement);
  showRows(list, rows.length || !nothing ? rows : [make("li", { className: "note" }, nothing)]);
  if (!held || list.contains(document.activeElement)) return;
  const buttons = list.querySelectorAll("button"); // the row that had the focus has gone
  (buttons[buttons.length - 1] ?? list.closest(".card").querySelector("h2")).focus({ preventScroll: true });
}

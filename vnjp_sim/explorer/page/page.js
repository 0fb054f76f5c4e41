// The page: sends numbered moves, and shows answers to the latest one alone.
import { NARROW, bindControls, showControls, openLever } from "./controls.js";
import { clearPictures, drawPictures, refit } from "./pictures.js";
import { awaitWhy, clearWords, showAnswer, showState, showWhy } from "./panels.js";

const body = document.body;
const status = document.getElementById("status");
let asked = 0;
let connected = false;
let latest = { kind: "open", held: false };
let settled = false; // whether the state of the address was answered
let cite = "";

/**
 * Send a move; whatever is shown from now on answers it or is marked as being computed.
 * `held` says that a slider is drawn on: the move is one step back with the one before.
 */
export function move(kind, content = {}, held = false) {
  asked += 1;
  latest = { kind, held };
  body.dataset.asked = asked;
  performance.mark(`asked ${asked}`);
  busy("computing…");
  if (connected) {
    const said = { number: asked, kind, with: content, held, theme: theme() };
    Shiny.setInputValue("move", said, { priority: "event" });
  }
}

export const isLatest = (number) => number === asked;

const darkness = matchMedia("(prefers-color-scheme: dark)");
const theme = () => (darkness.matches ? "dark" : "light");

function busy(words) {
  body.classList.add("busy");
  status.textContent = words;
}

function ready(number) {
  body.classList.remove("busy");
  settled = true;
  body.dataset.drawn = number;
  const from = performance.getEntriesByName(`asked ${number}`)[0];
  const answer = performance.getEntriesByName(`answered ${number}`)[0];
  if (!from || !answer) return;
  const detail = { number, server: answer.detail, wait: answer.startTime - from.startTime };
  const taken = performance.measure("redrawn", { start: from.startTime, end: performance.now(), detail });
  status.textContent = `Answered in ${(taken.duration / 1000).toFixed(1)} s.`;
}

function say(words) {
  const message = document.getElementById("message");
  message.hidden = !words;
  message.querySelector("p").textContent = words || "";
}

/** Put a state into the address; one that was answered stays a step of the browser's Back. */
function remember(query) {
  const address = query ? `?${query}` : location.pathname;
  if (address === location.search) return;
  const over = latest.held || !settled || ["open", "back", "look"].includes(latest.kind);
  history[over ? "replaceState" : "pushState"](null, "", address);
  settled = false;
}

const handlers = {
  state(content) {
    remember(content.query);
    showControls(content);
    showState(content);
    if (content.refusal || content.notice) say(content.refusal || content.notice);
    else if (content.moved) say("");
  },
  async answer(content) {
    performance.mark(`answered ${content.number}`, { detail: content.milliseconds });
    const still = () => isLatest(content.number);
    if (!(await drawPictures(content.pictures, content.number, still))) return;
    showAnswer(content);
    cite = content.cite;
    awaitWhy();
    requestAnimationFrame(() => still() && ready(content.number));
  },
  async why(content) {
    if (!(await drawPictures(content.pictures, content.number, () => isLatest(content.number)))) return;
    showWhy(content);
    body.dataset.explained = content.number;
  },
  fault(content) {
    say(content.words);
    clearPictures();
    clearWords();
    cite = "";
    status.textContent = "Not computed.";
  },
};

/** What is told is shown one after the other: an explanation never before what it explains. */
let showing = Promise.resolve();
function receive(message) {
  const show = () => isLatest(message.number) && handlers[message.kind](message);
  showing = showing.then(show).catch(fail);
}

function fail(error) {
  console.error(error);
  say("The page has a defect here and may not show everything. Undo the last move, or reload it.");
}

function begin() {
  if (connected) return;
  connected = true;
  move("open", { query: location.search });
}

function end() {
  connected = false;
  busy("");
  say(
    "The explorer has stopped: these results are no longer updated.\n" +
      "Start it again with “vnjp_sim explore” and reload this page; its address holds what you set.",
  );
}

const typing = (element) => element.matches("input:not([type=range],[type=radio]), textarea");

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "z") return;
  if (typing(event.target) && event.target.dataset.changed) return; // its own undo of typed text
  event.preventDefault();
  move(event.shiftKey ? "redo" : "undo");
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-move]");
  const twice = button?.closest(".list, #events") && event.detail > 1; // the row that it meant has gone
  const still = button?.getAttribute("aria-disabled") === "true";
  if (button && !twice && !still) move(button.dataset.move, JSON.parse(button.dataset.with || "{}"));
  const target = event.target.closest("[data-open]");
  if (target) openLever(target.dataset.open);
});

/** A menu closes when a hand, or the focus, is elsewhere. */
for (const kind of ["click", "focusin"]) {
  document.addEventListener(kind, ({ target }) => {
    document.querySelectorAll(".menu[open]").forEach((menu) => menu.contains(target) || (menu.open = false));
  });
}

/** Say that something was done, to the ear too; how long answers take is told to the eye alone. */
function confirm(words) {
  for (const place of [status, document.getElementById("told")]) place.textContent = words;
}

async function copy(text, done, otherwise) {
  try {
    await navigator.clipboard.writeText(text);
    confirm(done);
  } catch {
    otherwise();
  }
}

document.getElementById("share").addEventListener("click", () =>
  copy(location.href, "The link is copied. It holds what you set, not the numbers.", () => {
    confirm("Copy the address of this page: it holds what you set.");
  }),
);

document.getElementById("cite").addEventListener("click", () => {
  if (!cite || body.classList.contains("busy")) return;
  const text = `${cite}\n${location.href}`;
  copy(text, "The sentence is copied, with its citation.", () => say(text));
});

addEventListener("popstate", () => connected && move("back", { query: location.search }));

document.getElementById("close").addEventListener("click", () => say(""));
document.addEventListener("keydown", (event) => {
  if (event.key === "?" && !event.target.matches("input, select, textarea")) {
    const help = document.getElementById("help");
    help.open = !help.open;
    help.querySelector("summary").focus();
  }
  if (event.key !== "Escape") return;
  if (!document.getElementById("message").hidden) say("");
  document.querySelectorAll(".menu[open]").forEach((menu) => {
    menu.open = false;
    menu.querySelector("summary").focus();
  });
});

darkness.addEventListener("change", () => move("look"));
let settling;
new ResizeObserver(() => {
  clearTimeout(settling);
  settling = setTimeout(refit, 150);
}).observe(document.getElementById("sector"));

if (innerWidth < NARROW) document.querySelectorAll(".sector").forEach((sector) => (sector.open = false));
bindControls(move);
Shiny.addCustomMessageHandler("explorer", receive);
jQuery(document).on("shiny:sessioninitialized", begin).on("shiny:disconnected", end);
if (Shiny.shinyapp?.config?.sessionId) begin(); // before this script was there

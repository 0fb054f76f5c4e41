"use strict";
// The controls of the report. Words and units come from the file; only shares are computed here.
(() => {
  const at = (id) => document.getElementById(`browse-${id}`);
  const NONE = 101, ALL = 102; // places of "no draw" and "every draw" among the words of shares
  const AS = ["difference", "percent", "level"];
  let data, state, spec, latest = 0, waiting = 0, drawn = null;

  // A list whose entries are how much each is above the one before.
  const summed = (steps) => steps.map(((sum) => (step) => (sum += step))(0));

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  // Ranks and values of the draws that are kept of a year; null where there are none.
  function kept(row) {
    if (!row) return null;
    const usual = !Array.isArray(row[0]);
    const [power, ...steps] = usual ? row : row.slice(1);
    const scale = 10 ** Math.abs(power);
    const values = summed(steps).map((count) => (power < 0 ? count / scale : count * scale));
    return { ranks: usual ? data.ranks : summed(row[0]), values };
  }

  function quantile({ ranks, values }, level) {
    const rank = level * (data.draws - 1);
    const next = Math.max(1, ranks.findIndex((r) => r >= rank));
    if (ranks.length < 2) return values[0];
    const part = (rank - ranks[next - 1]) / (ranks[next] - ranks[next - 1]);
    return values[next - 1] + part * (values[next] - values[next - 1]);
  }

  // The part of the draws that are at or above a number.
  function share({ ranks, values }, number) {
    const next = values.findIndex((value) => value >= number);
    if (next < 0) return 0;
    if (next === 0) return 1;
    const part = (number - values[next - 1]) / (values[next] - values[next - 1]);
    const below = ranks[next - 1] + 1 + part * (ranks[next] - ranks[next - 1] - 1);
    return 1 - below / data.draws;
  }

  function shareWords(row, number) {
    const part = share(row, number);
    return data.shares[part <= 0 ? NONE : part >= 1 ? ALL : Math.round(100 * part)];
  }

  // What is shown of the state: how it is measured, and the runs in it.
  function view() {
    const { scenario, indicator, as } = state;
    const level = data.levels[indicator];
    const base = { id: data.base, name: data.baseline[0], colour: data.baseline[1], ...level.own };
    if (!scenario) return { ...level, runs: [base] };
    const effect = data.effects[scenario][indicator];
    const [, name, colour] = data.scenarios.find(([id]) => id === scenario);
    if (as === "level") {
      const { say, own: beside } = effect.level;
      return { ...level, say, runs: beside ? [base, { id: scenario, name, colour, ...beside }] : [base] };
    }
    const shown = effect[as];
    return { ...shown, runs: shown.own ? [{ id: scenario, name, colour, ...shown.own }] : [] };
  }

  // ---- the fragment

  function fragment() {
    const { scenario, indicator, year, as, least } = state;
    const parts = { scenario, indicator, year, as, least: least ?? "" };
    if (!data.scenarios.length) { delete parts.scenario; delete parts.as; }
    if (least === null) delete parts.least;
    return `#${new URLSearchParams(parts)}`;
  }

  // Take from a fragment what is known, and say what is not; false if it holds no state.
  function restore(text) {
    const given = new URLSearchParams(text.replace(/^#/, "").slice(0, 2000));
    const names = ["scenario", "indicator", "year", "as", "least"].filter((n) => given.has(n));
    if (!names.length) return false;
    const known = {
      scenario: (word) => data.scenarios.map(([id]) => id).find((id) => id === word),
      indicator: (word) => (Object.hasOwn(data.levels, word) ? word : undefined),
      year: (word) => data.years.find((year) => String(year) === word),
      as: (word) => (data.scenarios.length ? AS.find((as) => as === word) : undefined),
      least: (word) => [typed(word)].find(Number.isFinite),
    };
    const odd = [];
    const taken = { ...state, least: null };
    for (const name of names) {
      const found = known[name](given.get(name));
      if (found === undefined) odd.push(name);
      else taken[name] = found;
    }
    state = taken;
    say(odd.length ? `The address asks for what is not here, left out: ${odd.join(", ")}.` : "");
    return true;
  }

  const say = (text) => { at("status").textContent = text; };

  // ---- what is typed

  // The number that a text is; NaN if it is none. Thousands may have commas, and a minus any dash.
  function typed(text) {
    const plain = text.trim().replace(/^[−–]/, "-").replace(/,(?=\d{3}(\D|$))/g, "");
    const number = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,2})?$/i.test(plain) ? Number(plain) : NaN;
    return Math.abs(number) < 1e18 ? number : NaN;
  }

  const rounded = (number) => Number(number.toPrecision(12));
  const written = (number) =>
    number.toLocaleString("en-US", { maximumSignificantDigits: 12 }).replace("-", "−");

  // ---- drawing

  function option(value, text, parent) {
    const made = new Option(text, value);
    parent.append(made);
    return made;
  }

  function lists() {
    if (at("scenario")) {
      for (const [id, name] of data.scenarios) option(id, name, at("scenario"));
    }
    const year = at("year");
    [year.min, year.max] = [data.years[0], data.years.at(-1)];
  }

  // The indicators by sector; those that the scenario leaves as they are say so.
  function indicators() {
    const list = at("indicator");
    const effects = data.effects[state.scenario];
    list.replaceChildren(...data.sectors.map(([sector, entries]) => {
      const group = document.createElement("optgroup");
      group.label = sector;
      for (const [id, label] of entries) {
        const still = effects && !effects[id].difference.own;
        option(id, still ? `${label} (no effect)` : label, group);
      }
      return group;
    }));
    list.value = state.indicator;
  }

  // Show the state; while a number is being typed, it stays as it is typed.
  function show(scenarioChanged = true, typing = false) {
    if (scenarioChanged) indicators();
    const seen = view();
    const place = data.years.indexOf(state.year);
    for (const name of ["scenario", "indicator", "year"]) {
      if (at(name)) at(name).value = state[name];
    }
    for (const radio of at("form").querySelectorAll("[name=as]")) radio.checked = radio.value === state.as;
    at("year-shown").textContent = state.year;
    at("sentence").textContent = seen.say[place];
    at("before").textContent = seen.before ?? "";
    at("behind").textContent = seen.behind ?? "";
    if (!typing) {
      at("least").setAttribute("aria-invalid", "false");
      at("least").value = state.least === null ? "" : written(rounded(state.least * (seen.factor ?? 1)));
    }
    at("chance").textContent = chance(seen, place);
    const { stands } = data.levels[state.indicator];
    at("note").textContent = [seen.drawn && `${seen.drawn}.`, seen.note, stands].filter(Boolean).join(" ");
    at("trace").textContent = `vnjp_sim trace ${state.indicator}`;
    for (const part of ["seen", "csv", "svg", "png"]) at(part).hidden = !seen.runs.length;
    table(seen, place);
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => draw(seen));
    const link = fragment();
    at("link").href = link;
    return link;
  }

  function chance(seen, place) {
    if (!seen.runs.length) return "";
    if (state.least === null) return "Type a number to see in how many draws it is reached.";
    const typedIn = written(rounded(state.least * seen.factor));
    const amount = `${seen.before}${typedIn}${seen.behind}`;
    const told = seen.runs.map((run) => {
      const row = kept(run.draws[place]);
      return row && [shareWords(row, state.least), run.name];
    });
    if (told.includes(null)) return "";
    if (state.scenario && state.as !== "level") {
      return `An effect of at least ${amount} in ${state.year}: in ${told[0][0]}.`;
    }
    if (state.scenario && seen.runs.length < 2) {
      return `At least ${amount} in ${state.year}: in ${told[0][0]}, as in the baseline.`;
    }
    const runs = told.map(([words, name], i) => `in ${words} ${i ? `with ${name}` : "in the baseline"}`);
    return `At least ${amount} in ${state.year}: ${runs.join(", ")}.`;
  }

  function rows(seen) {
    const effect = state.scenario && data.effects[state.scenario][state.indicator];
    const part = state.as === "difference" && effect && effect.percent.short;
    const columns = [...seen.runs.map((run) => [run.name, run.cells])];
    if (part && part.some((cell) => /[1-9]/.test(cell))) columns.push(["against baseline", part]);
    return { head: ["Year", ...columns.map(([name]) => name)],
      body: data.years.map((year, i) => [String(year), ...columns.map(([, cells]) => cells[i])]) };
  }

  function cellOf(tag, text, scope) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (scope) made.scope = scope;
    if (tag === "td" || (scope === "col" && text !== "Year")) made.className = "n";
    return made;
  }

  function table(seen, place) {
    const { head, body } = rows(seen);
    const label = titleOf();
    const whole = at("table");
    whole.replaceChildren();
    whole.createCaption().textContent = seen.unit ? `${label}, ${seen.unit}` : label;
    whole.createTHead().insertRow().append(...head.map((text) => cellOf("th", text, "col")));
    const inside = whole.createTBody();
    body.forEach(([year, ...cells], i) => {
      const row = inside.insertRow();
      if (i === place) row.setAttribute("aria-current", "true");
      row.append(cellOf("th", year, "row"), ...cells.map((text) => cellOf("td", text)));
    });
    at("csv").href = `data:text/csv;charset=utf-8,${encodeURIComponent(tidy(seen))}`;
    at("csv").download = `${called()}.csv`;
  }

  // What is shown as data: a row a year and run, numbers without signs, units or commas.
  function tidy(seen) {
    const as = state.scenario ? state.as : "level";
    const plain = (number) => (Number.isFinite(number) ? Number((seen.factor * number).toPrecision(6)) : "");
    const lines = seen.runs.flatMap((run) => data.years.map((year, i) => {
      const row = kept(run.draws[i]);
      const of = (level) => (row ? plain(quantile(row, level)) : "");
      const [low, high] = data.bands.includes(90) ? [of(0.05), of(0.95)] : ["", ""];
      const mean = (seen.mean || !row) && run.means[i] !== null ? plain(run.means[i]) : "";
      return [year, run.id, state.indicator, seen.unit, as, mean, low, of(0.5), high, data.runs[run.id]];
    }));
    const head = ["year", "scenario", "indicator", "unit", "view", "mean", "p05", "p50", "p95", "run"];
    const field = (part) => (/[",\n]/.test(part) ? `"${String(part).replace(/"/g, '""')}"` : part);
    return [head, ...lines].map((line) => `${line.map(field).join(",")}\r\n`).join("");
  }

  const called = () => [state.scenario, state.indicator, state.as].filter(Boolean).join("-");

  async function savePicture(kind) {
    const link = document.createElement("a");
    link.href = await drawn.view.toImageURL(kind, kind === "png" ? 2 : 1);
    link.download = `${called()}.${kind}`;
    link.click();
  }

  function titleOf() {
    for (const [, entries] of data.sectors) {
      for (const [id, label] of entries) if (id === state.indicator) return label;
    }
    return "";
  }

  function bands(seen) {
    return seen.runs.flatMap((run) => data.years.flatMap((x, i) => {
      const row = kept(run.draws[i]);
      if (!row) return [];
      const value = (level) => seen.factor * quantile(row, level);
      const half = value(0.5);
      const ends = (band) =>
        data.bands.includes(band) ? [value(0.5 - band / 200), value(0.5 + band / 200)] : [half, half];
      const [[low90, high90], [low50, high50]] = [ends(90), ends(50)];
      const middle = seen.mean ? seen.factor * run.means[i] : half;
      return [{ x, run: run.name, low90, low50, high50, high90, middle, text: run.cells[i] }];
    }));
  }

  function draw(seen) {
    const turn = ++latest;
    const rows = bands(seen);
    at("picture").hidden = !rows.length;
    if (!rows.length) return;
    const filled = structuredClone(spec);
    filled.datasets = { bands: rows, year: [{ x: state.year }] };
    const [year, runs, least] = filled.layer;
    if (data.years.length < 2) runs.layer.at(-1).mark.opacity = 1;
    if (state.least === null) filled.layer.pop();
    else filled.datasets.least = [{ y: state.least * seen.factor }];
    year.encoding.x.scale.domain = runs.encoding.x.scale.domain = [data.years[0], data.years.at(-1)];
    runs.encoding.color.scale = { domain: seen.runs.map((r) => r.name), range: seen.runs.map((r) => r.colour) };
    if (seen.runs.length < 2) runs.encoding.color.legend = null;
    for (const layer of [...runs.layer, least]) {
      layer.encoding.y.scale = { zero: seen.zero };
      if (seen.step && layer.mark.type !== "point") layer.mark.interpolate = "step";
    }
    const who = seen.runs.map((run) => run.name).join(" and ");
    const what = state.scenario && state.as !== "level" ? `Effect of ${who}` : who;
    filled.title = { text: titleOf(), fontSize: 13, subtitle: `${what}, ${seen.unit}`, offset: 8 };
    filled.description = at("sentence").textContent;
    const picture = at("picture");
    const place = document.createElement("div");
    picture.append(place);
    vegaEmbed(place, filled, { mode: "vega-lite", renderer: "svg", actions: false }).then((result) => {
      if (turn !== latest) { // something else was chosen in the meantime
        result.finalize();
        place.remove();
        return;
      }
      if (drawn) drawn.finalize();
      drawn = result;
      picture.replaceChildren(place);
    });
  }

  // ---- what the reader does

  // What is chosen from lists is a step that the Back button undoes; what slides or is typed is none.
  function changed({ target }) {
    const { name, value } = target;
    const before = state;
    if (name === "least") {
      const number = value.trim() ? typed(value) : null;
      target.setAttribute("aria-invalid", String(Number.isNaN(number)));
      if (Number.isNaN(number)) {
        at("chance").textContent = "That is no number; type one such as 1,200.5 or −3.";
        return;
      }
      state = { ...state, least: number === null ? null : rounded(number / (view().factor ?? 1)) };
    } else {
      state = { ...state, [name]: name === "year" ? Number(value) : value };
      if (name === "indicator" || name === "as") state.least = null;
    }
    say("");
    const link = show(state.scenario !== before.scenario, name === "least");
    history[["year", "least"].includes(name) ? "replaceState" : "pushState"](null, "", link);
  }

  async function start() {
    const body = at("body");
    try {
      data = await unpacked(document.getElementById("browse-data").textContent.trim());
    } catch {
      at("fault").hidden = false;
      return;
    }
    spec = JSON.parse(document.getElementById("browse-spec").textContent);
    data.ranks = summed(data.ranks);
    const scenario = data.scenarios.length ? data.scenarios[0][0] : undefined;
    const as = scenario ? "difference" : "level";
    const usual = { scenario, indicator: data.first, year: data.year, as, least: null };
    state = usual;
    lists();
    const asked = restore(location.hash);
    body.hidden = false;
    show();
    if (asked) at("title").scrollIntoView();
    at("form").addEventListener("input", changed);
    for (const kind of ["svg", "png"]) at(kind).addEventListener("click", () => savePicture(kind));
    at("form").addEventListener("submit", (event) => event.preventDefault());
    addEventListener("popstate", () => {
      const before = state;
      if (!location.hash) state = usual;
      else if (!restore(location.hash)) return;
      if (state !== before) show();
    });
  }

  start();
})();

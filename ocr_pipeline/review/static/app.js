// The page: what is fetched, what a key does, what is saved.

import { accepted, chosen, filled, hasForm, nextDoubt, retyped, slice, stateOf, textOf } from "./model.js";
import { at, drawDoubt, drawFields, drawPage, drawQueue, drawRates, drawReferences, make, showPlace } from "./drawing.js";

let messages = {};
let language = localStorage.getItem("language") ?? "vi";
let queue = { documents: [], done: 0 };
let view = null;
let steps = [];
let state = null;
let current = -1;
let pageNumber = 1;
let editing = false;
let insisted = false; // a document with open doubts is finished by asking twice

const say = (key) => messages[language]?.[key] ?? messages.en?.[key] ?? key;

async function fetched(path, options) {
  const answer = await fetch(path, options);
  const value = await answer.json().catch(() => ({ error: String(answer.status) }));
  if (!answer.ok) throw new Error(value.error ?? String(answer.status));
  return value;
}

function tell(text, wrong = false) {
  at("saved").textContent = text;
  at("saved").className = wrong ? "wrong" : "";
}

// --- the queue

async function showQueue() {
  if (steps.length && !confirm(say("leave"))) return;
  view = null;
  steps = [];
  history.replaceState(null, "", "/");
  queue = await fetched("/api/queue");
  const rates = await fetched("/api/rates");
  at("queue-view").hidden = false;
  at("document-view").hidden = true;
  at("title").textContent = `${say("checkName")} V${queue.check}`;
  at("path").textContent = queue.who;
  at("queue-note").textContent = say(queue.check === 1 ? "queueNote" : "sampleNote");
  drawQueue(queue, say, showDocument);
  drawRates(rates, say);
  drawProgress();
  tell("");
}

function drawProgress() {
  at("progress").max = Math.max(1, queue.documents.length);
  at("progress").value = queue.done;
  at("progress-text").textContent = `${queue.done} / ${queue.documents.length} ${say("documents")}`;
  for (const id of ["save", "finish"]) at(id).hidden = !view;
}

// --- a document

async function showDocument(key) {
  try {
    take(await fetched(`/api/documents/${encodeURIComponent(key)}`));
  } catch (error) {
    return tell(error.message, true);
  }
  history.replaceState(null, "", `/#${key}`);
  at("queue-view").hidden = true;
  at("document-view").hidden = false;
  tell("");
  select(nextDoubt(state, -1, 1));
}

function take(told) {
  view = told;
  steps = [];
  state = stateOf(view, steps);
  current = -1;
  insisted = false;
  if (!view.pages.some((page) => page.number === pageNumber)) pageNumber = view.pages[0]?.number ?? 1;
}

const page = () => view.pages.find((p) => p.number === pageNumber);

function redraw() {
  const facts = (name) => state.fields.get(name) ?? "–";
  at("title").textContent = `${facts("number")} · ${facts("title")}`;
  at("path").textContent = view.path;
  at("document-view").classList.toggle("unpictured", !page()?.pictured);
  const source = page()?.pictured ? `/api/documents/${view.key}/pages/${pageNumber}` : "";
  if (at("image").getAttribute("src") !== source) at("image").setAttribute("src", source);
  const acts = { select, edit: editLine, fill, look, goTo, accept, choose, type };
  if (page()) drawPage(view, state, page(), current, acts);
  drawFields(view, state, current, say, acts);
  drawReferences(view, say, acts);
  drawConflicts();
  const done = state.doubts.filter((d) => d.done).length;
  drawDoubt(state.doubts[current], doubtText(), { done, all: state.doubts.length }, say, acts);
  at("save").classList.toggle("due", steps.length > 0);
  drawProgress();
}

function drawConflicts() {
  at("conflicts").hidden = !view.conflicts.length;
  at("conflicts").replaceChildren(
    ...view.conflicts.map(({ correction, found }) =>
      make("p", {}, `${say("conflict")}: ${correction.field ?? correction.line} · “${correction.before}” → “${correction.after}” · ${say("found")}: “${found}”`)),
  );
}

function doubtText() {
  const doubt = state.doubts[current];
  if (!doubt) return "";
  if (doubt.field) return state.fields.get(doubt.field) ?? "";
  return slice(textOf(state, doubt.page, doubt.line), ...(doubt.span ?? [0]));
}

function select(index) {
  editing = false;
  current = index;
  const doubt = state.doubts[index];
  if (doubt && view.pages.some((p) => p.number === doubt.page)) pageNumber = doubt.page;
  redraw();
  if (!doubt) {
    at("crop").hidden = true;
    return;
  }
  document.querySelector(`[data-doubt="${index}"]`)?.scrollIntoView({ block: "center" });
  document.querySelector(".field.current")?.scrollIntoView({ block: "nearest" });
  const evidence = view.fields.find((field) => field.name === doubt.field)?.evidence;
  if (page()) showPlace(page(), doubt.field ? { line: evidence?.line ?? doubt.line, box: evidence?.bbox } : doubt);
}

function goTo(mention) {
  pageNumber = mention.page;
  redraw();
  const end = mention.start + Array.from(mention.surface).length;
  if (page()) showPlace(page(), { line: mention.line, span: [mention.start, end] });
  const line = document.querySelector(`[data-line="${mention.line}"]`);
  line?.classList.add("shown");
  line?.scrollIntoView({ block: "center" });
}

function look(field, index) {
  if (index !== undefined && index !== current) current = index;
  const place = field.evidence;
  if (!place || editing) return;
  if (place.page === pageNumber && page()) showPlace(page(), { line: place.line, box: place.bbox });
}

// --- what a person does

function did(step) {
  steps.push(step);
  state = stateOf(view, steps);
  tell("");
}

function accept() {
  const doubt = state.doubts[current];
  if (!doubt) return;
  did(accepted(state, doubt));
  select(nextDoubt(state, current, 1));
}

function choose(index) {
  const doubt = state.doubts[current];
  if (!doubt || index >= doubt.alternatives.length) return;
  did(chosen(state, doubt, doubt.alternatives[index]));
  select(nextDoubt(state, current, 1));
}

function fill(name, text) {
  const step = filled(state, view.fields.find((f) => f.name === name)?.evidence?.page ?? pageNumber, name, text);
  if (step.before === step.after) return;
  if (!hasForm(name, step.after)) return tell(say("wrongForm"), true);
  did(step);
  redraw();
}

function type() {
  const doubt = state.doubts[current];
  if (!doubt) return;
  if (doubt.field) {
    const input = at(`field-${doubt.field}`);
    input.focus();
    input.select();
    if (!input.value && doubt.draft) {
      input.value = doubt.draft;
      const caret = doubt.field === "date" ? doubt.draft.length : 0;
      input.setSelectionRange(caret, caret);
    }
  } else {
    editLine(doubt.page, doubt.line, doubt.span);
  }
}

function editLine(number, line, span) {
  const shown = document.querySelector(`[data-line="${line}"]`);
  if (!shown || number !== pageNumber) return;
  const text = textOf(state, number, line);
  const input = make("input", { class: "typing", spellcheck: "false" });
  input.value = text;
  editing = true;
  const finish = (kept) => {
    if (!editing) return;
    editing = false;
    const step = retyped(state, number, line, input.value);
    if (kept) did(step);
    if (kept) select(nextDoubt(state, current, 1));
    else redraw();
  };
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") finish(true);
    if (event.key === "Escape") finish(false);
    if (event.key === "Enter" || event.key === "Escape") event.preventDefault();
    event.stopPropagation();
  });
  input.addEventListener("blur", () => finish(input.value !== text));
  shown.replaceChildren(input);
  input.focus();
  if (span) input.setSelectionRange(slice(text, 0, span[0]).length, slice(text, 0, span[1]).length);
}

function undo() {
  if (!steps.length) return tell(say("nothingToUndo"));
  const step = steps.pop();
  state = stateOf(view, steps);
  const index = state.doubts.findIndex((d) => !d.done && (step.field ? d.field === step.field : !d.field && d.page === step.page && d.line === step.line));
  select(index >= 0 ? index : current);
}

async function save(checked = false) {
  if (!view || (!steps.length && !checked)) return;
  const corrections = steps;
  try {
    const told = await fetched(`/api/documents/${view.key}`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ version: view.version, corrections, checked }),
    });
    const before = current;
    take(told);
    queue = await fetched("/api/queue");
    select(state.doubts.length ? nextDoubt(state, Math.min(before, state.doubts.length) - 1, 1) : -1);
    tell(`${say("saved")}: ${corrections.length}`);
    return true;
  } catch (error) {
    tell(say(error.message === "outdated" ? "outdated" : "notSaved") + (error.message === "outdated" ? "" : ` ${error.message}`), true);
    return false;
  }
}

async function finish() {
  if (!view) return;
  const left = state.doubts.filter((d) => !d.done).length;
  if (left && !insisted) {
    insisted = true;
    return tell(`${left} ${say("openDoubts")}`, true);
  }
  if (!(await save(true))) return;
  const next = queue.documents.find((entry) => !entry.checked);
  if (next) await showDocument(next.key);
  else await showQueue();
}

function turn(direction) {
  const numbers = view.pages.map((p) => p.number);
  const next = numbers[numbers.indexOf(pageNumber) + direction];
  if (next !== undefined) pageNumber = next;
  redraw();
}

function switchLanguage() {
  language = language === "vi" ? "en" : "vi";
  localStorage.setItem("language", language);
  translate();
  if (view) redraw();
  else showQueue();
}

function translate() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  at("language").textContent = language === "vi" ? "English" : "Tiếng Việt";
  at("keys").replaceChildren(...keyRows());
}

const KEYS = [
  ["N", "keyNext", () => select(nextDoubt(state, current, 1))],
  ["P", "keyBefore", () => select(nextDoubt(state, current, -1))],
  ["Enter", "accept", accept],
  ["E", "type", type],
  ["U", "undo", undo],
  ["S", "save", () => save()],
  ["F", "finish", finish],
  ["[", "pageBefore", () => turn(-1)],
  ["]", "pageAfter", () => turn(1)],
  ["Z", "zoom", () => at("paper").classList.toggle("large")],
  ["Q", "queue", showQueue],
  ["L", "language", switchLanguage],
  ["?", "help", () => at("help").showModal()],
];

const keyRows = () => [["1 … 9", "choose"], ...KEYS].map(([key, what]) => make("tr", {}, make("td", {}, make("kbd", {}, key)), make("td", {}, say(what))));

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input, textarea");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
    event.preventDefault();
    event.target.blur?.();
    return save();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || at("help").open) return;
  if (typing) {
    const done = event.key === "Escape" || (event.key === "Enter" && (event.target.matches("input") || event.ctrlKey));
    if (!done) return;
    event.preventDefault();
    if (event.key === "Escape") event.target.value = state.fields.get(event.target.name) ?? "";
    event.target.blur();
    if (event.key === "Enter" && state.doubts[current]?.done) select(nextDoubt(state, current, 1));
    return;
  }
  if (event.target.matches("button, a") && event.key === "Enter") return;
  if (view && /^[1-9]$/.test(event.key)) return choose(Number(event.key) - 1);
  const found = KEYS.find(([key]) => key.toLowerCase() === event.key.toLowerCase());
  if (!found || (!view && !["L", "?", "Q"].includes(found[0]))) return;
  event.preventDefault();
  found[2]();
});

window.addEventListener("beforeunload", (event) => { if (steps.length) event.preventDefault(); });
at("fields").addEventListener("submit", (event) => event.preventDefault());
for (const [id, act] of [
  ["home", showQueue], ["save", () => save()], ["finish", finish], ["language", switchLanguage], ["page-before", () => turn(-1)],
  ["page-after", () => turn(1)], ["zoom", () => at("paper").classList.toggle("large")], ["help-open", () => at("help").showModal()],
]) at(id).addEventListener("click", act);

messages = await fetched("/messages.json");
translate();
await showWhatWasAsked();

async function showWhatWasAsked() {
  const key = location.hash.slice(1);
  queue = await fetched("/api/queue");
  if (queue.documents.some((entry) => entry.key === key)) await showDocument(key);
  else await showQueue();
}
document.body.dataset.ready = "yes";

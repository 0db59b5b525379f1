// The state of one document on the page: what the server told, and what the person did since. It is always computed anew
// from both, so that undoing is leaving out the last step. Offsets count code points, as in the JSON.

export const slice = (text, start, end) => Array.from(text).slice(start, end).join("");
const size = (text) => Array.from(text).length;
const placeOf = (page, line) => `${page}:${line}`;

export function stateOf(view, steps) {
  const state = { texts: new Map(), fields: new Map(), doubts: view.doubts.map((d) => ({ ...d, done: false })) };
  for (const page of view.pages) {
    page.lines.forEach((line, i) => state.texts.set(placeOf(page.number, i + 1), line.text));
  }
  for (const field of view.fields) state.fields.set(field.name, field.value);
  for (const step of steps) apply(state, step);
  return state;
}

export const textOf = (state, page, line) => state.texts.get(placeOf(page, line)) ?? "";

function apply(state, step) {
  if (step.field) {
    state.fields.set(step.field, step.after);
    for (const doubt of state.doubts) if (doubt.field === step.field) doubt.done = true;
    return;
  }
  state.texts.set(placeOf(step.page, step.line), step.after);
  const grown = size(step.after) - size(step.before);
  for (const doubt of state.doubts) {
    if (doubt.field || doubt.page !== step.page || doubt.line !== step.line) continue;
    if (!step.span || !doubt.span || (doubt.span[0] < step.span[1] && step.span[0] < doubt.span[1])) doubt.done = true;
    if (step.span && doubt.span && doubt.span[0] >= step.span[1]) {
      doubt.span = [doubt.span[0] + grown, doubt.span[1] + grown];
    } else if (step.span && doubt.done && doubt.span) {
      doubt.span = [doubt.span[0], Math.max(doubt.span[0], doubt.span[1] + grown)];
    }
  }
}

// What the person does: each gives a step that the server understands as a correction.

export function accepted(state, doubt) {
  if (doubt.field) {
    const value = state.fields.get(doubt.field) ?? null;
    return { page: doubt.page, line: null, field: doubt.field, span: null, before: value, after: value };
  }
  const text = textOf(state, doubt.page, doubt.line);
  return { page: doubt.page, line: doubt.line, field: null, span: doubt.span, before: text, after: text };
}

export function chosen(state, doubt, alternative) {
  const step = accepted(state, doubt);
  if (doubt.field) return { ...step, after: alternative };
  const [start, end] = doubt.span ?? [0, size(step.before)];
  const letters = Array.from(step.before);
  return { ...step, after: letters.slice(0, start).join("") + alternative + letters.slice(end).join("") };
}

export function retyped(state, page, line, text) {
  const clean = text.replace(/[\r\n\v\f\u001c-\u001e\u0085\u2028\u2029]+/g, " ").normalize("NFC");
  return { page, line, field: null, span: null, before: textOf(state, page, line), after: clean };
}

// Days and months as they are written in Vietnam become those of the JSON: 02/6/2025 is 2025-06-02.
const isDay = (text) => !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(`${text}T`);
const FORMS = { date: isDay, date_partial: (text) => /^\d{4}(-(0[1-9]|1[0-2]))?$/.test(text) };

export function isoDate(name, text) {
  if (!FORMS[name]) return text;
  const parts = text.split(/[./-]/);
  if (parts.length < 2 || parts.at(-1).length !== 4) return text;
  return parts.reverse().map((part) => part.padStart(2, "0")).join("-");
}

export const hasForm = (name, value) => !value || !FORMS[name] || FORMS[name](value);

export function filled(state, page, name, text) {
  const clean = isoDate(name, text.split("\n").map((part) => part.trim()).filter(Boolean).join("\n").normalize("NFC"));
  return { page, line: null, field: name, span: null, before: state.fields.get(name) ?? null, after: clean || null };
}

export function nextDoubt(state, from, direction) {
  const open = state.doubts.map((doubt, i) => (doubt.done ? -1 : i)).filter((i) => i >= 0);
  if (!open.length) return -1;
  if (direction > 0) return open.find((i) => i > from) ?? open[0];
  return open.findLast((i) => i < from) ?? open[open.length - 1];
}

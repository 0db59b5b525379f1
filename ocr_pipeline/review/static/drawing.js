// What is seen. Every text goes in as text, never as markup; places are set through the style object.

import { slice, textOf } from "./model.js";

export const at = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function drawQueue(queue, say, open) {
  at("queue-table").tHead.replaceChildren(
    make("tr", {}, ...["document", "number", "titleField", "doubts", "corrections", "state"].map((key) => make("th", {}, say(key)))),
  );
  at("queue-table").tBodies[0].replaceChildren(
    ...queue.documents.map((entry) =>
      make(
        "tr", { class: entry.checked ? "checked" : "", "data-key": entry.key },
        make("td", {}, make("a", { href: `#${entry.key}`, onclick: () => open(entry.key) }, entry.path)),
        make("td", { class: "plain" }, entry.number ?? "–"), make("td", { class: "wide" }, entry.title ?? "–"),
        make("td", { class: "figure" }, String(entry.doubts)), make("td", { class: "figure" }, String(entry.corrections)),
        make("td", { class: "plain" }, say(entry.checked ? "checked" : "waiting")),
      ),
    ),
  );
}

export function drawRates(rates, say) {
  at("rates-table").tHead.replaceChildren(
    make("tr", {}, ...["check", "field", "seen", "wrong", "share"].map((key) => make("th", {}, say(key)))),
  );
  at("rates-table").tBodies[0].replaceChildren(
    ...rates.map((rate) =>
      make(
        "tr", { class: rate.wrong ? "wrong" : "" },
        make("td", {}, `V${rate.check}`), make("td", {}, say(`field.${rate.field}`)),
        ...[rate.seen, rate.wrong, `${(100 * rate.share).toFixed(1)} %`].map((value) => make("td", { class: "figure" }, String(value))),
      ),
    ),
  );
}

export function drawPage(view, state, page, current, act) {
  // The boxes have their places before the image is there.
  at("paper").style.aspectRatio = page.width ? `${page.width} / ${page.height}` : "";
  const open = state.doubts.map((doubt, i) => ({ doubt, i })).filter(({ doubt }) => !doubt.field && doubt.page === page.number);
  drawLines(page, state, open, current, act);
  drawBoxes(page, open, current, act);
  at("page-text").textContent = `${page.number} / ${view.pages.length}`;
  at("page-problem").hidden = !page.problem;
  at("page-problem").textContent = page.problem ?? "";
}

function drawLines(page, state, doubts, current, act) {
  at("lines").replaceChildren(
    ...page.lines.map((line, i) => {
      const number = i + 1;
      const text = textOf(state, page.number, number);
      const marked = doubts.filter(({ doubt }) => doubt.line === number).sort((a, b) => (a.doubt.span?.[0] ?? 0) - (b.doubt.span?.[0] ?? 0));
      return make(
        "div",
        {
          class: `line ${line.zone}${text !== line.text ? " changed" : ""}`, "data-line": number, title: line.raw,
          ondblclick: () => act.edit(page.number, number),
        },
        ...pieces(text, marked, current, act),
      );
    }),
  );
}

function pieces(text, marked, current, act) {
  const parts = [];
  let from = 0;
  for (const { doubt, i } of marked) {
    const [start, end] = doubt.span ?? [0, Array.from(text).length];
    if (start < from) continue;
    parts.push(slice(text, from, start));
    const name = `doubt${doubt.done ? " done" : ""}${i === current ? " current" : ""}`;
    parts.push(make("mark", { class: name, "data-doubt": i, onclick: () => act.select(i) }, slice(text, start, end) || "␣"));
    from = end;
  }
  parts.push(slice(text, from));
  return parts;
}

const boxOf = (page, doubt) => {
  const line = page.lines[(doubt.line ?? 0) - 1];
  if (!line) return null;
  const words = doubt.span ? line.words.filter((w) => w[0] < doubt.span[1] && doubt.span[0] < w[1]) : [];
  if (!words.length) return line.bbox;
  const edge = (k, pick) => pick(...words.map((w) => w[k]));
  return [edge(2, Math.min), edge(3, Math.min), edge(4, Math.max), edge(5, Math.max)];
};

export function placed(element, page, box) {
  const [x0, y0, x1, y1] = box;
  element.style.left = `${(100 * x0) / page.width}%`;
  element.style.top = `${(100 * y0) / page.height}%`;
  element.style.width = `${(100 * (x1 - x0)) / page.width}%`;
  element.style.height = `${(100 * (y1 - y0)) / page.height}%`;
  return element;
}

function drawBoxes(page, doubts, current, act) {
  const boxes = [];
  for (const { doubt, i } of doubts) {
    const box = page.width ? boxOf(page, doubt) : null;
    const name = `box${doubt.done ? " done" : ""}${i === current ? " current" : ""}`;
    if (box) boxes.push(placed(make("div", { class: name, onclick: () => act.select(i) }), page, box));
  }
  at("boxes").replaceChildren(...boxes);
}

// The place on the page that belongs to a doubt, a field's evidence or a mention.
export function showPlace(page, place) {
  at("boxes").querySelector(".place")?.remove();
  const box = place.box ?? boxOf(page, place);
  if (!page.width || !box) return drawCrop(page, null);
  const element = placed(make("div", { class: "box place" }), page, box);
  at("boxes").append(element);
  element.scrollIntoView({ block: "center", inline: "nearest" });
  drawCrop(page, box);
}

// The place, enlarged, out of the same image; of several lines the first.
function drawCrop(page, box) {
  const crop = at("crop");
  crop.hidden = !page.pictured || !box;
  if (crop.hidden) return;
  const [x0, y0, x1, y1] = box;
  const height = Math.min(Math.max(12, y1 - y0), page.height / 30);
  const scale = crop.clientHeight / (2.2 * height);
  const wide = (x1 - x0) * scale > crop.clientWidth;
  const left = wide ? x0 * scale - 8 : ((x0 + x1) / 2) * scale - crop.clientWidth / 2;
  const top = (y0 + height / 2) * scale - crop.clientHeight / 2;
  crop.style.backgroundImage = `url("${at("image").src}")`;
  crop.style.backgroundSize = `${page.width * scale}px ${page.height * scale}px`;
  crop.style.backgroundPosition = `${-left}px ${-top}px`;
}

export function drawFields(view, state, current, say, act) {
  const doubtful = new Map(state.doubts.map((doubt, i) => [doubt.field, { doubt, i }]).filter(([name]) => name));
  at("fields").replaceChildren(
    ...view.fields.map((field) => {
      const value = state.fields.get(field.name) ?? "";
      const found = doubtful.get(field.name);
      const rows = Math.min(6, Math.max(value.split("\n").length, Math.ceil(value.length / 34)));
      const input = make(rows > 1 || /recipients|addressees|authority|title/.test(field.name) ? "textarea" : "input", {
        id: `field-${field.name}`, name: field.name, spellcheck: "false", rows,
        onchange: (event) => act.fill(field.name, event.target.value), onfocus: () => act.look(field, found?.i),
        // What was only proposed and not typed on is no value.
        onblur: (event) => { if (!value && event.target.value === found?.doubt.draft) event.target.value = ""; },
      });
      input.value = value;
      const open = found && !found.doubt.done;
      const name = `field${open ? " open" : found ? " done" : ""}${found && found.i === current ? " current" : ""}${value !== (field.value ?? "") ? " changed" : ""}`;
      const source = field.evidence ? `${say(`source.${field.evidence.source}`)} ${Math.round(100 * field.evidence.confidence)} %` : "";
      return make("div", { class: name }, make("label", { for: input.id }, fieldName(field.name, say), make("small", {}, source)), input);
    }),
  );
}

export function fieldName(name, say) {
  const signer = /^signers\.(\d)\.(\w+)$/.exec(name);
  return signer ? `${say("signer")} ${signer[1]}: ${say(`field.${signer[2]}`)}` : say(`field.${name}`);
}

export function drawReferences(view, say, act) {
  at("references").replaceChildren(
    ...view.references.map((reference) =>
      make(
        "li", { class: reference.own ? "own" : "" },
        make("strong", {}, [reference.doc_type, reference.number].filter(Boolean).join(" ")),
        make("span", {}, [reference.date, reference.issuer].filter(Boolean).join(", ")),
        ...reference.mentions.map((mention) =>
          make("button", { type: "button", class: "mention", title: mention.surface, onclick: () => act.goTo(mention) },
            `${say("page")} ${mention.page}, ${say("line")} ${mention.line}: ${mention.relation}`),
        ),
      ),
    ),
  );
}

export function drawDoubt(doubt, text, counts, say, act) {
  at("doubt-count").textContent = `${counts.done} / ${counts.all} ${say("seenDoubts")}`;
  at("alternatives").replaceChildren();
  if (!doubt) {
    at("doubt-text").replaceChildren(make("strong", {}, say("nothingLeft")), make("p", {}, say("nothingLeftNote")));
    return;
  }
  const where = doubt.field ? fieldName(doubt.field, say) : `${say("page")} ${doubt.page}, ${say("line")} ${doubt.line}`;
  at("doubt-text").replaceChildren(
    make("p", { class: "where" }, where, " · ", say(`reason.${doubt.reason}`), doubt.done ? ` · ${say("seenAlready")}` : ""),
    make("strong", {}, text || say("empty")), make("p", { class: "detail" }, doubt.detail),
  );
  at("alternatives").append(
    make("li", { class: "accept" }, make("button", { type: "button", onclick: act.accept }, make("kbd", {}, "Enter"), ` ${say("accept")}`)),
    ...doubt.alternatives.map((alternative, i) =>
      make("li", {}, make("button", { type: "button", onclick: () => act.choose(i) }, make("kbd", {}, String(i + 1)), ` ${alternative}`)),
    ),
    make("li", {}, make("button", { type: "button", onclick: act.type }, make("kbd", {}, "E"), ` ${say("type")}`)),
  );
}

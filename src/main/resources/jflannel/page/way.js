// The way of a packet between two addresses, hop by hop.

import { byId, el, plural, say, svg } from "./dom.js";

const PATIENCE = 20_000;
const HERE = "this node";

const VERDICTS = {
  ok: ["good", "It passes"],
  broken: ["broken", "It does not arrive"],
  unknown: ["doubtful", "That cannot be said"],
};

/** One path each, in a box of 20 by 20. */
const SIGNS = {
  pod: "M10 2l7 4v8l-7 4-7-4V6zM3 6l7 4 7-4M10 10v8",
  device: "M3 7h14v7H3zM6 14v3M10 14v3M14 14v3M10 7V4",
  rules: "M3 4h14l-5.5 6.5V17l-3-2v-4.5z",
  route: "M4 17V9a3 3 0 0 1 3-3h9M12 2l4 4-4 4",
  neighbor: "M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6M2 17c0-7 10-7 10 0M13 8h5M15.5 5.5v5",
  fdb: "M3 4h14v12H3zM3 8h14M3 12h14M8 4v12",
  tunnel: "M2 7h16M2 13h16M6 10h8M11 8l3 2-3 2",
  peer: "M4 3h12v5H4zM4 12h12v5H4zM7 5.5h.1M7 14.5h.1",
  delivery: "M4 10l4 4 8-9",
};

export function startWay() {
  byId("packet").addEventListener("submit", (event) => {
    event.preventDefault();
    follow();
  });
  byId("protocol").addEventListener("change", ports);
  ports();
}

/** Follows a packet to a peer's subnet. */
export function followTo(address) {
  byId("to").value = address;
  byId("way").scrollIntoView();
  byId("to").focus({ preventScroll: true });
  follow();
}

function ports() {
  byId("port").disabled = byId("protocol").value === "icmp";
}

async function follow() {
  const query = new URLSearchParams();
  for (const name of ["from", "to", "protocol", "port"]) {
    if (!byId(name).disabled) query.set(name, byId(name).value.trim());
  }
  byId("follow").disabled = true;
  say(byId("answer"), "Following the packet…");
  try {
    const answer = await fetch(`way?${query}`, { signal: AbortSignal.timeout(PATIENCE) });
    const text = await answer.text();
    if (answer.ok) {
      draw(JSON.parse(text));
    } else {
      fail(text);
    }
  } catch (error) {
    fail(error.name === "TimeoutError" ? "There was no answer in time." : "flanneld does not answer.");
  }
  byId("follow").disabled = false;
}

function fail(words) {
  byId("hops").replaceChildren();
  byId("answer").className = "answer broken";
  say(byId("answer"), words);
}

/** @param trace as `flannel trace -o json` prints it */
function draw(trace) {
  const [level] = VERDICTS[trace.verdict] ?? VERDICTS.unknown;
  byId("answer").className = `answer ${level}`;
  say(byId("answer"), trace.summary);
  const places = [];
  let tube = false;
  trace.hops.forEach((one, i) => {
    if (places.at(-1)?.node !== one.node) places.push({ node: one.node, predicted: one.predicted, hops: [] });
    tube = one.node === HERE && (tube || one.step === "tunnel");
    places.at(-1).hops.push(hop(one, tube, i === trace.broken));
  });
  byId("hops").replaceChildren(
    el("div", { class: "places" }, ...places.map(place)),
    ...trace.notes.map((note) => el("p", { class: "quiet" }, note)));
}

function place({ node, predicted, hops }) {
  const name = node === HERE ? "This node" : node;
  return el("section", { class: "place", "aria-label": `${name}, ${plural(hops.length, "step")}` },
    el("h3", {}, name, predicted ? el("span", { class: "quiet" }, " predicted") : null),
    el("ol", { class: "way" }, ...hops));
}

function hop(one, tube, first) {
  const [level, word] = VERDICTS[one.verdict] ?? VERDICTS.unknown;
  const bad = one.verdict !== "ok";
  return el("li", { class: `hop ${level}${tube ? " in-tunnel" : ""}${first ? " first" : ""}` },
    svg("svg", { viewBox: "0 0 20 20", class: "sign", "aria-hidden": "true" }, svg("path", { d: SIGNS[one.step] ?? SIGNS.device })),
    el("div", { class: "step" },
      el("p", { class: "what" }, one.what),
      el("p", { class: "chips" }, el("span", { class: `chip ${one.by}` }, one.by),
        one.device ? el("code", { class: "chip" }, one.device) : null,
        one.packet ? el("code", { class: "packet" }, one.packet) : null),
      bad ? el("p", { class: "reason" }, el("strong", {}, `${word}: `), one.reason) : null,
      bad && one.remedy ? el("p", { class: "remedy" }, one.remedy) : null,
      one.evidence.length > 0 ? el("details", {}, el("summary", {}, "Evidence"), el("pre", {}, one.evidence.join("\n"))) : null));
}

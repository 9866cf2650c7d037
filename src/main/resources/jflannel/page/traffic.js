// What is counted, as rates.

import { byId, el, say, svg } from "./dom.js";

const KEPT = 60;
const WIDTH = 240;
const HEIGHT = 44;
const UNITS = ["B/s", "kB/s", "MB/s", "GB/s"];

const history = new Map();

export function rate(bytes) {
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toPrecision(2)} ${UNITS[unit]}`;
}

/** Adds counts and returns rates per second; a counter that went back has started again. */
export function note(kept, at, received, sent) {
  const last = kept.last;
  kept.last = { at, received, sent };
  if (!last || at <= last.at) return null;
  const per = (now, before) => (now >= before ? ((now - before) * 1000) / (at - last.at) : 0);
  const now = { received: per(received, last.received), sent: per(sent, last.sent) };
  kept.rates.push(now);
  if (kept.rates.length > KEPT) kept.rates.shift();
  return now;
}

export function showTraffic(traffic) {
  const cards = traffic.devices.map((device) => {
    if (!history.has(device.device)) history.set(device.device, { rates: [], ...card(device.device) });
    const kept = history.get(device.device);
    const now = note(kept, traffic.at, device.receivedBytes, device.sentBytes);
    kept.element.classList.toggle("down", !device.up);
    say(kept.received, now ? rate(now.received) : "…");
    say(kept.sent, now ? rate(now.sent) : "…");
    say(kept.lost, losses(device));
    draw(kept);
    return kept.element;
  });
  const place = byId("devices");
  if (place.children.length !== cards.length || cards.some((one, i) => place.children[i] !== one)) {
    place.replaceChildren(...cards);
  }
  say(byId("filtered"), filtered(traffic.filtered));
}

function losses(device) {
  const parts = [];
  if (!device.up) parts.push("down");
  if (device.dropped > 0) parts.push(`${device.dropped.toLocaleString()} dropped`);
  if (device.errors > 0) parts.push(`${device.errors.toLocaleString()} errors`);
  return parts.join(", ");
}

function filtered(counts) {
  const some = Object.entries(counts).filter(([, packets]) => packets > 0);
  return some.length === 0 ? ""
    : `The peer filter dropped ${some.map(([reason, packets]) => `${packets.toLocaleString()} (${reason})`).join(", ")}.`;
}

function card(name) {
  const received = el("dd", {});
  const sent = el("dd", {});
  const lost = el("p", { class: "lost-packets" });
  const lines = [svg("path", { class: "in" }), svg("path", { class: "out" })];
  const element = el("article", { class: "device", "aria-label": `Traffic of ${name}` },
    el("h3", {}, name), lost,
    el("dl", {}, el("div", { class: "in" }, el("dt", {}, "in"), received), el("div", { class: "out" }, el("dt", {}, "out"), sent)),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...lines));
  return { element, received, sent, lost, lines };
}

function draw(kept) {
  const most = Math.max(1, ...kept.rates.flatMap((one) => [one.received, one.sent]));
  ["received", "sent"].forEach((way, i) => {
    const points = kept.rates.map((one, n) => {
      const x = WIDTH - ((kept.rates.length - 1 - n) * WIDTH) / (KEPT - 1);
      const y = HEIGHT - 2 - (one[way] / most) * (HEIGHT - 6);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    kept.lines[i].setAttribute("d", points.length > 1 ? `M${points.join("L")}` : "");
  });
}

// The cluster as a picture. A few peers are drawn with their links; many are tiles. The table below says the same in
// words, so the picture is one image to a screen reader.

import { byId, el, plural, svg } from "./dom.js";
import { level, linkWord } from "./peer.js";

const MOST_DRAWN = 12;
const CARD = 190;
const ROW = 62;
const BOTH_SIDES = 800;
const ONE_SIDE = 520;

let last = { status: null, peers: [] };

/** @param choose called with the key of a peer that was clicked */
export function startMap(choose) {
  const map = byId("map");
  map.addEventListener("click", (event) => {
    const one = event.target.closest("[data-key]");
    if (one) choose(one.dataset.key);
  });
  let width = map.clientWidth;
  new ResizeObserver(() => {
    if (map.clientWidth !== width) {
      width = map.clientWidth;
      showMap(last.status, last.peers);
    }
  }).observe(map);
}

/** @param peers in order */
export function showMap(status, peers) {
  last = { status, peers };
  const map = byId("map");
  map.setAttribute("aria-label", summary(peers));
  const drawn = peers.length > 0 && peers.length <= MOST_DRAWN && map.clientWidth >= ONE_SIDE;
  map.replaceChildren(drawn ? star(status, peers, map.clientWidth) : tiles(status, peers));
}

function summary(peers) {
  const count = (wanted) => peers.filter(wanted).length;
  const broken = count((peer) => level(peer) === "broken");
  const parts = [
    [count((peer) => peer.state !== "failed" && peer.link === "tunnel"), "by tunnel"],
    [count((peer) => peer.state !== "failed" && peer.link === "direct"), "direct"],
    [count((peer) => level(peer) === "doubtful"), "doubtful or held"],
    [broken, "broken"],
  ].filter(([number]) => number > 0).map(([number, words]) => `${number.toLocaleString()} ${words}`);
  return `This node and ${plural(peers.length, "peer")}${parts.length ? `: ${parts.join(", ")}` : ""}`;
}

function tiles(status, peers) {
  return el("div", { class: "tiles" }, ...peers.map((peer) => {
    const name = `${peer.subnets.join(" and ")} at ${peer.publicIps.join(" and ")}: ${linkWord(peer)}`;
    return el("span", { class: `tile ${level(peer)} ${peer.link}`, "data-key": peer.key, title: name });
  }));
}

function star(status, peers, width) {
  const both = width >= BOTH_SIDES && peers.length > 1;
  const right = peers.filter((_, i) => !both || i % 2 === 0);
  const left = peers.filter((_, i) => both && i % 2 === 1);
  const height = Math.max(right.length, left.length, 2) * ROW + 28;
  const hub = { x: both ? width / 2 : CARD / 2 + 8, y: height / 2 };
  const reach = both ? Math.min(width / 2 - CARD - 8, 420) : width - CARD - 12 - hub.x;
  const links = svg("g", {});
  const cards = svg("g", {});
  place(right, hub.x + reach, 1);
  place(left, hub.x - reach, -1);

  function place(side, x, way) {
    side.forEach((peer, i) => {
      const y = height / 2 + (i - (side.length - 1) / 2) * ROW;
      links.append(...link(peer, hub.x + (way * CARD) / 2, hub.y, x, y));
      cards.append(card(peer, way > 0 ? x : x - CARD, y));
    });
  }
  return svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height }, links, cards,
    box(hub.x - CARD / 2, hub.y, "hub", "This node", (status?.subnets ?? []).join(" ")));
}

function link(peer, x, y, toX, toY) {
  const middle = (x + toX) / 2;
  const d = `M${x} ${y}C${middle} ${y} ${middle} ${toY} ${toX} ${toY}`;
  const lines = [svg("path", { d, class: `link ${peer.link} ${level(peer)}` })];
  if (peer.link === "tunnel") lines.unshift(svg("path", { d, class: `tube ${level(peer)}` }));
  if (level(peer) === "broken") {
    lines.push(svg("path", { d: `M${middle - 6} ${(y + toY) / 2 - 6}l12 12m0 -12l-12 12`, class: "cross" }));
  }
  return lines;
}

function card(peer, x, y) {
  const group = box(x, y, level(peer), peer.subnets[0], `${peer.publicIps[0]} · ${linkWord(peer)}`);
  group.setAttribute("data-key", peer.key);
  return group;
}

function box(x, y, kind, title, line) {
  return svg("g", { class: `box ${kind}`, transform: `translate(${x} ${y - 24})` },
    svg("rect", { width: CARD, height: 48, rx: 9 }),
    svg("text", { x: 14, y: 20, class: "name" }, title),
    svg("text", { x: 14, y: 37, class: "line" }, line));
}

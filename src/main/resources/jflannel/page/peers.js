// The table of peers.

import { byId, el, plural, say } from "./dom.js";
import { level, linkWord, somePod, stateWord, trouble } from "./peer.js";
import { note, rate } from "./traffic.js";
import { followTo } from "./way.js";

const PAGE = 50;
const ORDER = ["broken", "doubtful", "good"];

const rows = new Map();
const hosts = new Map();
let peers = [];
let limit = PAGE;

export function startPeers() {
  const again = () => {
    limit = PAGE;
    list();
  };
  byId("words").addEventListener("input", again);
  byId("which").addEventListener("change", again);
  byId("search").addEventListener("submit", (event) => event.preventDefault());
  byId("more").addEventListener("click", () => {
    limit += PAGE;
    list();
  });
}

/** @param all by subnet; those with trouble are listed first */
export function showPeers(all) {
  peers = ORDER.flatMap((wanted) => all.filter((peer) => level(peer) === wanted));
  const keys = new Set(all.map((peer) => peer.key));
  for (const key of rows.keys()) {
    if (!keys.has(key)) rows.delete(key);
  }
  list();
}

/** Opens a peer's row, and takes the reader there. */
export function choose(key) {
  const index = peers.findIndex((peer) => peer.key === key);
  if (index < 0) return;
  byId("words").value = "";
  byId("which").value = "all";
  limit = Math.max(limit, index + 1);
  list();
  const row = rows.get(key);
  open(row, true);
  row.button.scrollIntoView({ block: "center" });
  row.button.focus();
}

/** Shows each peer's traffic, or says that it is not counted. */
export function showRates(traffic) {
  document.body.classList.toggle("by-peer", traffic.byPeer);
  say(byId("counted"), traffic.byPeer ? "Traffic is that which the kernel's programs carry." : "Traffic is not counted per peer.");
  if (!traffic.byPeer) return;
  for (const [host, counts] of Object.entries(traffic.hosts)) {
    if (!hosts.has(host)) hosts.set(host, { rates: [], counts });
    hosts.get(host).counts = counts;
  }
  for (const kept of hosts.values()) {
    kept.now = note(kept, traffic.at, kept.counts.receivedBytes, kept.counts.sentBytes);
  }
  for (const one of rows.values()) {
    if (one.peer) say(one.traffic, words(one.peer));
  }
}

function words(peer) {
  const kept = peer.publicIps.map((ip) => hosts.get(ip)).filter((one) => one?.now);
  if (kept.length === 0) return "…";
  const sum = (way) => kept.reduce((all, one) => all + one.now[way], 0);
  const wrong = kept.reduce((all, one) => all + one.counts.wrongSource, 0);
  return `${rate(sum("received"))} in, ${rate(sum("sent"))} out${wrong > 0 ? `, ${wrong.toLocaleString()} dropped for a wrong source` : ""}`;
}

function isWanted(peer, words, which) {
  const text = `${peer.subnets.join(" ")} ${peer.publicIps.join(" ")} ${peer.why} ${peer.backend}`.toLowerCase();
  return words.every((word) => text.includes(word))
    && (which === "all" || which === peer.link || (which === "trouble" && level(peer) !== "good"));
}

function list() {
  const words = byId("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const which = byId("which").value;
  const found = peers.filter((peer) => isWanted(peer, words, which));
  const listed = found.slice(0, limit).map(row);
  const body = byId("rows");
  if (body.children.length !== listed.length || listed.some((one, i) => body.children[i] !== one.element)) {
    const focused = document.activeElement;
    body.replaceChildren(...listed.map((one) => one.element));
    if (body.contains(focused)) focused.focus({ preventScroll: true });
  }
  byId("more").hidden = found.length <= limit;
  say(byId("count"), found.length === peers.length ? plural(found.length, "peer")
    : `${found.length.toLocaleString()} of ${plural(peers.length, "peer")}`);
}

function row(peer) {
  if (!rows.has(peer.key)) rows.set(peer.key, make(peer.key));
  const one = rows.get(peer.key);
  if (one.peer !== peer) {
    one.peer = peer;
    fill(one);
  }
  return one;
}

function make(key) {
  const button = el("button", { type: "button", class: "peer", "aria-expanded": "false" });
  const host = el("span", { class: "quiet" });
  const link = el("td", {});
  const traffic = el("td", { class: "rates" });
  const state = el("td", {});
  const more = el("div", { class: "more", hidden: true });
  const follow = el("button", { type: "button" }, "Follow a packet there");
  const why = el("p", { class: "why" });
  const element = el("tr", { "data-key": key }, el("th", { scope: "row" }, button, host, why, more), link, traffic, state);
  const one = { element, button, host, why, more, follow, link, traffic, state, peer: null };
  follow.addEventListener("click", () => followTo(somePod(one.peer)));
  button.addEventListener("click", () => open(one, button.getAttribute("aria-expanded") !== "true"));
  return one;
}

function open(one, wanted) {
  one.button.setAttribute("aria-expanded", String(wanted));
  one.more.hidden = !wanted;
}

function fill(one) {
  const peer = one.peer;
  say(one.button, peer.subnets.join(" and "));
  say(one.host, peer.publicIps.join(" and "));
  say(one.link, linkWord(peer));
  say(one.why, trouble(peer));
  one.state.replaceChildren(el("span", { class: `mark ${level(peer)}` }, stateWord(peer)));
  const facts = [["Backend", peer.backend || "udp or alloc"], ["Published", peer.backendData.join(" ")], ["By the daemon because", peer.daemon]];
  one.more.replaceChildren(el("dl", {}, ...facts.filter(([, value]) => value)
    .map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))), one.follow);
}

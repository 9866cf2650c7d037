// Wires the stream of events to the parts of the page.

import { byId, say, time } from "./dom.js";
import { showMap, startMap } from "./map.js";
import { showNode } from "./node.js";
import { sortKey } from "./peer.js";
import { choose, showPeers, showRates, startPeers } from "./peers.js";
import { showTraffic } from "./traffic.js";
import { startWay } from "./way.js";

const LATER = 30_000;

const peers = new Map();
let status = null;
let heard = null;

function sorted() {
  return [...peers.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
}

function take(news) {
  if (news.all) peers.clear();
  news.gone.forEach((key) => peers.delete(key));
  news.put.forEach((peer) => peers.set(peer.key, { ...peer, order: sortKey(peer) }));
  showPeers(sorted());
  showMap(status, sorted());
}

function connect() {
  const events = new EventSource("events");
  const on = (name, use) => events.addEventListener(name, (event) => {
    heard = new Date();
    byId("lost").hidden = true;
    use(JSON.parse(event.data));
  });
  on("status", (now) => {
    status = now;
    showNode(now);
    showMap(now, sorted());
  });
  on("peers", take);
  on("traffic", (now) => {
    showTraffic(now);
    showRates(now);
  });
  events.addEventListener("error", () => {
    const what = heard ? `What you see is of ${time(heard)}.` : "";
    byId("lost").hidden = false;
    say(byId("lost"), `flanneld does not answer. ${what}`);
    if (events.readyState === EventSource.CLOSED) { // too many watch, say
      setTimeout(connect, LATER);
    }
  });
}

startMap(choose);
startPeers();
startWay();
connect();

// The top of the page: state, conditions, facts.

import { byId, el, say, time } from "./dom.js";

const STATES = {
  ready: ["good", "Ready"],
  degraded: ["doubtful", "Degraded"],
  failed: ["broken", "Failed"],
  stopped: ["broken", "Stopped"],
};

const SEVERITIES = {
  degraded: ["doubtful", "Degraded"],
  failing: ["broken", "Not ready"],
  "no-network": ["broken", "No network"],
};

export function showNode(status) {
  const [level, word] = STATES[status.state] ?? ["doubtful", status.state.replaceAll("-", " ")];
  const badge = byId("state");
  badge.className = `badge ${level}`;
  say(badge, word);
  say(byId("host"), status.host || "flannel");
  say(byId("since"), `since ${time(status.since)}`);
  document.title = `${word} · ${status.host || "flannel"}`;
  say(byId("version"), `jflannel ${status.version}`);
  byId("conditions").replaceChildren(...conditions(status));
  byId("facts").replaceChildren(...facts(status));
}

function conditions(status) {
  const found = status.conditions.map(condition);
  if (status.silent) {
    found.unshift(el("li", { class: "condition broken" }, el("p", {}, "The control loop does not answer."),
      el("p", { class: "remedy" }, "What follows may be out of date. See /livez and the log.")));
  }
  return found.length > 0 ? found : [el("li", { class: "condition good" }, el("p", {}, "Nothing is wrong."))];
}

function condition(one) {
  const [level, word] = SEVERITIES[one.severity] ?? ["doubtful", one.severity];
  return el("li", { class: `condition ${level}` },
    el("p", {}, el("strong", {}, word), " ", el("code", {}, one.code), one.subject ? ` ${one.subject}` : null,
      el("span", { class: "quiet" }, ` since ${time(one.since)}`)),
    el("p", { class: "detail" }, one.detail),
    el("p", { class: "remedy" }, one.remedy));
}

function facts(status) {
  const node = status.node;
  const packets = node.packets;
  const all = [
    ["Subnet", node.lease || "none yet"],
    ["Network", (status.networks ?? []).join(" and ")],
    ["Backend", node.backend],
    ["Interface to the others", node.underlay],
    ["MTU of pods", node.mtu > 0 ? `${node.mtu} bytes` : ""],
    ["Peers", node.lease ? peers(node) : ""],
    ["Packets are carried by", packets ? carriers(packets) : ""],
  ];
  return all.filter(([, value]) => value).map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)));
}

function peers(node) {
  const parts = [node.peers.toLocaleString()];
  if (node.failed > 0) parts.push(`${node.failed.toLocaleString()} out of reach`);
  if (node.held > 0) parts.push(`${node.held.toLocaleString()} held`);
  return parts.join(", ");
}

function carriers(packets) {
  if (packets.daemon === 0) return "the kernel";
  return packets.kernel === 0 ? "the daemon" : `the kernel for ${packets.kernel}, the daemon for ${packets.daemon} subnets`;
}

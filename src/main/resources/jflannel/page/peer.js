// What can be said about one peer.

export function level(peer) {
  if (peer.state === "failed") return "broken";
  return peer.held || peer.why ? "doubtful" : "good";
}

export function stateWord(peer) {
  if (peer.state === "failed") return "Broken";
  if (peer.held) return "Held";
  return peer.why ? "Doubtful" : "Good";
}

export function linkWord(peer) {
  if (peer.state === "failed") return "broken";
  if (peer.link === "none") return "no route";
  return peer.daemon ? `${peer.link}, by the daemon` : peer.link;
}

/** What is wrong with it, in a sentence or two; empty if nothing is. */
export function trouble(peer) {
  const held = peer.held ? "The store has lost its lease; its routes are kept for the grace period." : "";
  return [peer.why, held].filter(Boolean).join(" ");
}

/** Sorts subnets as numbers, IPv4 before IPv6. */
export function sortKey(peer) {
  const first = peer.subnets[0];
  return first.includes(":") ? `6${first}` : `4${first.split(/[./]/).map((part) => part.padStart(3, "0")).join(".")}`;
}

/** An address that a pod there may have: the second of its subnet, as the first is the bridge's. */
export function somePod(peer) {
  const address = peer.subnets[0].split("/")[0];
  return address.includes(":") ? `${address.replace(/::?$/, "::")}2` : address.replace(/\d+$/, (last) => Number(last) + 2);
}

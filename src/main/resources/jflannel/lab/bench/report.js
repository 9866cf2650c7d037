"use strict";

// Draws the page from the JSON in it. Text from the data is only ever set as text.

const data = JSON.parse(document.getElementById("data").textContent);
const backends = data.plan.backends;
const overlays = backends.filter(name => name !== "direct");

const CHARTS = [
  {title: "TCP throughput", hint: "Gbit/s that arrived; more is better",
    bars: [["one stream", "tcp-1"], ["the first after a start", "tcp-1-cold"], ["four streams", "tcp-4"]]},
  {title: "UDP packets received", hint: "thousands a second, by payload; more is better",
    bars: [["64 B", "udp-64-received"], ["512 B", "udp-512-received"], ["1400 B", "udp-1400-received"]]},
  {title: "What is left of the network’s speed", hint: "part of direct’s figure in the same run, in %; more is better",
    base: "direct", bars: [["TCP 1", "tcp-1"], ["TCP 4", "tcp-4"], ["UDP 64", "udp-64-received"],
      ["UDP 512", "udp-512-received"], ["UDP 1400", "udp-1400-received"]]},
  {title: "Round-trip time of a ping", hint: "ms, on a logarithmic scale; less is better", logarithmic: true,
    bars: [["idle, p50", "ping-p50"], ["idle, p99", "ping-p99"],
      ["TCP request, p50", "tcp-rr-p50"], ["TCP request, p99", "tcp-rr-p99"],
      ["under load, p50", "loaded-ping-p50"], ["under load, p99", "loaded-ping-p99"]]},
  {title: "Processor time", hint: "seconds per gigabit of one TCP stream; less is better",
    bars: [["the whole machine; darker: both flanneld", "cpu"]], foot: "cpu-flanneld"},
  {title: "Lost datagrams", hint: "% of those sent: at full speed, and of 100 slower flows; less is better",
    bars: [["64 B", "udp-64-loss"], ["512 B", "udp-512-loss"], ["1400 B", "udp-1400-loss"], ["100 flows", "flows-loss"]]},
];

let state = data.plan.offloads[0];
let charts = [];

function element(name, text, ...children) {
  const made = document.createElement(name);
  made.textContent = text;
  made.append(...children);
  return made;
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
}

/** Three digits, as many as such a measurement may claim. */
function figure(value) {
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 || size === 0 ? 2 : 3);
}

/** As short as a label above a thin bar must be: two digits, and no zero before the point. */
function short(value) {
  const text = value >= 99.5 ? value.toFixed(0) : String(Number(value.toPrecision(value < 0.01 ? 1 : 2)));
  return value < 0.0005 ? "0" : text.replace(/^0\./, ".");
}

function find(backend, metric) {
  return data.results.find(row => row.backend === backend && row.metric === metric && row.offloads === state);
}

/** {median, min, max} of a bar: the metric's own, or the ratio to a base in percent. */
function spread(backend, metric, base) {
  const row = find(backend, metric);
  if (!base || !row) {
    return row;
  }
  const ratio = row.ratios[base];
  return ratio && {median: 100 * ratio.median, min: 100 * ratio.min, max: 100 * ratio.max};
}

/** Draws each bar's value, a whisker from the smallest to the largest run, and the darker foot of some bars. */
const whiskers = {
  id: "whiskers",
  afterDatasetsDraw(chart) {
    const {ctx, scales: {y}} = chart;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour("ink");
    ctx.textAlign = "center";
    ctx.font = "600 11px system-ui, sans-serif";
    chart.data.datasets.forEach((set, index) => {
      chart.getDatasetMeta(index).data.forEach((bar, at) => {
        const it = set.spreads[at];
        if (!it) {
          ctx.fillText("–", bar.x, chart.chartArea.bottom - 5);
          return;
        }
        if (set.foot) {
          const top = y.getPixelForValue(set.foot.median);
          ctx.fillStyle = "rgb(0 0 0 / .38)";
          ctx.fillRect(bar.x - bar.width / 2, top, bar.width, chart.chartArea.bottom - top);
          ctx.fillStyle = colour("ink");
        }
        const low = Math.min(y.getPixelForValue(it.min), chart.chartArea.bottom);
        const high = y.getPixelForValue(it.max);
        if (low - high > 2) {
          ctx.globalAlpha = 0.65;
          ctx.beginPath();
          ctx.moveTo(bar.x, low);
          ctx.lineTo(bar.x, high);
          ctx.moveTo(bar.x - 3, high);
          ctx.lineTo(bar.x + 3, high);
          ctx.stroke();
          ctx.globalAlpha = 1;
        }
        ctx.fillText(short(it.median), bar.x, Math.min(high, bar.y) - 5);
      });
    });
    ctx.restore();
  },
};

function dataset(backend, chart) {
  const spreads = chart.bars.map(([, metric]) => spread(backend, metric, chart.base));
  return {
    label: backend, spreads, foot: chart.foot && find(backend, chart.foot), data: spreads.map(it => it ? it.median : null),
    backgroundColor: colour(backend), borderRadius: 3, maxBarThickness: 54, categoryPercentage: 0.86, barPercentage: 0.92,
  };
}

function tooltip(item) {
  const {label, spreads, foot} = item.dataset;
  const it = spreads[item.dataIndex];
  const words = `${label}: ${figure(it.median)} (${figure(it.min)}–${figure(it.max)})`;
  return foot ? `${words}, flanneld ${figure(foot.median)}` : words;
}

function options(chart, sets) {
  const tops = sets.flatMap(set => set.spreads).filter(it => it).map(it => it.max);
  const axis = {ticks: {color: colour("soft")}, border: {color: colour("line")}};
  return {
    maintainAspectRatio: false, animation: false,
    layout: {padding: {top: 22}},
    scales: {
      x: {...axis, grid: {display: false}},
      y: {
        ...axis, beginAtZero: true, grid: {color: colour("line")},
        type: chart.logarithmic ? "logarithmic" : "linear",
        suggestedMax: Math.max(...tops),
        ticks: {
          ...axis.ticks, maxTicksLimit: 7,
          callback: value => !chart.logarithmic || Number.isInteger(Math.log10(value)) ? String(value) : null,
        },
      },
    },
    plugins: {legend: {display: false}, tooltip: {callbacks: {label: tooltip}}},
  };
}

function drawCharts() {
  charts.forEach(chart => chart.destroy());
  const shown = CHARTS.filter(chart => !chart.base || backends.includes(chart.base) && overlays.length > 0);
  document.getElementById("charts").replaceChildren();
  charts = shown.map(chart => {
    const canvas = element("canvas", "");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${chart.title}: the table below has the figures`);
    const frame = element("div", "", canvas);
    frame.className = "canvas";
    const hint = element("p", chart.hint);
    hint.className = "hint";
    const card = element("div", "", element("h3", chart.title), hint, frame);
    card.className = "card";
    document.getElementById("charts").append(card);
    const sets = (chart.base ? overlays : backends).map(name => dataset(name, chart));
    return new Chart(canvas, {
      type: "bar", plugins: [whiskers], options: options(chart, sets),
      data: {labels: chart.bars.map(([label]) => label), datasets: sets},
    });
  });
}

function cell(backend, metric) {
  const row = find(backend, metric);
  if (!row) {
    return element("td", "–");
  }
  const made = element("td", "", element("b", figure(row.median)));
  if (row.values.length > 1) {
    made.append(element("small", `${figure(row.min)}–${figure(row.max)}`));
  }
  const ratios = Object.entries(row.ratios).map(([base, ratio]) => `${figure(ratio.median)} × ${base}`);
  if (backend !== "direct" && ratios.length > 0) {
    made.append(element("small", ratios.join(", ")));
  }
  return made;
}

function drawTable() {
  const metrics = new Map(data.results.map(row => [row.metric, row]));
  const head = element("tr", "", element("th", ""), ...backends.map(name => element("th", name)));
  const rows = [...metrics.values()].map(metric => {
    const title = element("th", metric.title, element("small", metric.unit));
    return element("tr", "", title, ...backends.map(name => cell(name, metric.metric)));
  });
  document.getElementById("figures").replaceChildren(
    element("thead", "", head), element("tbody", "", ...rows));
}

function drawStates() {
  document.getElementById("states").replaceChildren(...data.plan.offloads.map(name => {
    const button = element("button", `offloads ${name}`);
    button.type = "button";
    button.setAttribute("aria-pressed", String(name === state));
    button.addEventListener("click", () => {
      state = name;
      draw();
    });
    return button;
  }));
}

function drawLegend() {
  document.getElementById("legend").replaceChildren(...backends.map(name => {
    const mark = element("i", "");
    mark.style.background = colour(name);
    return element("span", "", mark, name);
  }));
}

function drawHead() {
  const {machine, plan} = data;
  document.getElementById("machine").textContent = [
    `${machine.cores} cores (${machine.processor})`, `Linux ${machine.kernel}`, `Java ${machine.java}`,
    machine.iperf3, `TCP ${machine.congestionControl}`,
    plan.runs === 1 ? `one run of ${plan.seconds} s each` : `medians of ${plan.runs} runs of ${plan.seconds} s each`,
    `jflannel ${data.jflannel}`, data.started.replace("T", " ").replace("Z", " UTC")].join(" · ");
  if (data.warning) {
    const warning = document.getElementById("warning");
    warning.hidden = false;
    warning.textContent = data.warning;
  }
  if (data.failures.length > 0) {
    const section = document.getElementById("failures");
    section.hidden = false;
    section.querySelector("ul").append(...data.failures.map(it => element("li",
      `run ${it.run}, ${it.backend}, offloads ${it.offloads}, ${it.probe}: ${it.reason}`)));
  }
}

function draw() {
  drawStates();
  drawLegend();
  drawCharts();
  drawTable();
}

drawHead();
draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

// What the papers show of a release's results: each of these stands between marks of its name in a page.
import { median } from "simple-statistics";
import { hasFloor } from "./floor.js";
import {
  groupDigits,
  renderCollecting,
  renderGrowth,
  renderVariants,
  renderWeights,
} from "./growthTables.js";
import { renderLoad } from "./load/report.js";
import { renderNodes } from "./nodesTable.js";
import { peerNames } from "./peers.js";
import { type Program, programNamed, type Suite } from "./programs.js";
import type { Outcome, Score } from "./race.js";
import {
  type Report,
  renderAmount,
  renderRatio,
  renderRows,
  renderTable,
  scoreOf,
} from "./report.js";
import { partOf, type PartName, type Parts, type Results, type Runs } from "./results.js";

/** Of the main run, and of all. */
type Table = (results: Results, runs: Runs) => string;

/** Whom users compare us with; the floor and "ours alone" have a table of their own. */
const others = peerNames.filter((name) => !["ours", "ours alone", "floor"].includes(name));

/** A peer is ahead if ours takes so many times as much. Runs differ by less. */
const ahead = 1.05;

/** The rows of the README, in words for who has not seen the programs. */
const short: Readonly<Record<string, string>> = {
  ctxswitch: "a switch between two coroutines",
  go: "start a coroutine and wait for its end",
  chan: "a message through a channel",
  deadline: "a deadline on every receive",
  blocked: "memory of a blocked coroutine",
};
const shortPeers = { go: "Go, one core", effection: "Effection", effect: "Effect" } as const;

export const tables: Readonly<Record<string, Table>> = {
  machine: (results) => renderMachine(partOf(results, "peers")),
  runtime: suiteTable("runtime"),
  cold: suiteTable("cold"),
  sockets: suiteTable("sockets"),
  tls: (results) => withMachine(results, "tls", (report) => renderSuite(report, "tls")),
  floor: (results) => renderFloor(partOf(results, "peers").outcomes),
  behind: (results) =>
    renderBehind([...partOf(results, "peers").outcomes, ...(results.tls?.outcomes ?? [])]),
  simulate: (results) => withMachine(results, "simulate", renderSimulated),
  growth: (results) => renderGrowth(partOf(results, "growth").outcomes),
  weights: (results) => renderWeights(partOf(results, "growth").outcomes),
  company: (results) => renderVariants(partOf(results, "company").outcomes),
  flags: (results) => renderVariants(partOf(results, "flags").outcomes),
  collecting: (results) => renderCollecting(partOf(results, "flags").outcomes),
  load: (results) => renderLoad(partOf(results, "load").outcomes),
  wsLoad: (results) => withMachine(results, "wsLoad", ({ outcomes }) => renderLoad(outcomes)),
  nodes: (_, runs) => renderNodes(runs),
  short: (results) => renderShort(partOf(results, "peers").outcomes),
};

const simulators: Readonly<Record<string, string>> = {
  sinon: "@sinonjs/fake-timers",
  effect: "Effect's TestClock",
};

/** What a size of a run means for its numbers. */
const remarks: Readonly<Record<string, string>> = {
  medium: " It was one of medium length: half as many rounds as a full one.",
  quick: " It was a quick one, so that all numbers are rough.",
};

function renderMachine({ size, date, node, peers, platform, processor }: Report): string {
  const own = [undefined, node, peers["ours"]];
  const versions = others.filter((name) => !own.includes(peers[name]));
  const list = versions.map((name) => `${name} ${peers[name]?.replace(/^\D+/, "")}`).join(", ");
  return (
    `The run is of ${date.slice(0, 10)}, on Node ${node.slice(1)}, ${platform}, ${processor}; ` +
    `the peers are ${list}.${remarks[size] ?? ""}`
  );
}

function suiteTable(suite: Suite): Table {
  return (results) => renderSuite(partOf(results, "peers"), suite);
}

function renderSuite({ outcomes }: Report, suite: Suite): string {
  const shown = outcomes.filter(
    ({ program, scores }) =>
      programNamed(program).suite === suite && others.some((name) => scoreOf(scores, name)),
  );
  return renderTable(shown, ["ours", ...others], false);
}

/** What is told of a part, and where and when that was measured, if not with the rest. */
function withMachine<Name extends PartName>(
  results: Results,
  name: Name,
  render: (part: Parts[Name]) => string,
): string {
  const part = partOf(results, name);
  const main = partOf(results, "peers");
  const isSame =
    part.platform === main.platform && part.date.slice(0, 10) === main.date.slice(0, 10);
  const { date, platform, processor } = part;
  const other = `\n\nMeasured on ${date.slice(0, 10)}, on another machine: ${platform}, ${processor}.`;
  return `${render(part)}${isSame ? "" : other}`;
}

/** By processor's time, which what else runs on the machine disturbs less. */
function renderFloor(outcomes: readonly Outcome[]): string {
  const measured = outcomes.filter(
    ({ program, scores }) => hasFloor(programNamed(program)) && scoreOf(scores, "floor"),
  );
  const rows = measured.map(({ program: name, scores }) => {
    const program = programNamed(name);
    const cost = (peer: string): number | undefined => costOf(program, scoreOf(scores, peer));
    const [ours, alone, floor, go] = ["ours", "ours alone", "floor", "go"].map(cost);
    return [
      name,
      showAmount(program, ours),
      showRatio(alone, ours),
      showAmount(program, floor),
      showRatio(ours, floor),
      showAmount(program, go),
      showRatio(ours, go),
    ];
  });
  const heads = ["program", "ours", "alone", "floor", "by the floor", "Go", "by Go"];
  return renderRows([heads, ...rows, ...turnsRows(measured)], 1);
}

/** What an error in a long turn takes, as a multiple of one in a short turn. */
function turnsRows(outcomes: readonly Outcome[]): string[][] {
  const cost = (name: string, peer: string): number | undefined => {
    const outcome = outcomes.find(({ program }) => program === name);
    return outcome && costOf(programNamed(name), scoreOf(outcome.scores, peer));
  };
  const [ours, floor] = ["ours", "floor"].map((peer) =>
    showRatio(cost("longTurn", peer), cost("shortTurn", peer)),
  );
  return ours ? [["longTurn by shortTurn", ours, "", floor ?? "", "", "", ""]] : [];
}

/** Every program in which ours takes longer, or more, than somebody; a column for each who is ahead anywhere. */
function renderBehind(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ program, scores }) => {
    const leads = new Map(
      scores
        .filter(({ peer, ratio }) => others.includes(peer) && 1 / ratio >= ahead)
        .map(({ peer, ratio }) => [peer, renderRatio(1 / ratio)]),
    );
    return leads.size > 0 ? [{ program, leads }] : [];
  });
  const columns = others.filter((peer) => rows.some(({ leads }) => leads.has(peer)));
  const cells = rows.map(({ program, leads }) => [
    program,
    programNamed(program).title,
    ...columns.map((peer) => leads.get(peer) ?? ""),
  ]);
  return renderRows([["program", "what", ...columns], ...cells], 2);
}

function renderSimulated({ outcomes, peers: versions }: Report): string {
  const peers = peerNames.filter((name) => outcomes.some(({ scores }) => scoreOf(scores, name)));
  const rows = outcomes.map(({ program: name, scores }) => {
    const program = programNamed(name);
    const [ours, ...rest] = peers.map((peer) => costOf(program, scoreOf(scores, peer)));
    const perSecond = ours === undefined ? "" : groupDigits(Number((1e9 / ours).toPrecision(2)));
    const costs = [ours, ...rest].map((cost) => showAmount(program, cost));
    return [program.title, program.unit, perSecond, ...costs];
  });
  const clocks = ["sinon", "effect"].filter((name) => versions[name] !== undefined);
  const list = clocks.map((name) => `${simulators[name]} ${versions[name]}`).join(", ");
  const beside = list === "" ? "" : ` Beside it: ${list}.`;
  const table = renderRows([["what", "per", "in a second", ...peers], ...rows], 2);
  return `What the test kit takes, in processor time.${beside}\n\n${table}`;
}

function renderShort(outcomes: readonly Outcome[]): string {
  const rows = outcomes.flatMap(({ program, scores }) => {
    const title = short[program];
    const ours = scoreOf(scores, "ours");
    if (title === undefined || ours === undefined) return [];
    const ratios = Object.keys(shortPeers).map((peer) => {
      const score = scoreOf(scores, peer);
      return score === undefined ? "" : renderRatio(score.ratio);
    });
    return [[title, renderAmount(programNamed(program), ours.median), ...ratios]];
  });
  return renderRows([["program", "ours", ...Object.values(shortPeers)], ...rows], 1);
}

function costOf({ quantity }: Program, score: Score | undefined): number | undefined {
  return score && median([...(quantity === "time" ? score.processors : score.rounds)]);
}

function showAmount(program: Program, amount: number | undefined): string {
  return amount === undefined ? "" : renderAmount(program, amount);
}

function showRatio(a: number | undefined, b: number | undefined): string {
  return a === undefined || b === undefined ? "" : renderRatio(a / b);
}

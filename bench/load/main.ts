// Servers under load, as users see them: node build/bench/load/main.js --help
import { writeFileSync } from "node:fs";
import { Option, program as command } from "commander";
import { makeReport } from "../report.js";
import { type SizeFlags, sizeOf, sizeOptions } from "../size.js";
import { writeChart } from "../svg.js";
import { buildClient, type Run, runLoad } from "./client.js";
import { drawLoad } from "./draw.js";
import { type LoadOutcome, type LoadReport, renderLoad } from "./report.js";
import { obstacle, remark, scenarios } from "./scenarios.js";
import { findServers, serverNames } from "./servers.js";

interface Options extends SizeFlags {
  readonly only: readonly string[];
  readonly servers: readonly string[];
  readonly rounds: string;
  readonly warmup: string;
  readonly measured: string;
  readonly json?: string;
  readonly svg?: string;
}

const [mediumOption, quickOption] = sizeOptions(
  { quick: "one short round", medium: "three short rounds" },
  {
    quick: { rounds: "1", warmup: "100", measured: "300" },
    medium: { rounds: "3", warmup: "300", measured: "700" },
  },
);
const options = command
  .name("npm run bench:load --")
  .description(
    "Puts servers under load from another process: 64 bytes there and back (echo), replies of 64 KiB that are made " +
      "for each request (reply), the first over TCP (tcpEcho), and as messages of WebSockets (wsEcho), one slow reader among 99 fast ones (slow), 5,000 connects at once to a server that " +
      "is cold (burst). Printed are medians; the ratios are to node:net with callbacks.",
  )
  .option("--only <beginning...>", "only loads that begin so", [])
  .addOption(
    new Option("--servers <name...>", "only these")
      .choices(serverNames)
      .default([...serverNames], "all of them"),
  )
  .addOption(quickOption)
  .addOption(mediumOption)
  .option("--rounds <number>", "how often the servers take turns", "3")
  .option("--warmup <ms>", "how long the load goes on before it is measured", "1000")
  .option("--measured <ms>", "how long it is measured", "1500")
  .option("--json <file>", "write the runs there, too")
  .option("--svg <file>", "draw the latencies there")
  .parse()
  .opts<Options>();

const span = { warmUp: Number(options.warmup), measured: Number(options.measured) };
const { only, json } = options;
const wanted = scenarios.filter(
  ({ name }) => only.length === 0 || only.some((start) => name.startsWith(start)),
);
if (wanted.length === 0) command.error(`error: no load begins with ${only.join(" or ")}`);

const client = buildClient();
const servers = await findServers(options.servers, console.error);
const outcomes: LoadOutcome[] = [];
for (const scenario of wanted) {
  const reason = obstacle(scenario);
  if (reason !== undefined) {
    console.error(`${scenario.name} is left out: ${reason}`);
    continue;
  }
  console.error([scenario.name, remark(scenario)].filter(Boolean).join(": "));
  const some = servers.filter(({ serves }) => serves(scenario.service));
  const runs = some.map((): Run[] => []);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [i, server] of some.entries()) {
      runs[i]!.push(await runLoad(client, server, scenario, span));
    }
  }
  outcomes.push({
    scenario,
    scores: some.map(({ name }, i) => ({ server: name, runs: runs[i]! })),
  });
  if (json !== undefined) {
    const { outcomes: _, peers: __, ...machine } = makeReport(sizeOf(options), [], []);
    const report: LoadReport = { ...machine, ...span, outcomes };
    writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  }
}
console.log(renderLoad(outcomes));
if (options.svg !== undefined) await writeChart(drawLoad(outcomes), options.svg);

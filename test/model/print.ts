// Programs in a readable few lines.
import type { Block, Call, Clause, Deadline, Program, Statement } from "./program.js";

export function printProgram(program: Program): string {
  const lines = [
    `run, signal aborted at ${program.abortAt}, grace ${program.grace}`,
    ...program.promises.map(
      (p, i) => `promise p${i} ${p.isRejected ? "rejects" : "resolves"} at ${p.at}`,
    ),
    ...program.signals.map((s, i) => `signal s${i} aborts at ${s.at}`),
    ...printBlock(program.main),
  ];
  return lines.join("\n");
}

function printBlock(block: Block): string[] {
  return block.flatMap((statement) => printStatement(statement)).map((line) => `  ${line}`);
}

function printStatement(statement: Statement): string[] {
  switch (statement.kind) {
    case "call": {
      const { call, swallows } = statement;
      const head = `${swallows ? "swallow " : ""}${printCall(call)}`;
      return "body" in call ? [`${head} {`, ...printBlock(call.body), "}"] : [head];
    }
    case "throw":
      return [`throw ${statement.what}`];
    case "return":
      return [`return ${statement.value}`];
    case "try": {
      const { body, handler, rethrows, cleanup } = statement;
      const lines = ["try {", ...printBlock(body)];
      if (handler !== undefined)
        lines.push(`} catch (${rethrows ? "rethrows" : ""}) {`, ...printBlock(handler));
      return [...lines, "} finally {", ...printBlock(cleanup), "}"];
    }
  }
}

/** The head only: without the body. */
export function printCall(call: Call): string {
  switch (call.op) {
    case "bundle":
      return `b${call.bundle} = bundle(${call.onError ?? ""})`;
    case "go":
      return `b${call.bundle} = t${call.task} = go`;
    case "bundleGo":
      return `t${call.task} = bundleGo b${call.bundle}`;
    case "hclose":
      return `hclose b${call.bundle}`;
    case "bundleClose":
    case "bundleWait":
      return `${call.op} b${call.bundle} ${printDeadline(call.deadline)}`;
    case "join":
      return `join t${call.task} ${printDeadline(call.deadline)}`;
    case "chmake":
      return `c${2 * call.channel}, c${2 * call.channel + 1} = chmake()`;
    case "chsend":
      return `chsend c${call.end} ${call.value} ${printDeadline(call.deadline)}`;
    case "chrecv":
      return `chrecv c${call.end} ${printDeadline(call.deadline)}`;
    case "chdone":
      return `chdone c${call.end}`;
    case "hcloseEnd":
      return `hclose c${call.end}`;
    case "choose":
      return `choose [${call.clauses.map((clause) => printClause(clause)).join(", ")}] ${printDeadline(call.deadline)}`;
    case "until":
      return `until p${call.promise} ${printDeadline(call.deadline)}`;
    case "msleep":
      return `msleep ${printDeadline(call.deadline)}`;
    case "yield":
    case "yieldNow":
      return call.op;
    case "scope":
      return `scope b${call.bundle}`;
    case "withDeadline":
      return `withDeadline ${printDeadline(call.deadline)}`;
  }
}

function printClause(clause: Clause): string {
  switch (clause.op) {
    case "send":
      return `send c${clause.end} ${clause.value}`;
    case "recv":
      return `recv c${clause.end}`;
    case "join":
      return `join t${clause.task}`;
    case "bundleWait":
      return `bundleWait b${clause.bundle}`;
    case "until":
      return `until p${clause.promise}`;
    case "abort":
      return `abort s${clause.signal}`;
    case "deadline":
      return `deadline ${printDeadline(clause.deadline)}`;
  }
}

function printDeadline(deadline: Deadline): string {
  switch (deadline.kind) {
    case "never":
      return "-1";
    case "zero":
      return "0";
    case "in":
      return `+${deadline.ms}`;
    case "at":
      return `@${deadline.ms}`;
  }
}

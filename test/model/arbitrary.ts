// Random programs, small first, so that a failure shrinks to a few lines.
import fc from "fast-check";
import {
  type Block,
  bundleCount,
  type Call,
  channelCount,
  type Clause,
  type Deadline,
  type Outside,
  type Program,
  promiseCount,
  signalCount,
  type Statement,
  taskCount,
} from "./program.js";

const bundle = fc.nat(bundleCount - 1);
const task = fc.nat(taskCount - 1);
const channel = fc.nat(channelCount - 1);
const end = fc.nat(2 * channelCount - 1);
const promise = fc.nat(promiseCount - 1);
const signal = fc.nat(signalCount - 1);
const value = fc.nat(9);

const deadline: fc.Arbitrary<Deadline> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("in" as const), ms: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.constant({ kind: "never" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "zero" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("at" as const), ms: fc.nat(12) }) },
);

function op<const Name extends string>(name: Name): fc.Arbitrary<Name> {
  return fc.constant(name);
}

const clause: fc.Arbitrary<Clause> = fc.oneof(
  fc.record({ op: op("send"), end, value }),
  fc.record({ op: op("recv"), end }),
  fc.record({ op: op("join"), task }),
  fc.record({ op: op("bundleWait"), bundle }),
  fc.record({ op: op("until"), promise }),
  fc.record({ op: op("abort"), signal }),
  fc.record({ op: op("deadline"), deadline }),
);

const clauses = fc.array(clause, { maxLength: 3 });

/** The operations without a body. */
const simpleCall: fc.Arbitrary<Call> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ op: op("msleep"), deadline }) },
  { weight: 2, arbitrary: fc.record({ op: op("yield") }) },
  { weight: 1, arbitrary: fc.record({ op: op("yieldNow") }) },
  { weight: 3, arbitrary: fc.record({ op: op("hclose"), bundle }) },
  { weight: 3, arbitrary: fc.record({ op: op("bundleClose"), bundle, deadline }) },
  { weight: 3, arbitrary: fc.record({ op: op("bundleWait"), bundle, deadline }) },
  { weight: 3, arbitrary: fc.record({ op: op("join"), task, deadline }) },
  { weight: 1, arbitrary: fc.record({ op: op("chmake"), channel }) },
  { weight: 3, arbitrary: fc.record({ op: op("chsend"), end, value, deadline }) },
  { weight: 3, arbitrary: fc.record({ op: op("chrecv"), end, deadline }) },
  { weight: 1, arbitrary: fc.record({ op: op("chdone"), end }) },
  { weight: 1, arbitrary: fc.record({ op: op("hcloseEnd"), end }) },
  { weight: 3, arbitrary: fc.record({ op: op("choose"), clauses, deadline }) },
  { weight: 1, arbitrary: fc.record({ op: op("until"), promise, deadline }) },
  {
    weight: 2,
    arbitrary: fc.record({
      op: op("bundle"),
      bundle,
      onError: fc.constantFrom(undefined, undefined, "log", "throw", "close"),
    }),
  },
);

/** Also those with a body, whose statements are at most so deep. */
function callOf(depth: number): fc.Arbitrary<Call> {
  if (depth === 0) return simpleCall;
  const body = blockOf(depth - 1, 4);
  return fc.oneof(
    { weight: 10, arbitrary: simpleCall },
    { weight: 3, arbitrary: fc.record({ op: op("go"), bundle, task, body }) },
    { weight: 6, arbitrary: fc.record({ op: op("bundleGo"), bundle, task, body }) },
    { weight: 2, arbitrary: fc.record({ op: op("scope"), bundle, body }) },
    { weight: 2, arbitrary: fc.record({ op: op("withDeadline"), deadline, body }) },
  );
}

function statementOf(depth: number): fc.Arbitrary<Statement> {
  const call = fc.record({
    kind: fc.constant("call" as const),
    call: callOf(depth),
    swallows: fc.boolean(),
  });
  const plain = fc.oneof(
    { weight: 20, arbitrary: call },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("throw" as const),
        what: fc.constantFrom("error" as const, "error" as const, "primitive" as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("return" as const), value }) },
  );
  if (depth === 0) return plain;
  return fc.oneof(
    { weight: 6, arbitrary: plain },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant("try" as const),
        body: blockOf(depth - 1, 3),
        handler: fc.option(blockOf(depth - 1, 2), { nil: undefined }),
        rethrows: fc.boolean(),
        cleanup: blockOf(depth - 1, 3),
      }),
    },
  );
}

function blockOf(depth: number, maxLength: number): fc.Arbitrary<Block> {
  return fc.array(statementOf(depth), { maxLength, size: "max" });
}

/** A coroutine that waits and then cleans up, started in bundle 0. */
const worker: fc.Arbitrary<Statement> = fc
  .record({ before: blockOf(1, 2), deadline, cleanup: blockOf(1, 3), task })
  .map(({ before, cleanup, ...rest }) => {
    const wait: Statement = {
      kind: "call",
      call: { op: "msleep", deadline: rest.deadline },
      swallows: false,
    };
    const body: Block = [
      { kind: "try", body: [...before, wait], handler: undefined, rethrows: false, cleanup },
    ];
    return {
      kind: "call",
      call: { op: "bundleGo", bundle: 0, task: rest.task, body },
      swallows: true,
    };
  });

/** Several workers, in a scope or not, and then anything, such as a bundleClose: what random blocks seldom do. */
const workshop: fc.Arbitrary<Block> = fc
  .record({
    workers: fc.array(worker, { minLength: 1, maxLength: 4, size: "max" }),
    isScope: fc.boolean(),
    deadline,
    rest: blockOf(2, 3),
  })
  .map(({ workers, isScope, rest, ...close }): Block => {
    const call = (c: Call): Statement => ({ kind: "call", call: c, swallows: false });
    if (isScope) return [call({ op: "scope", bundle: 0, body: [...workers, ...rest] })];
    return [...workers, call({ op: "bundleClose", bundle: 0, deadline: close.deadline }), ...rest];
  });

const outside: fc.Arbitrary<Outside> = fc.record({
  at: fc.oneof(fc.nat(8), fc.constant(Number.POSITIVE_INFINITY)),
  isRejected: fc.boolean(),
});

const outsides = (count: number): fc.Arbitrary<Outside[]> =>
  fc.array(outside, { minLength: count, maxLength: count });

export interface Features {
  /** What the contract has and the core before it has not: onError, bundleClose, grace. */
  readonly hasGrace: boolean;
  /** Whether the grace of `run` may be endless. */
  readonly hasEndlessGrace: boolean;
}

export function programs({ hasGrace, hasEndlessGrace }: Features): fc.Arbitrary<Program> {
  const all = fc.record({
    main: fc.oneof({ weight: 3, arbitrary: blockOf(3, 6) }, { weight: 2, arbitrary: workshop }),
    abortAt: fc.oneof(
      { weight: 2, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
      { weight: 1, arbitrary: fc.nat(8) },
    ),
    grace: hasGrace
      ? fc.constantFrom(0, 2, 5, hasEndlessGrace ? Number.POSITIVE_INFINITY : 9)
      : fc.constant(0),
    promises: outsides(promiseCount),
    signals: outsides(signalCount),
  });
  return hasGrace ? all : all.map((program) => ({ ...program, main: withoutGrace(program.main) }));
}

function withoutGrace(block: Block): Block {
  return block.map((statement): Statement => {
    if (statement.kind === "try") {
      const { body, handler, cleanup } = statement;
      return {
        ...statement,
        body: withoutGrace(body),
        handler: handler === undefined ? undefined : withoutGrace(handler),
        cleanup: withoutGrace(cleanup),
      };
    }
    return statement.kind === "call" ? { ...statement, call: oldCall(statement.call) } : statement;
  });
}

function oldCall(call: Call): Call {
  if (call.op === "bundleClose") return { op: "hclose", bundle: call.bundle };
  if (call.op === "bundle") return { ...call, onError: undefined };
  return "body" in call ? { ...call, body: withoutGrace(call.body) } : call;
}

// Random programs, small first, so that a failure shrinks to a few lines.
import fc from "fast-check";
import type {
  Connection,
  Framing,
  Program,
  Receive,
  Script,
  Send,
  Transport,
  Way,
  Wire,
} from "./program.js";

const way: fc.Arbitrary<Way> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ kind: "patient" as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("deadline" as const), ms: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cancel" as const), ms: fc.nat(12) }) },
);

const pause = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(15));

/** Many are short, and some are more than a buffer of ours or the kernel's. */
const size = fc.oneof(
  { weight: 5, arbitrary: fc.nat(20) },
  { weight: 2, arbitrary: fc.nat(3000) },
  { weight: 2, arbitrary: fc.integer({ min: 60_000, max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 150_000, max: 200_000 }) },
);

const sending: fc.Arbitrary<Send> = fc.record({
  pause,
  sizes: fc.array(size, { minLength: 1, maxLength: 3 }),
  way,
});

const receive: fc.Arbitrary<Receive> = fc.record({
  pause,
  how: fc.constantFrom("some", "exact", "list", "poll"),
  size: size.map((it) => it + 1),
  way,
});

const script: fc.Arbitrary<Script> = fc.record({
  sends: fc.array(sending, { maxLength: 4 }),
  receives: fc.array(receive, { maxLength: 5 }),
  end: fc.constantFrom("done", "done", "close", "close", "hclose"),
});

const wire: fc.Arbitrary<Wire> = fc.record({
  latency: fc.oneof(fc.constant(0), fc.nat(10)),
  rate: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    fc.integer({ min: 1, max: 9000 }),
  ),
  buffer: fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    fc.integer({ min: 1, max: 40 }),
    fc.integer({ min: 41, max: 30_000 }),
  ),
  split: fc.boolean(),
  resetAfter: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, fc.nat(100), fc.nat(9000)),
});

/** How often a buffer that is sent fills the kernel's, at the most. */
const mostFills = 10;

const connection: fc.Arbitrary<Connection> = fc.record({
  start: pause,
  way,
  client: script,
  server: script,
});

const framing: fc.Arbitrary<Framing> = fc.oneof(
  fc.constant({ kind: "bytes" as const }),
  fc.record({
    kind: fc.constant("prefix" as const),
    hdrlen: fc.integer({ min: 3, max: 8 }),
    littleEndian: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("suffix" as const),
    delimiter: fc.constantFrom("\n", "\r\n", "--\n--"),
  }),
);

export function programs(transports: readonly Transport[]): fc.Arbitrary<Program> {
  return fc
    .record({
      transport: fc.constantFrom(...transports),
      framing,
      wire,
      backlog: fc.integer({ min: 1, max: 2 }),
      rest: pause,
      accepts: fc.array(way, { maxLength: 4 }),
      connections: fc.array(connection, { minLength: 1, maxLength: 3 }),
      visitors: fc.array(fc.record({ start: pause, way }), { maxLength: 6 }),
    })
    .map(inTime);
}

/** What goes through a tiny buffer takes a turn for each byte: so that there are not too many. */
function inTime(program: Program): Program {
  const most = mostFills * (program.wire.buffer ?? Infinity);
  const limited = (it: Script): Script => ({
    ...it,
    sends: it.sends.map((send) => ({
      ...send,
      sizes: send.sizes.map((length) => Math.min(length, most)),
    })),
  });
  const connections = program.connections.map((it) => {
    return { ...it, client: limited(it.client), server: limited(it.server) };
  });
  return { ...program, connections };
}

// What is measured. How each peer does it stands in peers/<peer>/<suite>.ts, under the program's name.
import type { Quantity } from "./contestant.js";

export interface Program {
  readonly name: string;
  /** What is done, for the table. */
  readonly title: string;
  /** What `n` counts. */
  readonly unit: string;
  readonly suite: Suite;
  readonly quantity: Quantity;
  readonly n: Readonly<Record<Size, number>>;
  /** What a contestant must return. Without it, anything above zero. */
  readonly expected?: (n: number) => number;
  /** How many of `unit` a round does, if that is not `n`. */
  readonly operations?: number;
  /** Each round has a process of its own, and nothing is warmed up. */
  readonly isCold?: boolean;
}

/** Which file of a peer has the contestants. */
export type Suite = "runtime" | "sockets" | "tls" | "cold" | "growth" | "simulate" | "inspect";

/** How much is done in one round. */
type Size = "full" | "quick" | "smoke";

const all = (n: number): number => n;
const runtime = { suite: "runtime", quantity: "time", expected: all } as const;
const sockets = { suite: "sockets", quantity: "time", expected: all } as const;
const encrypted = { suite: "tls", quantity: "time", expected: all } as const;
const inspected = { suite: "inspect", quantity: "time", expected: all } as const;
const memory = { suite: "runtime", quantity: "heap", expected: all, isCold: true } as const;

// The slowest peer decides how many: every peer does the same n.
const manyOperations = { full: 1_000_000, quick: 100_000, smoke: 200 };
const manyCoroutines = { full: 100_000, quick: 10_000, smoke: 100 };
const manyWaits = { full: 20_000, quick: 4_000, smoke: 200 };
const manyRoundTrips = { full: 20_000, quick: 2_000, smoke: 200 };

// In virtual time: what the test kit takes, and what users of fake clocks would write.
const simulated = { suite: "simulate", quantity: "time", expected: all } as const;
const manySchedules = { full: 20_000, quick: 2_000, smoke: 20 };

const simulatedPrograms: readonly Program[] = [
  {
    ...simulated,
    name: "virtualSleep",
    title: "sleeps of a second, one after the other",
    unit: "sleep",
    n: { full: 500_000, quick: 50_000, smoke: 100 },
  },
  {
    ...simulated,
    name: "virtualRetry",
    title: "a test: three attempts, each with a timeout, with pauses between",
    unit: "test",
    n: { full: 5_000, quick: 500, smoke: 5 },
  },
  {
    ...simulated,
    name: "virtualHour",
    title: "an hour of a server whose only client says nothing",
    unit: "hour",
    n: { full: 2_000, quick: 200, smoke: 5 },
  },
  {
    ...simulated,
    name: "virtualDay",
    title: "20 clients over simulated sockets, a request each ten seconds",
    unit: "request",
    n: { full: 172_800, quick: 17_280, smoke: 40 },
  },
  {
    ...simulated,
    name: "scheduleOfNothing",
    title: "a schedule of an empty program",
    unit: "schedule",
    n: manySchedules,
  },
  {
    ...simulated,
    name: "scheduleOfChannel",
    title: "a schedule of two coroutines with one channel",
    unit: "schedule",
    n: manySchedules,
  },
  {
    ...simulated,
    name: "scheduleOfPhilosophers",
    title: "a schedule of five philosophers",
    unit: "schedule",
    n: manySchedules,
  },
  {
    ...simulated,
    name: "scheduleOfPool",
    title: "a schedule of a pool with three clients",
    unit: "schedule",
    n: manySchedules,
  },
  {
    ...simulated,
    name: "scheduleOfSockets",
    title: "a schedule of two clients of a server, which try again",
    unit: "schedule",
    n: manySchedules,
  },
];

export const programs: readonly Program[] = [
  {
    ...runtime,
    name: "ctxswitch",
    title: "two coroutines take turns",
    unit: "switch",
    n: manyOperations,
  },
  {
    ...runtime,
    name: "go",
    title: "start a coroutine, wait for its end",
    unit: "coroutine",
    n: manyCoroutines,
  },
  {
    ...runtime,
    name: "chan",
    title: "messages to an echo and back",
    unit: "message",
    n: manyOperations,
  },
  {
    ...runtime,
    name: "choose",
    title: "the same, by choose with one clause",
    unit: "message",
    n: manyWaits,
  },
  ...[2, 10, 100].map(
    (channels): Program => ({
      ...runtime,
      name: `choose${channels}`,
      title: `the echo answers on one of ${channels} channels`,
      unit: "message",
      n: { full: 100_000 / channels, quick: 20_000 / channels, smoke: 20 },
    }),
  ),
  {
    ...runtime,
    name: "deadline",
    title: "the echo, a deadline on every receive",
    unit: "message",
    n: manyWaits,
  },
  {
    ...runtime,
    name: "done",
    title: "channel, receiver, done, close all",
    unit: "round",
    n: manyCoroutines,
  },
  {
    ...runtime,
    name: "whispers",
    title: "a chain of coroutines, each adds one",
    unit: "link",
    n: manyCoroutines,
    expected: (n) => n + 1,
  },
  {
    ...runtime,
    name: "timer",
    title: "sleepers that are due together",
    unit: "sleeper",
    n: { full: 10_000, quick: 2_000, smoke: 100 },
  },
  {
    ...runtime,
    name: "cancel",
    title: "end blocked coroutines at once",
    unit: "coroutine",
    n: manyCoroutines,
  },
  {
    ...runtime,
    name: "sieve",
    title: "prime numbers, a filter for each",
    unit: "prime",
    n: { full: 400, quick: 150, smoke: 20 },
    expected: nthPrime,
  },
  ...["short", "long"].map(
    (length): Program => ({
      ...runtime,
      name: `${length}Turn`,
      title: `receives fail at once, from a ${length} turn on`,
      unit: "error",
      n: { full: 500, quick: 500, smoke: 20 }, // that many errors fit into a short turn
    }),
  ),
  {
    ...memory,
    name: "blocked",
    title: "heap of a blocked coroutine",
    unit: "coroutine",
    n: manyCoroutines,
  },
  {
    ...memory,
    name: "blockedOnChannel",
    title: "the same, with a channel of its own",
    unit: "coroutine",
    n: manyCoroutines,
  },
  {
    name: "startup",
    title: "from import to the first coroutine",
    unit: "process",
    suite: "cold",
    quantity: "time",
    n: { full: 1, quick: 1, smoke: 1 },
    expected: all,
    isCold: true,
  },
  {
    name: "size",
    title: "package, minified and gzipped",
    unit: "package",
    suite: "cold",
    quantity: "result",
    n: { full: 1, quick: 1, smoke: 1 },
    isCold: true,
  },
  ...["", "2p"].flatMap((where): Program[] => {
    const between = where === "" ? "one process" : "two processes";
    return [
      {
        ...sockets,
        name: `roundtrip${where}`,
        title: `64 bytes there and back, ${between}`,
        unit: "round trip",
        n: manyRoundTrips,
      },
      {
        ...sockets,
        name: `roundtrip100${where}`,
        title: `the same on 100 connections, ${between}`,
        unit: "round trip",
        n: manyRoundTrips,
      },
      {
        ...sockets,
        name: `throughput${where}`,
        title: `sends of 64 KiB, ${between}`,
        unit: "send",
        n: { full: 10_000, quick: 1_000, smoke: 50 },
      },
      {
        ...sockets,
        name: `connect${where}`,
        title: `connect, accept, close, ${between}`,
        unit: "connection",
        n: { full: 2_000, quick: 300, smoke: 20 },
      },
    ];
  }),
  {
    ...sockets,
    name: "tcpRoundtrip",
    title: "64 bytes there and back, over TCP",
    unit: "round trip",
    n: manyRoundTrips,
  },
  {
    ...sockets,
    name: "udp",
    title: "64 bytes there and back, over UDP",
    unit: "round trip",
    n: manyRoundTrips,
  },
  {
    ...sockets,
    name: "pair",
    title: "a pair, and both ends closed",
    unit: "pair",
    n: { full: 2_000, quick: 300, smoke: 20 },
  },
  {
    ...sockets,
    name: "prefix",
    title: "messages of 64 bytes there and back, each behind its length",
    unit: "round trip",
    n: manyRoundTrips,
  },
  {
    ...sockets,
    name: "prefix20k",
    title: "the same with 20 KiB",
    unit: "round trip",
    n: { full: 10_000, quick: 1_000, smoke: 50 },
  },
  {
    ...sockets,
    name: "ws",
    title: "WebSocket messages of 64 bytes there and back",
    unit: "round trip",
    n: manyRoundTrips,
  },
  {
    ...sockets,
    name: "ws20k",
    title: "the same with 20 KiB",
    unit: "round trip",
    n: { full: 10_000, quick: 1_000, smoke: 50 },
  },
  {
    ...sockets,
    name: "lines",
    title: "lines of 80 bytes, 64 in a write",
    unit: "line",
    n: { full: 128_000, quick: 12_800, smoke: 640 },
  },
  {
    ...sockets,
    name: "messages",
    title: "messages of 64 bytes with a length before, 64 in a write",
    unit: "message",
    n: { full: 128_000, quick: 12_800, smoke: 640 },
  },
  {
    ...sockets,
    name: "heads",
    title: "heads of requests of 529 bytes, 64 in a write",
    unit: "head",
    n: { full: 12_800, quick: 1_280, smoke: 64 },
  },
  {
    ...sockets,
    name: "http",
    title: "a request by HTTP over TCP and its answer, neither with a body",
    unit: "request",
    n: manyRoundTrips,
  },
  {
    ...inspected,
    name: "snapshot",
    title: "a coroutine in a snapshot",
    unit: "coroutine",
    n: { full: 10_000, quick: 10_000, smoke: 100 },
  },
  {
    ...inspected,
    name: "snapshotPlaces",
    title: "the same with the lines where it waits",
    unit: "coroutine",
    n: { full: 10_000, quick: 2_000, smoke: 100 },
  },
  {
    ...encrypted,
    name: "tls",
    title: "64 bytes there and back, encrypted",
    unit: "round trip",
    n: manyRoundTrips,
  },
  {
    ...encrypted,
    name: "tlsThroughput",
    title: "sends of 64 KiB, encrypted",
    unit: "send",
    n: { full: 4_000, quick: 400, smoke: 20 },
  },
  {
    ...encrypted,
    name: "tlsHandshake",
    title: "connect, handshake, a byte, close",
    unit: "handshake",
    n: { full: 1_000, quick: 150, smoke: 10 },
  },
  {
    ...encrypted,
    name: "tlsIdle",
    title: "memory of both ends of an idle connection, encrypted",
    unit: "connection",
    quantity: "memory",
    n: { full: 1_000, quick: 300, smoke: 10 },
    isCold: true,
  },
  {
    ...sockets,
    name: "abort",
    title: "abort connects that a full backlog holds up",
    unit: "connect",
    n: { full: 500, quick: 500, smoke: 10 },
  },
  ...simulatedPrograms,
];

/** A program of which `n` says how much of a thing there is. */
export interface GrowingProgram extends Program {
  readonly sizes: readonly number[];
}

const toMillion = [1_000, 10_000, 100_000, 1_000_000];
const growing = { suite: "growth", quantity: "time", expected: all } as const;
const often = (operations: number) => ({ operations, expected: () => operations });
const small = { full: 1_000, quick: 1_000, smoke: 10 };

export const growingPrograms: readonly GrowingProgram[] = [
  {
    ...growing,
    name: "turns",
    title: "a turn among n coroutines",
    unit: "turn",
    n: small,
    sizes: toMillion,
  },
  {
    ...growing,
    name: "besideIdle",
    title: "a message, beside n blocked coroutines",
    unit: "message",
    n: small,
    ...often(100_000),
    sizes: toMillion,
  },
  {
    ...growing,
    name: "besideDeadlines",
    title: "a message under a deadline, beside n deadlines",
    unit: "message",
    n: small,
    ...often(100_000),
    sizes: toMillion,
  },
  {
    ...growing,
    name: "waiters",
    title: "a message to the first of n receivers",
    unit: "message",
    n: small,
    sizes: toMillion,
  },
  {
    ...growing,
    name: "close",
    title: "hclose of n blocked coroutines",
    unit: "coroutine",
    n: small,
    sizes: toMillion,
  },
  {
    ...growing,
    name: "clauses",
    title: "choose with n clauses",
    unit: "choose",
    n: small,
    ...often(10_000),
    sizes: [10, 100, 1_000],
  },
  {
    ...growing,
    name: "connections",
    title: "a round trip, n connections to another process",
    unit: "round trip",
    n: small,
    ...often(1_000),
    sizes: [10, 100, 1_000, 10_000],
  },
  {
    ...growing,
    name: "thread",
    title: "a message to a worker thread and back",
    unit: "round trip",
    n: small,
    sizes: [10_000],
  },
  ...[
    ["Coroutine", "blocked"],
    ["Deadline", "blocked under a deadline"],
    ["Bundle", "empty"],
    ["Channel", "both ends"],
    ["Socket", "connected"],
  ].map(
    ([thing = "", state = ""]): GrowingProgram => ({
      ...growing,
      quantity: "heap",
      isCold: true,
      name: `heapOf${thing}`,
      title: `${thing.toLowerCase()}, ${state}`,
      unit: "thing",
      n: small,
      sizes: [thing === "Socket" ? 1_000 : 100_000],
    }),
  ),
];

export function programNamed(name: string): Program {
  const program = [...programs, ...growingPrograms].find((each) => each.name === name);
  if (program === undefined) throw new Error(`there is no program ${name}`);
  return program;
}

function nthPrime(n: number): number {
  const primes: number[] = [];
  for (let x = 2; primes.length < n; x++) {
    if (primes.every((prime) => x % prime !== 0)) primes.push(x);
  }
  return primes[n - 1] ?? 0;
}

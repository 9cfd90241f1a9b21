// Programs in virtual time: what the test kit takes for them, and what users of fake clocks would write.
import type { Program } from "./programs.js";

const simulated = {
  suite: "simulate",
  quantity: "time",
  expected: (n: number): number => n,
} as const;
const manySchedules = { full: 20_000, quick: 2_000, smoke: 20 };

export const simulatedPrograms: readonly Program[] = [
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

export type { Bug } from "./bug.js";
import type { Bug } from "./bug.js";
import { deadlineRace } from "./deadlineRace.js";
import { leak } from "./leak.js";
import { lostUpdate } from "./lostUpdate.js";
import { lostWakeUp } from "./lostWakeUp.js";
import { philosophers } from "./philosophers.js";
import { servedTwice } from "./servedTwice.js";

export const bugs: readonly Bug[] = [
  lostWakeUp,
  lostUpdate,
  philosophers,
  servedTwice,
  leak,
  deadlineRace,
];

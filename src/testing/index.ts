export { allBlocked } from "./allBlocked.js";
export { type Census, census, checkNothingLeft } from "./census.js";
export { explore, explored } from "./explore.js";
export type { ExploreOptions } from "./exploreOptions.js";
export type { Exploration } from "./exploring.js";
export type { Program } from "./programs.js";
export type { Body } from "./schedules.js";
export { ScheduleFailure } from "./scheduleFailure.js";
export type {
  SimulatedNetwork,
  Simulation,
  SimulationOptions,
} from "./settings.js";
export { simulate, simulated } from "./simulate.js";
export type { Connecting, LinkFaults } from "../host/virtual/index.js";
export { checkBytestream } from "./suites/bytestream.js";
export { checkHandleType } from "./suites/handleType.js";
export { checkMessages } from "./suites/messages.js";

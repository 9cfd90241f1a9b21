// The test kit: programs in virtual time, on a simulated network, under every schedule. Apart from index.ts, because only tests
// need it.
export { allBlocked } from "./testing/allBlocked.js";
export { type Census, census, checkNothingLeft } from "./testing/census.js";
export { type Exploration, explore, explored, type ExploreOptions } from "./testing/explore.js";
export type { Body } from "./testing/schedules.js";
export { ScheduleFailure } from "./testing/scheduleFailure.js";
export type {
  SimulatedNetwork,
  Simulation,
  SimulationOptions,
} from "./testing/settings.js";
export { simulate, simulated } from "./testing/simulate.js";
export type { Connecting, LinkFaults } from "./host/virtual/index.js";
export { checkBytestream } from "./testing/suites/bytestream.js";
export { checkHandleType } from "./testing/suites/handleType.js";
export { checkMessages } from "./testing/suites/messages.js";

// The test kit: programs in virtual time, on a simulated network, under every schedule. Apart from index.ts, because only tests
// need it.
export {
  allBlocked,
  type Body,
  type Census,
  census,
  checkBytestream,
  checkHandleType,
  checkMessages,
  checkNothingLeft,
  type Connecting,
  type Exploration,
  explore,
  explored,
  type ExploreOptions,
  type LinkFaults,
  ScheduleFailure,
  simulate,
  simulated,
  type SimulatedNetwork,
  type Simulation,
  type SimulationOptions,
} from "./testing/index.js";

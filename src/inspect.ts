// To import this is to let the process be looked into: `node --import libdill-ts/inspect program.js`.
import { openProcess } from "./inspect/index.js";

openProcess();

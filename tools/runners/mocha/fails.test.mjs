import { it } from "mocha";
import { explored } from "libdill-ts/testing";
import { lostUpdate } from "../programs.mjs";

it("loses no update", explored(lostUpdate, { replay: process.env.SCHEDULE }));

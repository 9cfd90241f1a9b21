import { it } from "@jest/globals";
import { explored } from "libdill-ts/testing";
import { lostUpdate } from "../programs.mjs";

it("loses no update", explored(lostUpdate, { replay: process.env.SCHEDULE }));

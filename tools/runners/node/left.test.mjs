import { afterEach, it } from "node:test";
import { chmake } from "libdill-ts";
import { checkNothingLeft } from "libdill-ts/testing";

afterEach(() => checkNothingLeft());

it("leaves a channel open", () => {
  chmake();
});

import { afterEach, it } from "vitest";
import { chmake } from "libdill-ts";
import { checkNothingLeft } from "libdill-ts/testing";

afterEach(() => checkNothingLeft());

it("leaves a channel open", () => {
  chmake();
});

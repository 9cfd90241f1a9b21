// There is no UDP in a browser.
import { dillError } from "../../errors/index.js";
import type { Datagrams } from "../datagrams.js";

export function makeDatagrams(): Datagrams {
  return {
    open() {
      throw dillError("ENOTSUP", "socket", "there is no UDP in a browser");
    },
  };
}

export { happyeyeballsConnect, type HappyeyeballsOptions } from "./happyeyeballsConnect.js";

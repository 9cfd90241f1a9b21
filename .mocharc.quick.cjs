// The tests that one runs all day: without those named slow, and without whole files that start a process or
// two for each test.
const all = require("./.mocharc.json");

module.exports = {
  ...all,
  ignore: [
    "build/test/**/*.slow.test.js",
    "build/test/examples/**",
    "build/test/ipc/{exhausted,ipcFromfd,refused}.test.js",
    "build/test/runtime/{deadlock,main}.test.js",
  ],
};

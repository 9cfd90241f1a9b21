// The tests that one runs all day, in less than half a minute on an idle machine: without those named slow, and
// without files that start a process or two for each test, wait for seconds, or try thousands of cases.
const all = require("./.mocharc.json");

module.exports = {
  ...all,
  ignore: [
    "build/test/**/*.slow.test.js",
    "build/test/examples/**",
    "build/test/guarantees.test.js",
    "build/test/host/node/deadlockWatch.test.js",
    "build/test/ipc/{exhausted,ipcConnect,ipcFromfd,ipcListen,leftovers,refused,takeOver}.test.js",
    "build/test/runtime/{deadlock,grace.table,hostile.deadlocks,main,origin}.test.js",
    "build/test/sockets/connection.{fuzz,laws}.test.js",
  ],
};

// All tests. The rest of the options stand in a file of their own, which names no tests, since mocha adds those
// that a configuration names to those on its command line (and has no working `extends` for JSON files).
const options = require("./.mocharc.base.json");

module.exports = { ...options, spec: ["build/test/**/*.test.js"] };

/** A vitest reporter that writes how the run went, in numbers, to the file named by ARPEGGIO_TEST_COUNTS. */
import { writeFileSync } from "node:fs";

export default class CountReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: 0, skipped: 0, natsPassed: 0 };
    counts.failed += unhandledErrors.length;
    for (const testModule of testModules) {
      // A file that cannot be loaded, or whose hooks fail, has no failed test of its own.
      if (testModule.errors().length > 0) counts.failed += 1;
      // Files called "…nats…" talk to a server; those of test/support prove only that one can be started.
      const isNats = /(?<!\/test\/support)\/[^/]*nats[^/]*$/.test(testModule.moduleId);
      for (const suite of testModule.children.allSuites()) {
        if (suite.errors().length > 0) counts.failed += 1;
      }
      for (const test of testModule.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") counts.passed += 1;
        else if (state === "failed") counts.failed += 1;
        // "pending" is a test that was never reached, which is no better than one left out.
        else counts.skipped += 1;
        if (isNats && state === "passed") counts.natsPassed += 1;
      }
    }
    const file = process.env.ARPEGGIO_TEST_COUNTS;
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}

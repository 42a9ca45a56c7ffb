/**
 * Records that have done harm, in base64, by the group that reads them, with what they led to. Each is read again with every
 * run of the tests. Courses of runs are not kept here: what their bytes mean changes with the corpus, so what they find becomes a
 * test of its own.
 */
export const regressions: readonly { readonly group: string; readonly bytes: string; readonly found: string }[] = [
  {
    group: "attempts",
    bytes:
      "AAAAmAEgmqwwMWpkOXE4eDR2LTEAAahtYXBbM10vdAGhdMDAwJLGAAAARoKib3CiZ2WkYXJnc5OBpWNvbnN0oWKBpWNvbnN0oWGSqV9fcHJvdG9fX4GrY29uc3RydWN0b3KBqXByb3RvdHlwZYGheAGSxgAAAA+UAaN0d2+RA4GkZm91cgTGAAAAEYKka2luZKRib29rpHNpemUD",
    found: "an expression that is none was evaluated, and ended in a TypeError",
  },
  {
    group: "values",
    bytes: "AAAAJAFIl6FyoXehZ8QBAZGSp21hcFthYmPEAQGRqG1hcFsxZTV4ww==",
    found: "the plan of a redrive looked without end for what comes after an item of no number",
  },
  {
    group: "events",
    bytes: "AAAADAEMlKFyoXOhMcQBkQ==",
    found: "a payload that is cut short became a part of the state of its run",
  },
];

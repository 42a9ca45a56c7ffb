import fc from "fast-check";

const names = fc
  .oneof(fc.string({ maxLength: 40 }), fc.constantFrom("toJSON", "hasOwnProperty", "then"))
  // toStrictEqual takes a property "constructor" for the type.
  .filter((name) => name !== "__proto__" && name !== "constructor");

/** Every value that can travel, as it is after a round trip. */
export const values = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(null, true, false, 0, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), Number.MIN_VALUE),
    fc.integer(),
    // Without -0, which comes back as 0.
    fc.double().map((value) => value + 0),
    fc.string(),
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.bigInt(),
    fc.constantFrom(2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), -(2n ** 63n) - 1n, -(2n ** 127n), 2n ** 127n),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 300 }),
  ),
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(names, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
})).value;

const padding = "x".repeat(84);

/** What every task carries: about 100 bytes of JSON around one number. */
export function payload(v) {
  return { v, pad: padding };
}

export const addOne = ({ v, pad }) => ({ v: v + 1, pad });

export function total(payloads) {
  let sum = 0;
  for (const { v } of payloads) sum += v;
  return payload(sum);
}

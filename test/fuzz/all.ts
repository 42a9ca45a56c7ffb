/** What a thread loads in one piece. */
export { fuzz } from "./fuzz.ts";
export { groups } from "./groups/all.ts";

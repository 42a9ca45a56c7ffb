/** How deep arrays and objects may lie in each other, in what. */

/** In a value that a user hands over. */
export const VALUE_DEPTH_MAX = 1_200;

/** How many levels of a graph may lie in each other: maps, scopes, branches, choices and loops. */
export const LEVELS_MAX = 1_200;

/**
 * In a value that is decoded: more than in one that is encoded, because results are put into each other undecoded, once for
 * each level of the canvas. Expressions are such values, too, and have two levels for each of what they make.
 */
export const DECODE_DEPTH_MAX = 2_500;

/** In a stored graph, where each level takes up to four, and its expressions as many as a value that is decoded. */
export const GRAPH_DEPTH_MAX = 8_000;

/**
 * Functions that call themselves do so this often at most, and leave what lies deeper to a list of what is still to be done:
 * that fits on the smallest stacks, such as those of threads.
 */
export const STRETCH = 100;

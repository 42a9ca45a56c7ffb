import { chain, chord, createApp, group, map, task } from "arpeggio";

const sentences = task("text.sentences", (text: string) => text.split(/(?<=\.) /));
const words = task("text.words", (sentence: string) => sentence.split(" ").length);
const longest = task("text.longest", (all: readonly string[]) => all.reduce((a, b) => (b.length > a.length ? b : a)));
const report = task("text.report", (found: { words: number[]; longest: string }) => ({
  sentences: found.words.length,
  words: found.words.reduce((a, b) => a + b, 0),
  longest: found.longest,
}));

// The header's members run side by side, `map` once for each sentence. The body starts once, when all of them are done.
const analyse = chain(sentences, chord(group({ words: map(words), longest }), report));

const app = await createApp();
const run = await app.run(analyse, "Call me Ishmael. Some years ago I went to sea. It was a damp November.");
console.log(await run.result());
await app.close();

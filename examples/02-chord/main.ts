import { chain, chord, createApp, group, map, task, workflow } from "arpeggio";

interface Chapter {
  readonly title: string;
  readonly text: string;
}

const chapters = task("book.chapters", (input: { book: string }): Chapter[] => [
  { title: `${input.book} I`, text: "Call me Ishmael." },
  { title: `${input.book} II`, text: "I stuffed a shirt or two into my old carpet-bag." },
  { title: `${input.book} III`, text: "Entering that gable-ended Spouter-Inn." },
]);
const words = task("book.words", (chapter: Chapter) => chapter.text.split(" ").length);
const longest = task("book.longest", (list: readonly Chapter[]) =>
  list.reduce((best, one) => (one.text.length > best.text.length ? one : best)),
);
const titles = task("book.titles", (list: readonly Chapter[]) => list.map(({ title }) => title));
const report = task("book.report", (found: { counts: number[]; longest: Chapter; titles: string[] }) =>
  found.titles.map(
    (title, i) => `${title}: ${found.counts[i]} words${title === found.longest.title ? ", the longest" : ""}`,
  ),
);

// The header's three members run side by side, each with the list of chapters; `map` runs a task for every chapter.
// The body starts once, when all of them are done, with their results under their keys.
const book = workflow("book", chain(chapters, chord(group({ counts: map(words), longest, titles }), report)));

await using app = await createApp();
const run = await app.run(book, { book: "Moby-Dick" });
for (const line of await run.result()) console.log(line);

const status = await run.status();
console.log(`${status.state}: ${status.counts.succeeded} nodes`);

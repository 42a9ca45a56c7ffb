import { chain, createApp, task, workflow } from "arpeggio";

const greet = task("hello.greet", (input: { name: string }) => ({ text: `Hello, ${input.name}` }));
const shout = task("hello.shout", (input: { text: string; mark: string }) => input.text.toUpperCase() + input.mark);

// Each step gets what the one before returned; `.s({ … })` gives a part of the input beforehand.
const hello = workflow("hello", chain(greet, shout.s({ mark: "!" })));

// Client, coordinator and worker, all in this process.
const app = await createApp();

const run = await app.workflow(hello).run({ name: "world" });
console.log(await run.result());

await app.close();

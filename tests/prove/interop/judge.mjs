// Runs the verifier of verify.html on lines of JSON {bundle, policy} (base64); answers one line each.
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";
import { readFileSync, writeFileSync } from "node:fs";

globalThis.crypto ??= webcrypto; // which Node has as a global from 19 on
const [page, module] = process.argv.slice(2);
const script = /\/\* verify:begin[\s\S]*verify:end \*\//.exec(readFileSync(page, "utf8"))[0];
writeFileSync(module, script);
const { verify, readPolicy, readFact, wordsOf } = await import(module);
for await (const line of createInterface({ input: process.stdin })) {
  const { bundle, policy } = JSON.parse(line);
  const bytes = text => new Uint8Array(Buffer.from(text, "base64"));
  try {
    const facts = await verify(bytes(bundle), bytes(policy));
    console.log(JSON.stringify({ facts, read: facts.map(readFact), ...wordsOf(facts, await readPolicy(bytes(policy))) }));
  } catch (problem) { console.log(JSON.stringify({ ko: problem.ko, problem: problem.message })); }
}

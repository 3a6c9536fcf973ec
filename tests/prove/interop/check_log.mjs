// An independent check of a whole log on node:crypto alone: node check_log.mjs FOLDER|URL VKEY
// Recomputes every tile of the published checkpoint from the entries, and its signature.
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, vkey] = process.argv.slice(2);
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const node = (left, right) => sha256(Buffer.of(1), left, right);
const demand = (holds, what) => { if (!holds) { console.log(`WRONG ${what}`); process.exit(1); } };

const path = (level, index, width) => {
  let name = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest; rest = Math.floor(rest / 1000)) name = `x${String(rest % 1000).padStart(3, "0")}/${name}`;
  return `tile/${level}/${name}${width < 256 ? `.p/${width}` : ""}`;
};
const fetched = async name => {
  const answer = await fetch(`${folder}/${name}`);
  demand(answer.ok, name);
  return Buffer.from(await answer.arrayBuffer());
};
const read = async name => {
  if (folder.startsWith("http://")) return fetched(name);
  try { return readFileSync(join(folder, name)); } catch { demand(false, name); }
};

const note = (await read("checkpoint")).toString();
const body = note.slice(0, note.lastIndexOf("\n\n") + 1);
const [origin, size, root] = body.split("\n");
const [name, id] = vkey.split("+");
const key = Buffer.from(vkey.slice(name.length + id.length + 2), "base64").subarray(1);
const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
const line = note.split("\n").find(text => text.startsWith(`— ${name} `));
const signature = Buffer.from(line.split(" ")[2], "base64");
demand(origin === name && signature.subarray(0, 4).toString("hex") === id, "checkpoint");
demand(verify(null, Buffer.from(body), createPublicKey({ key: spki, format: "der", type: "spki" }), signature.subarray(4)), "checkpoint");

let level = [];
for (let first = 0; first < Number(size); first += 256) {
  const width = Math.min(256, Number(size) - first), file = path("entries", first / 256, width), bundle = await read(file);
  let at = 0;
  for (let count = 0; count < width; count++) {
    demand(at + 2 <= bundle.length, file);
    const end = at + 2 + bundle.readUInt16BE(at);
    demand(end <= bundle.length, file);
    level.push(sha256(Buffer.of(0), bundle.subarray(at + 2, end)));
    at = end;
  }
  demand(at === bundle.length, file);
}
let edge = null; // what is incomplete at the right, folded so far
for (let height = 0; level.length; height++) {
  const above = [];
  for (let first = 0; first < level.length; first += 256) {
    const tile = level.slice(first, first + 256), file = path(height, first / 256, tile.length);
    demand((await read(file)).equals(Buffer.concat(tile)), file);
    let row = tile.length === 256 ? tile : edge ? [...tile, edge] : tile;
    while (row.length > 1) row = row.flatMap((hash, i) => i % 2 ? [] : i + 1 < row.length ? [node(hash, row[i + 1])] : [hash]);
    if (tile.length === 256) above.push(row[0]); else edge = row[0];
  }
  if (level.length === 1 && !above.length) { demand((edge ?? level[0]).toString("base64") === root, "root"); break; }
  level = above;
}
console.log(`OK ${size}`);

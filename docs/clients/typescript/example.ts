// Send an opening, read the verdict, hear of the notice, verify the proof. Run: npm install && npm run build && npm start
import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import { CloudEvent, HTTP } from "cloudevents";
import { EventSource } from "eventsource";

const { MONITOR_URL, EVENT_SOURCE, SOURCE_TOKEN, SUPERVISOR_TOKEN, LOG_KEY } = process.env as Record<string, string>;
const supervisor = { Authorization: `Bearer ${SUPERVISOR_TOKEN}` };
const tender = `T-${randomBytes(4).toString("hex")}`;
const person = { person_id: randomBytes(32).toString("hex") };
const now = new Date();

interface Verdict { verdict: "consistent" | "suspect" | "mismatch" | "unknown"; rules: string[] }
interface Notice { tender_id: string | null; clue_id: string; occasion: string; rule: string }
interface Clue { facts: { position: number }[] }
interface Proof { leaf_index: number; leaf_hash: string; hashes: string[] }

async function call(path: string, init: RequestInit): Promise<Response> {
  const answer = await fetch(MONITOR_URL + path, init);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function send(kind: string, data: object): Promise<{ verdicts?: Verdict[] }> {
  const event = new CloudEvent({
    id: `${kind}-${tender}`,
    source: EVENT_SOURCE,
    type: `tender-integrity.${kind}.v1`,
    time: now.toISOString(),
    data,
  });
  const message = HTTP.binary(event);
  const headers = { ...(message.headers as Record<string, string>), Authorization: `Bearer ${SOURCE_TOKEN}` };
  return (await call("/api/v1/events", { method: "POST", headers, body: message.body as string })).json() as never;
}

// The client comes back by itself, and says where it was: nothing is missed.
const stream = new EventSource(`${MONITOR_URL}/api/v1/notices/stream`, {
  fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, ...supervisor } }),
});
const opened = new Promise((resolve) => stream.addEventListener("start", resolve, { once: true }));
const heard = new Promise<Notice>((resolve) =>
  stream.addEventListener("notice", (event) => {
    const notice: Notice = JSON.parse(event.data);
    if (notice.tender_id === tender) resolve(notice);
  }),
);

const sha256 = (...parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const NODE = Buffer.from([1]);

// RFC 9162 §2.1.3.2
function rootOf(leaf: Buffer, index: number, size: number, hashes: Buffer[]): Buffer {
  let [found, last] = [leaf, size - 1];
  for (const other of hashes) {
    if (index % 2 || index === last) {
      found = sha256(NODE, other, found);
      while (index % 2 === 0 && index) [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
    } else found = sha256(NODE, found, other);
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  return found;
}

// Size and root, once the signature by name+id+key holds (C2SP signed-note)
async function checkpoint(key: string): Promise<{ size: number; root: Buffer }> {
  const note = await (await call("/api/v1/log/checkpoint", {})).text();
  const end = note.indexOf("\n\n") + 1;
  const name = key.slice(0, key.indexOf("+"));
  const encoded = key.split("+").slice(2).join("+");
  const line = note.slice(end).split("\n").find((one) => one.startsWith(`— ${name} `))!;
  const x = Buffer.from(encoded, "base64").subarray(1).toString("base64url");
  const signer = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const signature = Buffer.from(line.slice(line.lastIndexOf(" ") + 1), "base64").subarray(4);
  if (!verify(null, Buffer.from(note.slice(0, end)), signer, signature)) throw new Error("not signed by the log");
  const [, size, root] = note.split("\n");
  return { size: Number(size), root: Buffer.from(root, "base64") };
}

const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 2, 1)).toISOString().slice(0, 7);
const payer = { name: "广州泰和市政工程有限公司" };
const bidder = { name: "广州宏图建设工程有限公司", uscc: "91440101MA5000001P" };

await opened;
await send("insurance-paid", { person, payer, month, scheme: "pension", paid_on: `${month}-15` });
const { verdicts } = await send("bid-opened", {
  tender_id: tender,
  lot_id: "1",
  project_code: "2506-440100-04-01-100001",
  title: "测试路改造工程",
  jurisdiction: "440106",
  tenderer: { name: "广州市交通投资集团有限公司", uscc: "91440101MA5000009G" },
  opened_at: now.toISOString(),
  bids: [{ bidder, lead: { person, certificate_no: "粤1442020202100001" } }],
});
console.log("verdict:", verdicts![0].verdict, ...verdicts![0].rules);

const notice = await heard;
stream.close();
console.log("notice:", notice.occasion, notice.rule);

const clue = (await (await call(`/api/v1/clues/${notice.clue_id}`, { headers: supervisor })).json()) as Clue;
const { size, root } = await checkpoint(LOG_KEY);
const asked = `/api/v1/log/proof/inclusion?position=${clue.facts[0].position}&size=${size}`;
const proof = (await (await call(asked, {})).json()) as Proof;
const hashes = proof.hashes.map((one) => Buffer.from(one, "hex"));
if (!rootOf(Buffer.from(proof.leaf_hash, "hex"), proof.leaf_index, size, hashes).equals(root)) throw new Error("no proof");
console.log("proof: holds");

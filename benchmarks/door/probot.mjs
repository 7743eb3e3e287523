// Probot with the same deliveries: `node probot.mjs <secret> [<database>]`. Prints where it listens.
//
// Its middleware stands on node's own HTTP server: the leanest way to run it, without its request log and pages. With a
// database every delivery is stored before it is answered, as durably as Harvest's inbox does it.

import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import { createNodeMiddleware, Probot } from "probot";

const [secret, database] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});

let inbox, insert;
if (database) {
  const { DatabaseSync } = await import("node:sqlite").catch(() => import("@photostructure/sqlite"));
  inbox = new DatabaseSync(database);
  inbox.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
  inbox.exec(
    "CREATE TABLE inbox (number INTEGER PRIMARY KEY AUTOINCREMENT, delivery_id TEXT NOT NULL UNIQUE, domain_key TEXT UNIQUE, " +
      "event TEXT NOT NULL, received_at DOUBLE NOT NULL, body BLOB NOT NULL)",
  );
  insert = inbox.prepare(
    "INSERT INTO inbox (delivery_id, domain_key, event, received_at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  );
}

function store({ id, name, payload }) {
  if (!insert) return;
  insert.run(id, `comment/${payload.comment.id}`, name, Date.now() / 1000, Buffer.from(JSON.stringify(payload)));
}

// Refers to the database to the end: it is closed, and the statement with it, as soon as nothing does.
process.on("exit", () => inbox?.close());

const probot = new Probot({ appId: 1, privateKey, secret, logLevel: "fatal" });
const app = (robot) => robot.on("issue_comment.created", (context) => store(context));
const middleware = await createNodeMiddleware(app, { probot, webhooksPath: "/webhooks/github" });

const server = createServer((request, response) =>
  middleware(request, response, () => response.writeHead(404).end()),
);
server.listen(0, "127.0.0.1", 2048, () => console.log(`Probot listens on http://127.0.0.1:${server.address().port}`));

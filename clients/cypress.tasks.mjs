// A test's life by the tasks of docs/how-to/cypress.md, without Cypress: fork, log in, pay, let time pass, audit.
import assert from "node:assert/strict";
import { tasks } from "./cypress/bank.ts";

const sandbox = await tasks.fork();
const member = await tasks.persona({ sandbox, name: "al-dia" });
let token = "";

async function bank(method, path, body) {
  const answer = await fetch(`${process.env.SANDBOX_URL}/s/${sandbox}/v1${path}`, {
    method,
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, ...(await answer.json()) };
}

const { username, password } = member;
const device = { id: member.device.id, name: "Cypress", platform: "android" };
token = (await bank("POST", "/sessions", { username, password, device })).access_token;
const [origin, destination] = (await bank("GET", "/products")).groups[0].items.map((account) => account.id);
const accounts = { origin_account_id: origin, destination_account_id: destination };
const { challenge } = await bank("POST", "/transfers", { kind: "own", ...accounts, amount: "50.00", reference: "ahorro" });
const confirmed = await bank("POST", `/challenges/${challenge.id}/confirm`, { code: await tasks.code(sandbox) });
assert.equal(confirmed.resource.status, "completed");
assert.equal(await tasks.advance({ sandbox, by: "PT6M" }), null);
assert.equal((await bank("GET", "/products")).code, "session_expired");
assert.equal(await tasks.end(sandbox), null);
assert.equal((await bank("GET", "/products")).code, "sandbox_not_found");

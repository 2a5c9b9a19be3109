// A front end's first day: log in, look at the products, move ten dollars, and tell the member why a transfer failed.
// Types come from the bank's OpenAPI document; nothing here is cast.
import createClient from "openapi-fetch";
import type { Client } from "openapi-fetch";
import type { paths } from "./schema.js";

type Bank = Client<paths>;
type TransferProblem = NonNullable<Awaited<ReturnType<typeof order>>["error"]>;

class Unexpected extends Error {}

function found<Value>(value: Value | null | undefined, what: string): Value {
  if (value === null || value === undefined) throw new Unexpected(`there is no ${what}`);
  return value;
}

/** A persona with its credentials, from the control plane. A real app asks the member. */
async function persona(bank: Bank, name: string) {
  const { data } = await bank.GET("/_sandbox/members", { params: { query: { persona: name } } });
  return found(data?.items[0], `persona ${name}`);
}

async function logIn(bank: Bank, name: string) {
  const member = await persona(bank, name);
  const { id, name: phone, platform } = found(member.device, "device");
  const { data, error } = await bank.POST("/v1/sessions", {
    body: {
      username: found(member.username, "username"),
      password: found(member.password, "password"),
      device: { id, name: phone, platform },
    },
  });
  if (error) throw new Unexpected(`${error.code}: ${error.detail}`);
  return data;
}

/** Accounts that money can leave. The groups are a union, told apart by their `type`. */
async function debitable(bank: Bank) {
  const { data, error } = await bank.GET("/v1/products");
  if (error) throw new Unexpected(`${error.code}: ${error.detail}`);
  return data.groups.flatMap((group) => (group.type === "accounts" ? group.items : [])).filter((each) => each.debitable);
}

function order(bank: Bank, origin_account_id: string, destination_account_id: string, amount: string) {
  return bank.POST("/v1/transfers", {
    body: { kind: "own", origin_account_id, destination_account_id, amount, reference: "ahorro" },
  });
}

/** Read the SMS from the control plane, enter its code, and give the transfer that it completed. */
async function confirm(bank: Bank, challenge_id: string) {
  const sms = await bank.GET("/_sandbox/messages/next", { params: { query: { challenge_id } } });
  const code = found(sms.data?.code, "code");
  const { data, error } = await bank.POST("/v1/challenges/{challenge_id}/confirm", {
    params: { path: { challenge_id } },
    body: { code },
  });
  if (error) throw new Unexpected(`${error.code}: ${error.detail}`);
  if (data.kind !== "transfer") throw new Unexpected(`the code confirmed a ${data.kind}`);
  return data.resource;
}

type Screen = "amount" | "account" | "profile" | "login" | "later" | "bug";

/** Which screen a refused transfer leads to. A code that is not listed here does not compile. */
function screen({ code }: TransferProblem): Screen {
  switch (code) {
    case "insufficient_funds":
    case "limit_exceeded":
    case "daily_limit_exceeded":
    case "own_limit_exceeded":
    case "beneficiary_limit_exceeded":
      return "amount";
    case "same_account":
    case "account_not_active":
    case "account_not_debitable":
    case "destination_not_creditable":
    case "beneficiary_kind_mismatch":
    case "not_found":
      return "account";
    case "no_phone_on_file":
      return "profile";
    case "invalid_token":
    case "session_expired":
    case "member_not_active":
    case "access_locked":
      return "login";
    case "service_unavailable":
    case "idempotency_in_progress":
    case "request_timeout":
    case "internal_error":
    case "storage_busy":
    case "storage_full":
    case "storage_missing":
    case "storage_read_only":
    case "storage_unreachable":
    case "keeper_unreachable":
    case "sandbox_damaged":
    case "sandbox_of_another_version":
      return "later";
    case "validation_failed":
    case "malformed_body":
    case "malformed_request":
    case "body_too_large":
    case "headers_too_large":
    case "invalid_host":
    case "problem_not_declared":
    case "unsupported_media_type":
    case "invalid_idempotency_key":
    case "idempotency_key_reused":
    case "sandbox_not_found":
    case "sandbox_elsewhere":
      return "bug";
    default:
      return unreachable(code);
  }
}

function unreachable(code: never): never {
  throw new Unexpected(`the document does not list ${code}`);
}

async function main(baseUrl: string, sandbox: string): Promise<void> {
  const bank = createClient<paths>({ baseUrl, headers: { "X-Sandbox": sandbox } });
  const session = await logIn(bank, "al-dia");
  bank.use({
    onRequest({ request, schemaPath }) {
      if (schemaPath.startsWith("/v1/")) request.headers.set("Authorization", `Bearer ${session.access_token}`);
      return request;
    },
  });
  console.log(`Hola, ${session.member.greeting}`);

  const [first, second] = await debitable(bank);
  const origin = found(first, "account");
  const destination = found(second, "second account");
  console.log(`${origin.name} ${origin.number}: ${origin.available_balance}`);

  const ordered = await order(bank, origin.id, destination.id, "10.00");
  if (ordered.error) throw new Unexpected(`${ordered.error.code}: ${ordered.error.detail}`);
  const transfer = await confirm(bank, found(ordered.data.challenge, "challenge").id);
  console.log(`Transfer of ${transfer.amount}: ${transfer.status}`);

  const refused = await order(bank, origin.id, origin.id, "10.00");
  const problem = found(refused.error, "refusal");
  console.log(`Refused: ${problem.code} → ${screen(problem)}: ${problem.detail}`);
}

await main(found(process.argv[2], "base URL"), process.argv[3] ?? "default");

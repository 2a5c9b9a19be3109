import { expect, test } from "./app.js";

test("an order whose answer is lost is made once", async ({ app, member, faults, inbox, sandbox }) => {
  const rosa = await member();
  await app.start(rosa);
  await faults.loseAnswers(2, { operation_id: "createTransfer" });
  await app.order("50.00");
  await app.enter(await inbox.code());

  await expect(app.status).toContainText("Transferiste $50,00");
  expect(await sandbox.calls("createTransfer")).toBe(3);
  expect(await sandbox.events("transfer.created")).toHaveLength(1);
  await expect(app.balances().first()).toHaveText("$1.200,75");
});

test("a bank that never answers is not taken for one that refused", async ({ app, member, faults }) => {
  const rosa = await member();
  await app.start(rosa);
  await faults.add({ connection: "reset" }, { operation_id: "createTransfer" });
  await app.order("50.00");
  await expect(app.alert).toHaveText("No hay conexión con la cooperativa. Inténtalo de nuevo.");
});

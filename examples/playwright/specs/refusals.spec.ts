import { expect, test } from "./app.js";

test("a limit refuses in the words of its rule, in the member's language", async ({ app, member, rules }) => {
  const limit = (amount: string) => `{kind: own, segment: standard, per_transaction: {money: "${amount}"}`;
  await rules.replace("limits", limit("50000.00"), limit("100.00"));
  const rosa = await member();
  await app.start(rosa);

  await app.order("100.01");
  await expect(app.alert).toHaveText("El monto supera el máximo de 100.00 por transferencia.");
  await app.page.getByRole("button", { name: "English" }).click();
  await app.order("100.01");
  await expect(app.alert).toHaveText("The amount exceeds the maximum of 100.00 a transfer.");

  await app.order("100.00");
  await expect(app.page.getByRole("dialog")).toBeVisible();
});

test.describe("in English", () => {
  test.use({ locale: "en-US" });

  test("a bank that is down says so", async ({ app, member, faults }) => {
    const rosa = await member();
    await app.start(rosa);
    await faults.refuse("service_unavailable", { operation_id: "createTransfer", times: 1 });
    await app.order("10.00");
    await expect(app.alert).toHaveText("We are under maintenance. Try again.");
    await app.order("10.00");
    await expect(app.page.getByRole("dialog")).toContainText("We sent a code to your phone");
  });
});

import { expect, test } from "./app.js";

test("a session that was idle for five minutes ends", async ({ app, member, clock }) => {
  const rosa = await member();
  await app.start(rosa);
  await clock.advance("PT5M1S");
  await app.order("10.00");
  await expect(app.alert).toContainText("sesión");
  await expect(app.page.getByLabel("Usuario")).toBeVisible();
  await app.logIn(rosa);
});

test.describe("a bank whose members live", () => {
  // One behaviour alone: 850 dollars on the last business day of a month.
  const salary = `
document: life
description: A salary on the last business day.
settings: {past: quiet}
behaviours:
  - id: salary
    what: salary
    when: {monthly: {days: [31], moves: before}, from: "07:00", to: "07:30"}
    amount: {least: {money: "850.00"}, usual: {money: "850.00"}, most: {money: "850.00"}}
    labels: [Rol de pagos]
`;
  test.use({ bank: { rules: { life: salary } } });

  test("her salary arrives", async ({ app, member, clock, sandbox }) => {
    const rosa = await sandbox.change(await member(), { life: "quiet" });
    await clock.advanceTo("2026-11-30T12:00:00-05:00");
    await app.start(rosa);
    await expect(app.balances().first()).toHaveText("$2.100,75");
    await app.page.locator("#accounts button").first().click();
    await expect(app.page.locator("#movements li").first()).toContainText("Rol de pagos");
  });
});

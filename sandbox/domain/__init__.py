"""What is true of a bank without any framework: ledger, codes, identities, rules. No FastAPI, no SQL."""

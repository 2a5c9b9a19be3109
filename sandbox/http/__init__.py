"""What every route shares: choosing the sandbox, the unit of work, idempotency, paging, problems, the journal."""

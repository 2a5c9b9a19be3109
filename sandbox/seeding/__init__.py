"""The golden database: personas, generated people, and a history that balances from day one."""

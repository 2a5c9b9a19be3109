"""Load with a verdict on the money: Locust scenarios, and the audit that ends them."""

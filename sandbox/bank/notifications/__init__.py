"""What the bank tells a member: notices in the app, messages by SMS and e-mail."""

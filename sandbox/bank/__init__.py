"""The bank as the mobile app sees it: one folder per chapter of the manual, and what the chapters share."""

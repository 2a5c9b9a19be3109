"""A bank in a box: the whole backend of a cooperative's mobile app, for the people who build and test it."""

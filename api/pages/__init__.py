"""Pages for people who look rather than program: every number on them is a link to the characters that print it."""

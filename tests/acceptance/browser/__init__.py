"""Staff at work in a real browser, with real workers and the real sandbox."""

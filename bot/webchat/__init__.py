"""The web chat: a page served by us where a customer answers in the browser."""

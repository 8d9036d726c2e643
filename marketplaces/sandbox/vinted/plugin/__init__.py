"""The plugin's side of docs/plugin-protocol.md without a browser, signed in to the sandbox's Vinted.

For the demonstration and the tests of faults: its memory is a file that outlives a `kill -9`, as a
browser's does. Written from that document and the schema beside the extension, not from the server.
"""

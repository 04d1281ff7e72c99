"""The program that Kiln runs inside Blender: one JSON request per line in, one JSON event per line out.

docs/session-protocol.md is the contract. Nothing in this package acts at import; main.py starts it.
"""

PROTOCOL = 1
